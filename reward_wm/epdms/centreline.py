"""Projection of points on the centreline. Scene frame, metres.

Reproduces shapely's ``project`` and ``distance`` for a polyline: the nearest segment counts, the
first one of equals.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float64, Int64
from torch import Tensor

from reward_wm.epdms.compiled_lines import LINE_BLOCK, nearest, nearest_on_line
from reward_wm.epdms.launch import launch
from reward_wm.epdms.padding import stack_padded


@dataclass(frozen=True)
class PackedLines:
    """The centrelines of W scenes; padding is nearer to nothing."""

    owner: Int64[Tensor, "P"]
    """The scene of each proposal."""
    vertices: Float64[Tensor, "W V 2"]
    steps: Float64[Tensor, "W v"]
    """Length of each segment."""
    starts: Float64[Tensor, "W v"]
    """Arc length at which it begins."""
    bounds: Float64[Tensor, "W k 4"]
    """Least x and y, greatest x and y, of every ``LINE_BLOCK`` segments."""

    @classmethod
    def of(cls, lines: Sequence[Float64[Tensor, "_ 2"]], owner: Int64[Tensor, "P"]) -> "PackedLines":
        """Measure lines of two vertices or more."""
        measured = zip(*(_measure(line.numpy()) for line in lines), strict=True)
        pads = (torch.nan, torch.nan, torch.nan, torch.inf)  # nearer to nothing
        columns = [stack_padded(rows, pad) for rows, pad in zip(measured, pads, strict=True)]
        return cls(owner, *(column.to(owner.device) for column in columns))


def distance_to_line(
    points: Float64[Tensor, "*batch 2"], line: Float64[Tensor, "V 2"] | PackedLines
) -> Float64[Tensor, "*batch"]:
    """Distance of every point from the polyline; of proposals (P, ..), where there are several lines."""
    return _nearest(points, line)[0]


def progress_on_line(
    points: Float64[Tensor, "*batch 2"], line: Float64[Tensor, "V 2"] | PackedLines
) -> Float64[Tensor, "*batch"]:
    """Arc length at which the polyline is nearest to every point; points as above."""
    return _nearest(points, line)[1]


def _nearest(
    points: Float64[Tensor, "*batch 2"], line: Float64[Tensor, "V 2"] | PackedLines
) -> tuple[Float64[Tensor, "*batch"], Float64[Tensor, "*batch"]]:
    if isinstance(line, PackedLines):
        lines, flat = line, points.contiguous()
    else:
        lines = PackedLines.of([line], torch.zeros(1, dtype=torch.int64))
        flat = points.reshape(1, -1, 2).contiguous()
    distance, progress = flat.new_empty(flat.shape[:2]), flat.new_empty(flat.shape[:2])
    measured = (lines.owner, lines.vertices, lines.steps, lines.starts, lines.bounds)
    launch(nearest_on_line, nearest, distance.numel(), distance, progress, flat, *measured)
    return distance.reshape(points.shape[:-1]), progress.reshape(points.shape[:-1])


def _measure(vertices: Float64[np.ndarray, "V 2"]) -> tuple[Tensor, ...]:
    """What ``PackedLines`` holds of one line."""
    steps = np.hypot(*np.diff(vertices, axis=0).T)
    starts = np.concatenate([[0.0], np.cumsum(steps)[:-1]])
    blocks = range(0, len(steps), LINE_BLOCK)
    bounds = np.array([_bounds(vertices[first : first + LINE_BLOCK + 1]) for first in blocks])
    return tuple(torch.from_numpy(array) for array in (vertices, steps, starts, bounds))


def _bounds(points: Float64[np.ndarray, "V 2"]) -> Float64[np.ndarray, "4"]:
    return np.concatenate([points.min(axis=0), points.max(axis=0)])
