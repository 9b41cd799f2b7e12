"""What is written is what the official scripts write: to its check, to its bytes, to the real unpickler."""

import pickle
import pickletools
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from driving.errors import DataError
from navsim_agent.submission.check_submission import check_submission
from navsim_agent.submission.leaderboard_split import LeaderboardSplit
from navsim_agent.submission.team import Team
from navsim_agent.submission.write_submission import write_submission
from tests.navsim_agent.submission.toy_splits import TEAM, one_stage, straight_plans, two_stages

SPLITS = [one_stage(), two_stages()]


def written(split: LeaderboardSplit, folder: Path) -> Path:
    path = folder / "submission.pkl"
    write_submission(Team(**TEAM), split, straight_plans(split), path)
    return path


@pytest.mark.parametrize("split", SPLITS, ids=lambda split: split.name)
def test_what_is_written_passes_its_check(split: LeaderboardSplit, tmp_path: Path) -> None:
    assert check_submission(written(split, tmp_path), split) == []


@pytest.mark.parametrize("split", SPLITS, ids=lambda split: split.name)
def test_the_bytes_name_nothing_that_a_server_with_numpy_1_lacks(
    split: LeaderboardSplit, tmp_path: Path
) -> None:
    stream = written(split, tmp_path).read_bytes()
    operations = [(code.name, argument) for code, argument, _ in pickletools.genops(stream)]
    assert {argument for name, argument in operations if name == "GLOBAL"} == {
        "navsim.common.dataclasses Trajectory",
        "nuplan.planning.simulation.trajectory.trajectory_sampling TrajectorySampling",
        "numpy.core.multiarray _reconstruct",
        "numpy ndarray",
        "numpy dtype",
    }
    assert "STACK_GLOBAL" not in [name for name, _ in operations]
    assert operations[0] == ("PROTO", 3)
    assert b"numpy._core" not in stream and b"navsim_agent" not in stream


@dataclass
class StandIn:
    """The devkit's Trajectory, and its TrajectorySampling, as far as unpickling goes."""

    poses: Any = None
    trajectory_sampling: Any = None
    num_poses: Any = None
    time_horizon: Any = None
    interval_length: Any = None


def test_the_real_unpickler_fills_the_devkits_classes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sampling = "nuplan.planning.simulation.trajectory.trajectory_sampling"
    for name, kind in (("navsim.common.dataclasses", "Trajectory"), (sampling, "TrajectorySampling")):
        parts = name.split(".")
        for end in range(1, len(parts) + 1):
            module = ModuleType(".".join(parts[:end]))
            setattr(module, kind, type(kind, (StandIn,), {}))
            monkeypatch.setitem(sys.modules, module.__name__, module)
    split = two_stages()
    with written(split, tmp_path).open("rb") as file:
        content = pickle.load(file)
    assert list(content) == [
        *("team_name", "authors", "email", "institution", "country / region"),
        *("first_stage_predictions", "second_stage_predictions"),
    ]
    assert content["country / region"] == TEAM["country"]
    for key, tokens in split.stages.items():
        (plans,) = content[key]
        assert list(plans) == list(tokens)
        for token, poses in straight_plans(split).items():
            if token in plans:
                assert type(plans[token]).__name__ == "Trajectory"
                assert plans[token].poses.dtype == np.float32
                assert plans[token].poses.tobytes() == poses.tobytes()
                found = plans[token].trajectory_sampling
                assert (found.num_poses, found.time_horizon, found.interval_length) == (8, 4.0, 0.5)


def test_one_stage_has_the_one_key_of_the_navtest_leaderboard(tmp_path: Path) -> None:
    assert list(one_stage().stages) == ["predictions"]
    assert b"first_stage_predictions" not in written(one_stage(), tmp_path).read_bytes()


def test_forty_poses_are_ten_a_second(tmp_path: Path) -> None:
    split, path = one_stage(), tmp_path / "submission.pkl"
    fine = {token: np.repeat(poses, 5, axis=0) / 5 for token, poses in straight_plans(split).items()}
    write_submission(Team(**TEAM), split, fine, path)
    assert not [problem for problem in check_submission(path, split) if "interval" in problem.what]


def test_the_same_plans_give_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    files = [written(two_stages(), folder) for folder in (tmp_path, tmp_path / "again")]
    assert files[0].read_bytes() == files[1].read_bytes()


def test_a_scene_without_a_plan_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    split, poses = two_stages(), straight_plans(two_stages())
    lost = split.second_stage[3]
    del poses[lost]
    with pytest.raises(DataError, match=f"1 scenes of toy_two_stage have no plan, the first is {lost}"):
        write_submission(Team(**TEAM), split, poses, tmp_path / "submission.pkl")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("team_name", " ", "team_name is empty"),
        ("authors", "MUST_SET", "authors is still 'MUST_SET'"),
        ("email", "nobody", "email 'nobody' is no address"),
        ("institution", "one\ntwo", "institution has several lines"),
        ("country", "", "country / region is empty"),
    ],
)
def test_a_team_that_nobody_could_ask_is_refused(field: str, value: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Team(**(TEAM | {field: value}))
