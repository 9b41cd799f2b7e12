"""Splits to submit, in the forms that there are: one stage, two stages, and the private format."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from driving.data.splits import SceneFilter, Split
from driving.data.write_log import camera_dict, dumps_for_any_numpy
from driving.log_frame import LogFrame
from driving.types import CAMERA_NAMES
from navsim_agent.submission.leaderboard_split import LeaderboardSplit, leaderboard_split

TEAM = {
    "team_name": "Toys",
    "authors": "Ada, Alan",
    "email": "ada@toys.org",
    "institution": "Toy Lab",
    "country": "Nowhere",
}
FIRST = tuple(f"{number:016x}" for number in range(4))
SECOND = tuple(f"{number:017x}" for number in range(8))


def one_stage() -> LeaderboardSplit:
    """As navtest."""
    return leaderboard_split(Split("toy", "test", SceneFilter(tokens=list(FIRST))))


def two_stages() -> LeaderboardSplit:
    """As navhard."""
    chosen = SceneFilter(
        tokens=list(FIRST), include_synthetic_scenes=True, reactive_synthetic_initial_tokens=list(SECOND)
    )
    return leaderboard_split(Split("toy_two_stage", "test", chosen))


def straight_plans(split: LeaderboardSplit) -> dict[str, np.ndarray]:
    """Straight on at 3, 4, 5 ... m/s; eight poses, float32."""
    tokens = [token for stage in split.stages.values() for token in stage]
    seconds = np.arange(1, 9) * 0.5
    return {
        token: np.stack([(3.0 + row) * seconds, 0 * seconds, 0 * seconds], axis=1).astype(np.float32)
        for row, token in enumerate(tokens)
    }


def write_private_split(root: Path, frames: Sequence[LogFrame], synthetic: Sequence[LogFrame]) -> str:
    """``private_toy`` below ``root``, of two groups of five ``frames`` and one of ``synthetic``.

    Frames come in another order than that of time, and without annotations, route and lights. One group
    of four frames is there as well, which holds no scene. Returns the name of the split.
    """
    name, data_split = "private_toy", "private_test_toy"
    groups = {"group_a": frames[:5], "group_b": frames[5:10], "too_short": frames[10:14]}
    raw = [
        raw_frame(frame, token, index) for token, group in groups.items() for index, frame in enumerate(group)
    ]
    _write(root / "navsim_logs" / data_split / f"{data_split}.pkl", raw[::-1])
    hidden = [raw_frame(frame, "synthetic", index) for index, frame in enumerate(synthetic[:5])]
    _write(root / name / "openscene_meta_datas" / "anything.pkl", hidden)
    folder = root / "train_test_split"
    (folder / "scene_filter").mkdir(parents=True, exist_ok=True)
    tokens = [frames[index].token for index in (3, 4, 8, 9)]
    chosen = {
        "num_history_frames": 4,
        "num_future_frames": 8,
        "frame_interval": 1,
        "tokens": tokens,
        "include_synthetic_scenes": True,
        "reactive_synthetic_initial_tokens": [synthetic[3].token, synthetic[4].token],
    }
    (folder / "scene_filter" / f"{name}.yaml").write_text(yaml.safe_dump(chosen))
    header = {"defaults": [{"scene_filter": name}], "data_split": data_split, "reactive_all_mapping": None}
    (folder / f"{name}.yaml").write_text(yaml.safe_dump(header))
    return name


def raw_frame(frame: LogFrame, scene_token: str, index: int) -> dict[str, Any]:
    """What a private log says of a frame."""
    x, y, heading = (float(value) for value in frame.ego_pose_in_map)
    return {
        "token": frame.token,
        "frame_idx": index,
        "timestamp": frame.timestamp_us,
        "log_name": frame.log_name,
        "scene_token": scene_token,
        "map_location": "unknown",
        "ego2global_translation": np.array([x, y, 0.0]),
        "ego2global_rotation": np.array([np.cos(heading / 2), 0.0, 0.0, np.sin(heading / 2)]),
        "ego_dynamic_state": [float(value) for value in (*frame.ego_velocity, *frame.ego_acceleration)],
        "driving_command": np.asarray(frame.driving_command).astype(np.int64),
        "lidar_path": None,
        "cams": {name: camera_dict(frame.cameras[name]) for name in CAMERA_NAMES},
    }


def _write(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(dumps_for_any_numpy(content))
