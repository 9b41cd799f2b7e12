"""A two-stage split from disk to the final table, held against the official devkit's own CSV files.

The devkit ran unmodified, with reactive traffic; see ``tests/golden/make_two_stage_golden.py``.
"""

import json
import lzma
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from driving.data.read_synthetic import read_synthetic_scene
from driving.data.write_synthetic import ROAD_USERS, write_synthetic_scene
from driving.frames import local_to_map
from driving.log_frame import LogFrame
from driving.types import HISTORY_FRAMES
from scripts.cli import main
from tests.golden.read_world import unpack_world

GOLDEN = Path(__file__).parents[1] / "golden"
SPLIT = "test_two_stage"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unpack_world("two_stage_world", tmp_path_factory.mktemp("two_stage"))


@pytest.fixture(scope="module")
def cache(world: Path) -> Path:
    return cached(world, world / "cache")


def cached(world: Path, out: Path) -> Path:
    arguments = [f"data={world}", f"split={SPLIT}", f"out={out}", "examples.cameras=[]", "workers=1"]
    assert main(["cache", *arguments]) == 0
    return out


def evaluated(cache: Path, out: Path, agent: str) -> Path:
    """The table of an agent in reactive traffic."""
    assert main(["evaluate", f"cache={cache}", f"out={out}", f"agent={agent}", "scorer.traffic=IDM"]) == 0
    return out / "scores.csv"


@pytest.mark.parametrize("agent", ["human", "constant_velocity"])
def test_the_table_is_the_devkits(cache: Path, tmp_path: Path, agent: str) -> None:
    ours, official = evaluated(cache, tmp_path, agent.upper()), GOLDEN / f"two_stage_{agent}.csv"
    assert main(["compare", f"ours={ours}", f"official={official}"]) == 0
    tables = [pd.read_csv(path, index_col=0) for path in (ours, official)]
    assert list(tables[0].columns)[: len(tables[1].columns)] == list(tables[1].columns)
    assert tables[0]["token"].tolist()[-3:] == tables[1]["token"].tolist()[-3:]
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["combined"] == pytest.approx(tables[1]["score"].iloc[-1], abs=1e-6)
    assert (summary["traffic"], summary["mappings"], summary["failed"]) == ("idm", 2, 0)


def test_scenes_that_end_with_the_present_score_the_same(world: Path, tmp_path: Path) -> None:
    """As navhard's do: what comes next is known as detections and lights only."""
    root = tmp_path / "world"
    root.mkdir()
    for name in ("maps", "navsim_logs", "train_test_split"):
        (root / name).symlink_to(world / name)
    for path in (world / SPLIT / "synthetic_scene_pickles").glob("*.pkl"):
        scene = replace(read_synthetic_scene(path), ego_frames=HISTORY_FRAMES)
        write_synthetic_scene(scene, root / SPLIT / "synthetic_scene_pickles")
    blind = cached(root, tmp_path / "cache")
    ours, official = (
        evaluated(blind, tmp_path / "cv", "CONSTANT_VELOCITY"),
        GOLDEN / "two_stage_constant_velocity.csv",
    )
    assert main(["compare", f"ours={ours}", f"official={official}"]) == 0
    assert main(["evaluate", f"cache={blind}", f"out={tmp_path / 'human'}", "agent=HUMAN"]) == 1


def test_a_scene_saved_by_the_devkit_is_read(world: Path, tmp_path: Path) -> None:
    stream = lzma.decompress((GOLDEN / "synthetic_scene.pkl.xz").read_bytes())
    source = min((world / SPLIT / "synthetic_scene_pickles").iterdir())
    (tmp_path / source.name).write_bytes(stream)
    known, found = read_synthetic_scene(source), read_synthetic_scene(tmp_path / source.name)
    assert (found.ego_frames, len(found.frames)) == (HISTORY_FRAMES, len(known.frames))
    assert found.original_token == known.original_token
    for ours, theirs in zip(known.frames, found.frames, strict=True):
        assert dict(theirs.traffic_lights) == dict(ours.traffic_lights)
        assert theirs.timestamp_us == ours.timestamp_us
        places = [dict(zip(frame.track_tokens, in_map(frame), strict=True)) for frame in (ours, theirs)]
        assert places[0].keys() == places[1].keys() and places[0]
        assert all(np.allclose(places[0][track], places[1][track], atol=1e-6) for track in places[0])


def in_map(frame: LogFrame) -> np.ndarray:
    """x, y, sine and cosine of the heading, velocity, length, width of a frame's agents; map frame."""
    boxes, turn = np.asarray(frame.boxes, np.float64), frame.ego_pose_in_map[2]
    places = local_to_map(boxes[:, [0, 1, 6]], frame.ego_pose_in_map)
    cos, sin = np.cos(turn), np.sin(turn)
    moves = np.array([name in ROAD_USERS for name in frame.names])
    velocity = np.asarray(frame.velocities, np.float64)[:, :2] @ np.array([[cos, sin], [-sin, cos]])
    heading = np.stack([np.sin(places[:, 2]), np.cos(places[:, 2])], axis=1)
    return np.column_stack([places[:, :2], heading, velocity * moves[:, None], boxes[:, 3:5]])


def test_folders_of_the_environment_come_first(
    world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SYNTHETIC_SCENES_PATH", str(tmp_path / "nowhere"))
    arguments = [f"data={world}", f"split={SPLIT}", f"out={tmp_path / 'cache'}"]
    assert main(["cache", *arguments]) == 1
    assert f"{tmp_path / 'nowhere'}: no such folder" in capsys.readouterr().err
    (tmp_path / "nowhere").mkdir()
    assert main(["cache", *arguments]) == 1
    assert ".pkl: no such file, but test_two_stage names it" in capsys.readouterr().err
