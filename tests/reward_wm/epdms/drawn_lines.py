"""Lines of poses (n, 3) and what lies beside and between them, for drawn roads. Metres."""

import math
from collections.abc import Sequence

import numpy as np
import shapely


def spine(bends: Sequence[float], length_m: float) -> np.ndarray:
    """Poses (n, 3) every metre of a line with these curvatures, one after the other."""
    count = int(length_m) + 1
    curvature = np.repeat(bends, -(-count // len(bends)))[:count]
    heading = np.concatenate([[0.0], np.cumsum(curvature)[:-1]])
    steps = np.column_stack([np.cos(heading), np.sin(heading)])
    return np.column_stack([np.cumsum(steps, axis=0), heading])


def beside(poses: np.ndarray, aside_m: float) -> np.ndarray:
    """The same line moved to its left."""
    normal = np.column_stack([-np.sin(poses[:, 2]), np.cos(poses[:, 2])])
    return np.column_stack([poses[:, :2] + aside_m * normal, poses[:, 2]])


def between(left: np.ndarray, right: np.ndarray) -> shapely.Polygon:
    """The area between two lines."""
    return shapely.Polygon(np.concatenate([left[:, :2], right[::-1, :2]]))


def curve(start: np.ndarray, leaving: np.ndarray, end: np.ndarray, arriving: np.ndarray) -> np.ndarray:
    """Poses (12, 3) on a cubic with the given ends."""
    reach = 1.2 * math.dist(start, end)
    out, into = (reach * step / np.hypot(*step) for step in (leaving, arriving))
    t = np.linspace(0.0, 1.0, 12)[:, None]
    points = (
        (2 * t**3 - 3 * t**2 + 1) * start
        + (t**3 - 2 * t**2 + t) * out
        + (3 * t**2 - 2 * t**3) * end
        + (t**3 - t**2) * into
    )
    steps = np.gradient(points, axis=0)
    return np.column_stack([points, np.arctan2(steps[:, 1], steps[:, 0])])
