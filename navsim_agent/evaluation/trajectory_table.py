"""Trajectories of many scenes in one npz file, as anybody's planner may leave them.

``tokens`` (n,) and ``names`` (n,) are text, ``poses`` (n, F, 3) metres and radians in the current ego
frame without the pose of t = 0, ``interval`` seconds from one pose to the next.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float64
from torch import Tensor

from driving.errors import DataError
from driving.types import PLAN_INTERVAL_S
from navsim_agent.evaluation.read_npz import read_npz

ARRAYS = ("tokens", "poses", "interval", "names")


@dataclass(frozen=True)
class TrajectoryTable:
    """Trajectories to score, in the order of their file."""

    tokens: tuple[str, ...]
    """Of the current frame of each trajectory's scene."""
    names: tuple[str, ...]
    """Tells the trajectories of a scene apart; those of one name are one planner's."""
    poses: Float64[Tensor, "n F 3"]
    interval_s: float

    def __len__(self) -> int:
        return len(self.tokens)

    def rows_of(self) -> dict[str, list[int]]:
        """The rows of every token, both in the order of the file."""
        rows: dict[str, list[int]] = {}
        for row, token in enumerate(self.tokens):
            rows.setdefault(token, []).append(row)
        return rows


def read_trajectories(path: Path) -> TrajectoryTable:
    """A table from an npz file; ``names`` may be missing (all empty), and ``interval`` (0.5 s).

    Raises DataError with the path, and with the row where one is at fault: a file that does not open
    without unpickling, a missing array, a wrong shape or type, no rows at all, a pose that is NaN or
    infinite, a token and name that occur twice.
    """
    arrays = _read_arrays(path)
    tokens, poses = _text(path, arrays, "tokens"), arrays["poses"]
    if poses.dtype.kind != "f" or poses.ndim != 3 or poses.shape[1] < 1 or poses.shape[2] != 3:
        raise DataError(f"{path}: poses are {poses.dtype} of shape {poses.shape}, not float (n, F, 3)")
    names = _text(path, arrays, "names") if "names" in arrays else ("",) * len(tokens)
    for name, count in (("tokens", len(tokens)), ("names", len(names))):
        if count != len(poses):
            raise DataError(f"{path}: {count} {name} for {len(poses)} trajectories")
    if not len(poses):
        raise DataError(f"{path}: holds no trajectory")
    table = TrajectoryTable(
        tokens, names, torch.from_numpy(poses.astype(np.float64)), _interval(path, arrays)
    )
    _check_rows(path, table)
    return table


def _read_arrays(path: Path) -> dict[str, np.ndarray]:
    arrays = read_npz(path, ARRAYS)
    missing = [name for name in ("tokens", "poses") if name not in arrays]
    if missing:
        raise DataError(f"{path}: lacks {' and '.join(missing)}")
    return arrays


def _text(path: Path, arrays: dict[str, np.ndarray], name: str) -> tuple[str, ...]:
    values = arrays[name]
    if values.ndim != 1 or (values.dtype.kind != "U" and len(values)):
        raise DataError(f"{path}: {name} are {values.dtype} of shape {values.shape}, not text (n,)")
    return tuple(values.tolist())


def _interval(path: Path, arrays: dict[str, np.ndarray]) -> float:
    value = arrays.get("interval", np.array(PLAN_INTERVAL_S))
    if value.size != 1 or value.dtype.kind not in "fiu" or not 0.0 < float(value.reshape(())) < np.inf:
        raise DataError(f"{path}: interval must be one positive number of seconds, got {value.tolist()!r}")
    return float(value.reshape(()))


def _check_rows(path: Path, table: TrajectoryTable) -> None:
    bad = (~torch.isfinite(table.poses)).nonzero()
    if len(bad):
        row, pose, axis = bad[0].tolist()
        value = float(table.poses[row, pose, axis])
        raise DataError(f"{path}: row {row}, token {table.tokens[row]}: pose {pose} holds {value}")
    seen: dict[tuple[str, str], int] = {}
    for row, pair in enumerate(zip(table.tokens, table.names, strict=True)):
        if pair in seen:
            raise DataError(
                f"{path}: rows {seen[pair]} and {row} are both token {pair[0]}, name {pair[1]!r}; "
                "the trajectories of a token need different names"
            )
        seen[pair] = row
