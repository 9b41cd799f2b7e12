"""Projection of points on the centreline. Scene frame, metres.

Reproduces shapely's ``project`` and ``distance`` for a polyline: the nearest segment counts, the
first one of equals.
"""

import numpy as np
import torch
from jaxtyping import Float64
from torch import Tensor

from reward_wm.epdms.compiled import LINE_BLOCK, nearest_on_line


def distance_to_line(
    points: Float64[Tensor, "*batch 2"], line: Float64[Tensor, "V 2"]
) -> Float64[Tensor, "*batch"]:
    """Distance of every point from the polyline."""
    return _nearest(points, line)[0]


def progress_on_line(
    points: Float64[Tensor, "*batch 2"], line: Float64[Tensor, "V 2"]
) -> Float64[Tensor, "*batch"]:
    """Arc length at which the polyline is nearest to every point."""
    return _nearest(points, line)[1]


def _nearest(
    points: Float64[Tensor, "*batch 2"], line: Float64[Tensor, "V 2"]
) -> tuple[Float64[Tensor, "*batch"], Float64[Tensor, "*batch"]]:
    vertices = line.numpy()
    steps = np.hypot(*np.diff(vertices, axis=0).T)
    starts = np.concatenate([[0.0], np.cumsum(steps)[:-1]])
    blocks = range(0, len(steps), LINE_BLOCK)
    bounds = np.array([_bounds(vertices[first : first + LINE_BLOCK + 1]) for first in blocks])
    flat = np.ascontiguousarray(points.reshape(-1, 2).numpy())
    distance, progress = nearest_on_line(flat, vertices, steps, starts, bounds)
    shape = points.shape[:-1]
    return torch.from_numpy(distance).reshape(shape), torch.from_numpy(progress).reshape(shape)


def _bounds(points: Float64[np.ndarray, "V 2"]) -> Float64[np.ndarray, "4"]:
    return np.concatenate([points.min(axis=0), points.max(axis=0)])
