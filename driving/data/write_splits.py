"""Writes which scenes a split has, in the YAML that NAVSIM's own configuration reads."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from driving.types import HISTORY_FRAMES

FUTURE_FRAMES = 10


def write_scene_filter(split: str, scenes: Mapping[str, Sequence[str]], root: Path) -> None:
    """Writes `train_test_split/<split>.yaml` and `train_test_split/scene_filter/<split>.yaml` under a
    directory.

    scenes: log name -> tokens of its scenes' current frames. Copied into (or put on the search path of) the
    devkit's `train_test_split` configuration group, they select exactly these scenes.
    """
    scene_filter = {
        "_target_": "navsim.common.dataclasses.SceneFilter",
        "_convert_": "all",
        "num_history_frames": HISTORY_FRAMES,
        "num_future_frames": FUTURE_FRAMES,
        "frame_interval": 1,
        "has_route": True,
        "max_scenes": None,
        "log_names": sorted(scenes),
        "tokens": [token for log in sorted(scenes) for token in scenes[log]],
        "include_synthetic_scenes": False,
    }
    _write_yaml(root / "train_test_split" / "scene_filter" / f"{split}.yaml", scene_filter)
    header = {"defaults": [{"scene_filter": split}], "data_split": split}
    _write_yaml(root / "train_test_split" / f"{split}.yaml", header)


def _write_yaml(path: Path, content: Mapping[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".part")
    partial.write_text(yaml.safe_dump(dict(content), sort_keys=False))
    os.replace(partial, path)
