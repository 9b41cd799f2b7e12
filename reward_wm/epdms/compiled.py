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
def areas(points, kind, vertices, ring_starts, first_rings, bounds, blocks):
    """The five flags of ``EgoArea``; points (P, T, 6, 2) are four corners, centre, rear axle.

    Polygons that answered for one sample are asked first for the next: mostly they answer again.
    """
    polygons = (vertices, ring_starts, first_rings, bounds, blocks)
    flags = np.zeros((points.shape[0], points.shape[1], 5), dtype=np.bool_)
    bits = (DRIVABLE, LANE, ON_ROUTE, INTERSECTION)
    near, found = np.empty((4, len(kind)), dtype=np.int64), np.empty(4, dtype=np.int64)
    for p in range(points.shape[0]):
        low_x, high_x = points[p, :, :4, 0].min(), points[p, :, :4, 0].max()
        low_y, high_y = points[p, :, :4, 1].min(), points[p, :, :4, 1].max()
        found[:] = 0
        for i in range(len(kind)):
            box = bounds[i]
            if box[0] < high_x and box[2] > low_x and box[1] < high_y and box[3] > low_y:
                for b in range(4):
                    if (kind[i] & bits[b]) != 0:
                        near[b, found[b]] = i
                        found[b] += 1
        for t in range(points.shape[1]):
            box = points[p, t]
            flags[p, t, 0] = _is_between_lanes(box, near[1], found[1], polygons)
            flags[p, t, 1] = not _is_covered(box, near[0], found[0], polygons)
            flags[p, t, 2] = not _any_holds(box[4], near[2], found[2], polygons)
            flags[p, t, 3] = _any_holds(box[4], near[3], found[3], polygons)
            flags[p, t, 4] = _any_holds(box[5], near[3], found[3], polygons)
    return flags


@njit(cache=True)
@no_type_check
def _is_between_lanes(box, lanes, count, polygons):
    """Whether corners (the first four points) are in several lanes, and none holds all four."""
    touched, extent = 0, _extent(box)
    for n in range(count):
        inside = _corners_in_lane(box, extent, lanes[n], touched, polygons)
        if inside == 4:
            lanes[0], lanes[n] = lanes[n], lanes[0]
            return False
        touched += inside > 0
    return touched > 1


@njit(cache=True)
@no_type_check
def _is_covered(box, areas, count, polygons):
    """Whether each corner (the first four points) is inside some polygon."""
    covered, front = 0, 0
    for n in range(count):
        before = covered
        covered = _cover(box, areas[n], before, polygons)
        if covered != before:
            areas[front], areas[n] = areas[n], areas[front]
            front += 1
        if covered == 15:
            return True
    return False


@njit(cache=True)
@no_type_check
def _any_holds(point, areas, count, polygons):
    """Whether a point is inside some polygon."""
    for n in range(count):
        if is_inside(point[0], point[1], areas[n], *polygons):
            areas[0], areas[n] = areas[n], areas[0]
            return True
    return False


@njit(cache=True, forceinline=True)
@no_type_check
def _corners_in_lane(box, extent, lane, touched, polygons):
    """How many corners (the first four points) are in a lane, or, where not all are, whether any is.

    Where several lanes are ``touched`` already, the latter does not matter.
    """
    if _is_apart(polygons[3][lane], extent):
        return 0
    inside, outside = 0, 0
    for c in range(4):
        if is_inside(box[c, 0], box[c, 1], lane, *polygons):
            inside += 1
        else:
            outside += 1
        if outside > 0 and (inside > 0 or touched > 1):
            break
    return inside


@njit(cache=True, forceinline=True)
@no_type_check
def _cover(box, area, covered, polygons):
    """``covered`` and the corners (the first four points) inside an area; bit c is for corner c."""
    for c in range(4):
        if (covered >> c) & 1 == 0 and is_inside(box[c, 0], box[c, 1], area, *polygons):
            covered |= 1 << c
    return covered


@njit(cache=True, forceinline=True)
@no_type_check
def _extent(box):
    """Least x and y, greatest x and y of the first four points."""
    low_x, low_y, high_x, high_y = box[0, 0], box[0, 1], box[0, 0], box[0, 1]
    for c in range(1, 4):
        x, y = box[c, 0], box[c, 1]
        low_x, high_x = x if x < low_x else low_x, x if x > high_x else high_x
        low_y, high_y = y if y < low_y else low_y, y if y > high_y else high_y
    return low_x, low_y, high_x, high_y


@njit(cache=True, forceinline=True)
@no_type_check
def _is_apart(bound, extent):
    """Whether no point within one rectangle is strictly inside another."""
    return bound[0] >= extent[2] or bound[2] <= extent[0] or bound[1] >= extent[3] or bound[3] <= extent[1]


@njit(cache=True)
@no_type_check
def areas_at(count, *arguments):
    """``area_at`` of every index."""
    for i in range(count):
        area_at(i, *arguments)


@njit(cache=True)
@no_type_check
def area_at(i, flags, points, owner, firsts, kind, polygons):
    """What ``areas`` finds, for one sample of one proposal, without memory of other samples.

    Index i counts the samples of ``points`` (P, T, 6, 2). The polygons of scene w are those from
    ``firsts[w]`` up to ``firsts[w + 1]``, ``owner`` (P,) says in which scene a proposal is.
    """
    p, t = i // points.shape[1], i % points.shape[1]
    box = points[p, t]
    extent = _extent(box)
    touched, is_held, covered, on_route, centre, rear_axle = 0, False, 0, False, False, False
    for n in range(firsts[owner[p]], firsts[owner[p] + 1]):
        if _is_apart(polygons[3][n], extent):
            continue
        if kind[n] & LANE != 0 and not is_held:
            inside = _corners_in_lane(box, extent, n, touched, polygons)
            is_held = inside == 4
            touched += inside > 0
        if kind[n] & DRIVABLE != 0 and covered != 15:
            covered = _cover(box, n, covered, polygons)
        if kind[n] & ON_ROUTE != 0 and not on_route:
            on_route = is_inside(box[4, 0], box[4, 1], n, *polygons)
        if kind[n] & INTERSECTION != 0:
            centre = centre or is_inside(box[4, 0], box[4, 1], n, *polygons)
            rear_axle = rear_axle or is_inside(box[5, 0], box[5, 1], n, *polygons)
    flags[p, t, 0] = touched > 1 and not is_held
    flags[p, t, 1] = covered != 15
    flags[p, t, 2] = not on_route
    flags[p, t, 3] = centre
    flags[p, t, 4] = rear_axle


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
