"""Anybody's npz of trajectories: what is taken, and one line for everything that is not."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from driving.errors import DataError
from navsim_agent.evaluation.trajectory_table import read_trajectories

POSES = np.arange(48.0).reshape(2, 8, 3)
GOOD: dict[str, Any] = {"tokens": np.array(["a", "a"]), "names": np.array(["x", "y"]), "poses": POSES}


def _file(path: Path, **changes: Any) -> Path:
    arrays = {name: value for name, value in (GOOD | changes).items() if value is not None}
    np.savez(path, **arrays)
    return path


def test_names_and_interval_may_be_missing(tmp_path: Path) -> None:
    table = read_trajectories(_file(tmp_path / "t.npz", names=None, tokens=np.array(["a", "b"])))
    assert (table.tokens, table.names, table.interval_s) == (("a", "b"), ("", ""), 0.5)
    assert torch.equal(table.poses, torch.from_numpy(POSES))


def test_single_precision_and_forty_poses_are_taken(tmp_path: Path) -> None:
    poses = np.zeros((2, 40, 3), dtype=np.float32)
    table = read_trajectories(_file(tmp_path / "t.npz", poses=poses, interval=0.1))
    assert (table.poses.dtype, table.interval_s, len(table)) == (torch.float64, 0.1, 2)
    assert table.rows_of() == {"a": [0, 1]}


def _with(value: float) -> np.ndarray:
    poses = POSES.copy()
    poses[1, 3, 2] = value
    return poses


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"poses": _with(np.nan)}, "row 1, token a: pose 3 holds nan"),
        ({"poses": _with(np.inf)}, "row 1, token a: pose 3 holds inf"),
        ({"poses": POSES[..., :2]}, r"shape \(2, 8, 2\)"),
        ({"poses": POSES[0]}, r"shape \(8, 3\)"),
        ({"poses": POSES[:, :0]}, r"shape \(2, 0, 3\)"),
        ({"poses": POSES.astype(int)}, "int64"),
        ({"poses": POSES[:1]}, "2 tokens for 1 trajectories"),
        ({"names": np.array(["x"])}, "1 names for 2 trajectories"),
        ({"names": np.array(["x", "x"])}, "rows 0 and 1 are both token a, name 'x'"),
        ({"names": None}, "rows 0 and 1 are both token a, name ''"),
        ({"tokens": np.array([1, 2])}, "tokens are int64"),
        ({"tokens": np.array(["a", None])}, "cannot be read as npz"),
        ({"tokens": None}, "lacks tokens"),
        ({"poses": POSES[:0], "tokens": np.array([]), "names": np.array([])}, "holds no trajectory"),
        ({"interval": 0.0}, "interval must be one positive number"),
        ({"interval": np.nan}, "interval must be one positive number"),
        ({"interval": np.array([0.5, 0.5])}, "interval must be one positive number"),
        ({"interval": "fast"}, "interval must be one positive number"),
    ],
)
def test_what_cannot_be_scored_is_named(changes: dict[str, Any], message: str, tmp_path: Path) -> None:
    path = _file(tmp_path / "t.npz", **changes)
    with pytest.raises(DataError, match=message) as caught:
        read_trajectories(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_files_that_are_no_npz(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"missing\.npz: cannot be read"):
        read_trajectories(tmp_path / "missing.npz")
    (tmp_path / "text.npz").write_text("tokens")
    with pytest.raises(DataError, match=r"text\.npz"):
        read_trajectories(tmp_path / "text.npz")
    np.save(tmp_path / "one.npy", POSES)
    with pytest.raises(DataError, match="not an npz file"):
        read_trajectories(tmp_path / "one.npy")
