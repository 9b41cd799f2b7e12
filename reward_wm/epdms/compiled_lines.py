"""The compiled projection on polylines.

All in one file, for the reason told in ``compiled``; what the GPU needs is told there, too.
"""

import math
from typing import no_type_check

from numba import njit

LINE_BLOCK = 16
"""Segments of a line that are passed over together where they lie too far away."""


@njit(cache=True)
@no_type_check
def nearest_on_line(count, *arguments):
    """``nearest`` of every index."""
    for i in range(count):
        nearest(i, *arguments)


@njit(cache=True)
@no_type_check
def nearest(i, distance, progress, points, owner, vertices, steps, starts, bounds):
    """Distance of a point from a line, and arc length of the first nearest point of the line.

    Index i counts the points of ``points`` (P, n, 2); ``vertices`` (W, V, 2) are those of W lines, ``owner``
    (P,) says on which line a proposal is. A vertex that is not a number is nearer to nothing.
    """
    p, n = i // points.shape[1], i % points.shape[1]
    x, y, own = points[p, n, 0], points[p, n, 1], owner[p]
    best, at = math.inf, 0.0
    for b in range(bounds.shape[1]):
        dx = _outside(x, bounds[own, b, 0], bounds[own, b, 2])
        dy = _outside(y, bounds[own, b, 1], bounds[own, b, 3])
        if dx * dx + dy * dy >= best:
            continue
        end = (b + 1) * LINE_BLOCK
        for k in range(b * LINE_BLOCK, end if end < steps.shape[1] else steps.shape[1]):
            along, squared = _on_segment(x, y, vertices[own, k], vertices[own, k + 1], steps[own, k])
            if squared < best:
                best, at = squared, starts[own, k] + along
    distance[p, n], progress[p, n] = math.sqrt(best), at


@njit(cache=True)
@no_type_check
def _outside(value, low, high):
    """How far a value lies outside of an interval."""
    if value < low:
        return low - value
    return value - high if value > high else 0.0


@njit(cache=True)
@no_type_check
def _on_segment(x, y, start, end, length):
    """Arc length of the nearest point of a segment, and the squared distance."""
    dx, dy = x - start[0], y - start[1]
    if length == 0.0:
        return 0.0, dx * dx + dy * dy
    ux, uy = (end[0] - start[0]) / length, (end[1] - start[1]) / length
    along = dx * ux + dy * uy
    if along <= 0.0:
        return 0.0, dx * dx + dy * dy
    if along >= length:
        ex, ey = x - end[0], y - end[1]
        return length, ex * ex + ey * ey
    across = dy * ux - dx * uy
    return along, across * across
