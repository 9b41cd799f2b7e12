"""The compiled inner loops about polygons: what is inside them, and what touches them.

All in one file, and nothing frozen in from others: numba notices a change of the file that a function
is in, not of the files of the functions and constants that it uses. A polygon argument is
``Polygons.tensors()``. Sizes are half lengths and half widths. The functions are not for the run-time
checks of shapes and types, which hide them from numba.

A function whose first argument is an index ``i`` is the work of one cell of the result. The CPU calls
it in a loop, a GPU in a thread each (see ``launch``), so it allocates nothing and returns nothing. What it
calls is free of numpy's functions, of ``min`` and ``max`` and of variable numbers of arguments, which numba
does not compile for GPUs.
"""

import math
from typing import no_type_check

import numpy as np
from numba import njit

BLOCK = 8
"""Edges of a polygon that are passed over together where a ray does not come near them."""
DRIVABLE, LANE, ON_ROUTE, INTERSECTION = 1, 2, 4, 8
"""Bits of a polygon's kind; a lane is a lane or a lane connector."""
LOW_M, CELL_M, SIDE = -100.0, 1.0, 200
"""The grid that finds polygons: its least x and y, the size of its cells, and their number in a row."""
MARGIN_M = 1e-6
"""What lies this near to a cell counts as in it, whatever rounding says."""


@njit(cache=True)
@no_type_check
def is_inside(x, y, polygon, vertices, ring_starts, first_rings, bounds, blocks):
    """Whether a point lies strictly inside one polygon; on an edge it does not."""
    box = bounds[polygon]
    if x <= box[0] or y <= box[1] or x >= box[2] or y >= box[3]:
        return False
    odd = False
    for ring in range(first_rings[polygon], first_rings[polygon + 1]):
        k, stop = ring_starts[ring] + 1, ring_starts[ring + 1]
        while k < stop:
            if k % BLOCK == 0:
                b = k // BLOCK
                if y < blocks[b, 0] or y > blocks[b, 1] or x > blocks[b, 2]:
                    k += BLOCK
                    continue
            x1, y1, x2, y2 = vertices[k - 1, 0], vertices[k - 1, 1], vertices[k, 0], vertices[k, 1]
            if (y1 > y) != (y2 > y):
                side = (x2 - x1) * (y - y1) - (x - x1) * (y2 - y1)
                if side == 0.0:
                    return False
                if (side > 0.0) == (y2 > y1):
                    odd = not odd
            elif y2 == y and (x2 == x or (y1 == y and (x1 <= x <= x2 or x2 <= x <= x1))):
                return False
            k += 1
    return odd


@njit(cache=True)
@no_type_check
def cells_of(vertices, ring_starts, first_rings, bounds, blocks):
    """Which polygons each cell of a square grid meets: starts (cells + 2,) and entries.

    The entries of cell c are those from ``starts[c]`` up to ``starts[c + 1]``: twice the polygon's number,
    and one more where it covers the cell with all its edges. The last cell is what lies outside of the grid.
    A polygon that neither covers a cell nor has an edge within ``MARGIN_M`` of it has no entry there.
    """
    polygons = (vertices, ring_starts, first_rings, bounds, blocks)
    count, outside = len(bounds), SIDE * SIDE
    is_edge = np.zeros((SIDE, SIDE), dtype=np.bool_)
    found = np.empty((1024, 2), dtype=np.int32)
    used = 0
    for n in range(count):
        left, right = _column(bounds[n, 0] - MARGIN_M), _column(bounds[n, 2] + MARGIN_M)
        low, high = _column(bounds[n, 1] - MARGIN_M), _column(bounds[n, 3] + MARGIN_M)
        is_edge[low : high + 1, left : right + 1] = False
        for ring in range(first_rings[n], first_rings[n + 1]):
            for k in range(ring_starts[ring] + 1, ring_starts[ring + 1]):
                _mark(is_edge, vertices[k - 1], vertices[k])
        while used + (high - low + 1) * (right - left + 1) > len(found):
            found = np.concatenate((found, np.empty_like(found)))
        for row in range(low, high + 1):
            is_known, is_covered = False, False
            for column in range(left, right + 1):
                if not is_edge[row, column] and not is_known:  # what is true of one cell is true of the next
                    x, y = LOW_M + (column + 0.5) * CELL_M, LOW_M + (row + 0.5) * CELL_M
                    is_covered = is_inside(x, y, n, *polygons)
                is_known = not is_edge[row, column]
                if is_edge[row, column] or is_covered:
                    found[used, 0] = row * SIDE + column
                    found[used, 1] = 2 * n + (0 if is_edge[row, column] else 1)
                    used += 1
    starts = np.zeros(outside + 2, dtype=np.int32)
    for k in range(used):
        starts[found[k, 0] + 1] += 1
    starts[outside + 1] = count
    starts = np.cumsum(starts).astype(np.int32)
    entries, filled = np.empty(used + count, dtype=np.int32), starts[:-1].copy()
    for k in range(used):
        entries[filled[found[k, 0]]] = found[k, 1]
        filled[found[k, 0]] += 1
    for n in range(count):
        entries[used + n] = 2 * n
    return starts, entries


@njit(cache=True)
@no_type_check
def _column(x):
    """Of a coordinate, or the nearest one; rows are counted alike."""
    return min(max(math.floor((x - LOW_M) / CELL_M), 0), SIDE - 1)


@njit(cache=True)
@no_type_check
def _mark(is_edge, start, end):
    """Mark the cells within ``MARGIN_M`` of a segment."""
    low, high = min(start[1], end[1]), max(start[1], end[1])
    if high < LOW_M - MARGIN_M or low > -LOW_M + MARGIN_M:
        return
    for row in range(_column(low - MARGIN_M), _column(high + MARGIN_M) + 1):
        first, last = 0.0, 1.0  # the part of the segment in this row
        if high - low > MARGIN_M:
            bottom = LOW_M + row * CELL_M - MARGIN_M
            at_bottom = (bottom - start[1]) / (end[1] - start[1])
            at_top = (bottom + CELL_M + 2 * MARGIN_M - start[1]) / (end[1] - start[1])
            first, last = max(min(at_bottom, at_top), 0.0), min(max(at_bottom, at_top), 1.0)
        x1, x2 = start[0] + first * (end[0] - start[0]), start[0] + last * (end[0] - start[0])
        left, right = min(x1, x2) - MARGIN_M, max(x1, x2) + MARGIN_M
        if right >= LOW_M and left <= -LOW_M:
            is_edge[row, _column(left) : _column(right) + 1] = True


@njit(cache=True)
@no_type_check
def areas_at(count, *arguments):
    """``area_at`` of every index."""
    for i in range(count):
        area_at(i, *arguments)


@njit(cache=True)
@no_type_check
def area_at(i, flags, points, owner, firsts, kind, starts, entries, polygons):
    """The five flags of ``EgoArea`` for one sample of one proposal.

    Index i counts the samples of ``points`` (P, T, 6, 2): four corners, centre, rear axle. The polygons of
    scene w are those from ``firsts[w]`` on, its cells (see ``cells_of``) row w of ``starts``; ``owner`` (P,)
    says in which scene a proposal is.
    """
    p, t = i // points.shape[1], i % points.shape[1]
    box, own = points[p, t], owner[p]
    roads = (firsts[own], kind, starts[own], entries, polygons)
    is_covered = True
    for c in range(4):
        is_covered = is_covered and _any_holds(box[c, 0], box[c, 1], DRIVABLE, roads)
    flags[p, t, 0] = _is_between_lanes(box, roads)
    flags[p, t, 1] = not is_covered
    flags[p, t, 2] = not _any_holds(box[4, 0], box[4, 1], ON_ROUTE, roads)
    flags[p, t, 3] = _any_holds(box[4, 0], box[4, 1], INTERSECTION, roads)
    flags[p, t, 4] = _any_holds(box[5, 0], box[5, 1], INTERSECTION, roads)


@njit(cache=True, forceinline=True)
@no_type_check
def _cell(x, y):
    """Number of the cell of a point; the last one is what lies outside of the grid."""
    if x >= LOW_M and y >= LOW_M and x < -LOW_M and y < -LOW_M:
        return int((y - LOW_M) / CELL_M) * SIDE + int((x - LOW_M) / CELL_M)
    return SIDE * SIDE


@njit(cache=True, forceinline=True)
@no_type_check
def _any_holds(x, y, bit, roads):
    """Whether a point is inside some polygon of a kind."""
    first, kind, starts, entries, polygons = roads
    cell = _cell(x, y)
    for e in range(starts[cell], starts[cell + 1]):
        n = first + (entries[e] >> 1)
        if kind[n] & bit != 0 and (entries[e] & 1 == 1 or is_inside(x, y, n, *polygons)):
            return True
    return False


@njit(cache=True, forceinline=True)
@no_type_check
def _lane_holds(x, y, lane, roads):
    """Whether a point is inside one polygon."""
    first, _, starts, entries, polygons = roads
    cell = _cell(x, y)
    for e in range(starts[cell], starts[cell + 1]):
        if first + (entries[e] >> 1) == lane:
            return entries[e] & 1 == 1 or is_inside(x, y, lane, *polygons)
    return False


@njit(cache=True, forceinline=True)
@no_type_check
def _is_between_lanes(box, roads):
    """Whether corners (the first four points) are in several lanes, and none holds all four."""
    first, kind, starts, entries, polygons = roads
    seen, has_several = -1, False
    for c in range(4):
        x, y = box[c, 0], box[c, 1]
        cell = _cell(x, y)
        for e in range(starts[cell], starts[cell + 1]):
            n = first + (entries[e] >> 1)
            if kind[n] & LANE == 0 or (c > 0 and (has_several or n == seen)):
                continue
            if entries[e] & 1 == 1 or is_inside(x, y, n, *polygons):
                if c == 0 and _holds_others(box, n, roads):
                    return False
                has_several = has_several or seen not in (-1, n)
                seen = n
    return has_several


@njit(cache=True, forceinline=True)
@no_type_check
def _holds_others(box, lane, roads):
    """Whether a lane holds the second, third and fourth point."""
    is_held = True
    for c in range(1, 4):
        is_held = is_held and _lane_holds(box[c, 0], box[c, 1], lane, roads)
    return is_held


@njit(cache=True)
@no_type_check
def red_touches(count, *arguments):
    """``first_red_touch`` of every index."""
    for i in range(count):
        first_red_touch(i, *arguments)


@njit(cache=True)
@no_type_check
def first_red_touch(i, first, size, centre, direction, owner, is_red, polygons):
    """First sample at which a proposal's box meets a polygon while that is red; -1: never.

    Index i counts the cells of ``first`` (P, R). ``is_red`` (W, R, T) tells of R polygons in each of W
    scenes, which lie in this order; ``owner`` (P,) says in which scene a proposal is.
    """
    lights = first.shape[1]
    p, r = i // lights, i % lights
    own, polygon, bounds = owner[p], owner[p] * lights + r, polygons[3]
    reach = math.hypot(size[0], size[1]) + 1e-6
    first[p, r] = -1
    for t in range(centre.shape[1]):
        x, y = centre[p, t, 0], centre[p, t, 1]
        if not is_red[own, r, t] or x < bounds[polygon, 0] - reach or x > bounds[polygon, 2] + reach:
            continue
        if y < bounds[polygon, 1] - reach or y > bounds[polygon, 3] + reach:
            continue
        if _polygon_meets(polygon, size, x, y, direction[p, t, 0], direction[p, t, 1], *polygons):
            first[p, r] = t
            return


@njit(cache=True)
@no_type_check
def _polygon_meets(polygon, size, x, y, cos, sin, vertices, ring_starts, first_rings, bounds, blocks):
    """Whether a polygon and a box share a point; touching counts."""
    for ring in range(first_rings[polygon], first_rings[polygon + 1]):
        for k in range(ring_starts[ring] + 1, ring_starts[ring + 1]):
            dx, dy = vertices[k - 1, 0] - x, vertices[k - 1, 1] - y
            u1, v1 = dx * cos + dy * sin, dy * cos - dx * sin
            dx, dy = vertices[k, 0] - x, vertices[k, 1] - y
            u2, v2 = dx * cos + dy * sin, dy * cos - dx * sin
            if (u1 < -size[0] and u2 < -size[0]) or (u1 > size[0] and u2 > size[0]):
                continue
            if (v1 < -size[1] and v2 < -size[1]) or (v1 > size[1] and v2 > size[1]):
                continue
            du, dv = u2 - u1, v2 - v1
            if abs(u1 * dv - v1 * du) <= size[0] * abs(dv) + size[1] * abs(du):
                return True
    return is_inside(x, y, polygon, vertices, ring_starts, first_rings, bounds, blocks)
