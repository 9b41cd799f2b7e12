"""The compiled inner loops: which points, boxes and polygons meet.

All in one file, and nothing frozen in from others: numba notices a change of the file that a function
is in, not of the files of the functions and constants that it uses. A polygon argument is
``Polygons.arrays()``. Sizes are half lengths and half widths. The functions are not for the run-time
checks of shapes and types, which hide them from numba.
"""

from typing import no_type_check

import numpy as np
from numba import njit

BLOCK = 8
"""Edges of a polygon that are passed over together where a ray does not come near them."""
LINE_BLOCK = 16
"""Segments of a line that are passed over together where they lie too far away."""
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
            elif y2 == y and (x2 == x or (y1 == y and min(x1, x2) <= x <= max(x1, x2))):
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
    low_x, high_x = box[:4, 0].min(), box[:4, 0].max()
    low_y, high_y = box[:4, 1].min(), box[:4, 1].max()
    touched = 0
    for n in range(count):
        bound = polygons[3][lanes[n]]
        if bound[0] >= high_x or bound[2] <= low_x or bound[1] >= high_y or bound[3] <= low_y:
            continue
        inside, outside = 0, 0
        for c in range(4):
            if is_inside(box[c, 0], box[c, 1], lanes[n], *polygons):
                inside += 1
            else:
                outside += 1
            if outside > 0 and (inside > 0 or touched > 1):
                break
        if inside == 4:
            lanes[0], lanes[n] = lanes[n], lanes[0]
            return False
        touched += inside > 0
    return touched > 1


@njit(cache=True)
@no_type_check
def _is_covered(box, areas, count, polygons):
    """Whether each corner (the first four points) is inside some polygon."""
    covered, front = 0, 0  # bit c of ``covered`` is for corner c
    for n in range(count):
        before = covered
        for c in range(4):
            if (covered >> c) & 1 == 0 and is_inside(box[c, 0], box[c, 1], areas[n], *polygons):
                covered |= 1 << c
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


@njit(cache=True)
@no_type_check
def contacts(size, centre, direction, boxes, present, sizes, speeds, least_speed, seconds, stride):
    """First (sample, horizon) at which each proposal's box, moved on straight, meets each agent's.

    ``boxes`` (1 or P, A, T, 4) are centre, cosine and sine; a horizon is ``stride`` samples. They may
    last longer than the proposals do; looks beyond their end are not taken.
    """
    times = np.full((centre.shape[0], boxes.shape[1]), -1, dtype=np.int64)
    entries = np.full((centre.shape[0], boxes.shape[1]), -1, dtype=np.int64)
    last = min(centre.shape[1], boxes.shape[2] - stride * (len(seconds) - 1))
    for p in range(centre.shape[0]):
        own = p if boxes.shape[0] > 1 else 0
        for a in range(boxes.shape[1]):
            reach = np.hypot(size[0], size[1]) + np.hypot(sizes[a, 0], sizes[a, 1]) + 1e-6
            for t in range(last):
                if speeds[p, t] < least_speed:
                    continue
                cos, sin = direction[p, t, 0], direction[p, t, 1]
                for h in range(len(seconds)):
                    other = boxes[own, a, t + h * stride]
                    ahead = speeds[p, t] * seconds[h]
                    dx = other[0] - centre[p, t, 0] - ahead * cos
                    dy = other[1] - centre[p, t, 1] - ahead * sin
                    if dx * dx + dy * dy > reach * reach or not present[own, a, t + h * stride]:
                        continue
                    if _boxes_meet(size, dx, dy, cos, sin, other[2], other[3], sizes[a]):
                        times[p, a], entries[p, a] = t, h
                        break
                if times[p, a] >= 0:
                    break
    return times, entries


@njit(cache=True)
@no_type_check
def _boxes_meet(size, dx, dy, cos, sin, other_cos, other_sin, other_size):
    """Whether no axis of either box separates them; (dx, dy) leads from one centre to the other."""
    c = abs(cos * other_cos + sin * other_sin)
    s = abs(cos * other_sin - sin * other_cos)
    if abs(dx * cos + dy * sin) > size[0] + other_size[0] * c + other_size[1] * s:
        return False
    if abs(dy * cos - dx * sin) > size[1] + other_size[0] * s + other_size[1] * c:
        return False
    if abs(dx * other_cos + dy * other_sin) > other_size[0] + size[0] * c + size[1] * s:
        return False
    return abs(dy * other_cos - dx * other_sin) <= other_size[1] + size[0] * s + size[1] * c


@njit(cache=True)
@no_type_check
def red_touches(size, centre, direction, is_red, vertices, ring_starts, first_rings, bounds, blocks):
    """First sample at which each proposal's box meets each polygon while that is red; -1: never."""
    first = np.full((centre.shape[0], is_red.shape[0]), -1, dtype=np.int64)
    polygons = (vertices, ring_starts, first_rings, bounds, blocks)
    reach = np.hypot(size[0], size[1]) + 1e-6
    for p in range(centre.shape[0]):
        for r in range(is_red.shape[0]):
            for t in range(centre.shape[1]):
                x, y = centre[p, t, 0], centre[p, t, 1]
                if not is_red[r, t] or x < bounds[r, 0] - reach or x > bounds[r, 2] + reach:
                    continue
                if y < bounds[r, 1] - reach or y > bounds[r, 3] + reach:
                    continue
                if _polygon_meets(r, size, x, y, direction[p, t, 0], direction[p, t, 1], *polygons):
                    first[p, r] = t
                    break
    return first


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
            if max(u1, u2) < -size[0] or min(u1, u2) > size[0]:
                continue
            if max(v1, v2) < -size[1] or min(v1, v2) > size[1]:
                continue
            du, dv = u2 - u1, v2 - v1
            if abs(u1 * dv - v1 * du) <= size[0] * abs(dv) + size[1] * abs(du):
                return True
    return is_inside(x, y, polygon, vertices, ring_starts, first_rings, bounds, blocks)


@njit(cache=True)
@no_type_check
def nearest_on_line(points, vertices, steps, starts, bounds):
    """Distance from a line of every point, and arc length of the first nearest point of the line."""
    distance, progress = np.empty(len(points)), np.empty(len(points))
    for i in range(len(points)):
        x, y = points[i, 0], points[i, 1]
        best, at = np.inf, 0.0
        for b in range(len(bounds)):
            dx = max(bounds[b, 0] - x, 0.0, x - bounds[b, 2])
            dy = max(bounds[b, 1] - y, 0.0, y - bounds[b, 3])
            if dx * dx + dy * dy >= best:
                continue
            for k in range(b * LINE_BLOCK, min((b + 1) * LINE_BLOCK, len(steps))):
                along, squared = _on_segment(x, y, vertices[k], vertices[k + 1], steps[k])
                if squared < best:
                    best, at = squared, starts[k] + along
        distance[i], progress[i] = np.sqrt(best), at
    return distance, progress


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
