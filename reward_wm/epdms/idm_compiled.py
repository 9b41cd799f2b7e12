"""The compiled roll-out of reactive vehicles: the intelligent driver model along fixed centre lines.

All in one file, as ``compiled`` is and for the same reason. Reproduces the devkit's: every 0.1 s the
vehicles move one after the other; each looks along the rest of its line for whatever touches a
corridor of its own width, and follows the nearest such thing, be it ahead or behind. What others see
of a vehicle is its outline: its box and a corridor along its line as far as it gets in 1.5 s. Of
things equally near, as all are that overlap, the southernmost counts (the devkit's search tree).

A line is rows of x, y, heading (unwrapped) and arc length. A ring is a closed curve of vertices; the
outline of a thing is two, its four corners and its corridor, which may be empty.
"""

from collections.abc import Callable
from typing import no_type_check

import numpy as np
from numba import njit

STEP_S = 0.1
HEADWAY_S = 1.5
LEAST_GAP_M = 1.0
MAX_ACCELERATION = 1.0
MAX_DECELERATION = 2.0
EXPONENT = 4
RADIUS_M = 100.0
"""Vehicles whose centre is farther from the ego's rear axle are taken out for good."""
FILLET_RAD = np.pi / 32
NEAR_SHARE, SAME_SHARE = 1e-3, 1e-4
"""Of the half width: so near, the two corners of a bend, or two vertices of a ring, are one."""
CLOSING = 80.0
"""How much nearer the edge that closes a narrow bend lies to the corridor's side than to its middle."""
SAME_LATITUDE_M = 1e-7
TOUCHING = 1e-300
"""A squared distance of which only zero falls short."""
NOWHERE = (np.inf, np.inf, -np.inf, -np.inf)


def compiled(function: Callable) -> Callable:
    """Compile a function, once a machine; run-time checks of types would hide it from numba."""
    return njit(cache=True)(no_type_check(function))


@compiled
def drive(ego, ego_speed, ego_size, lines, line_starts, line, boxes, sizes, progress, speed, wanted):
    """Poses (P, N, T, 3) and presence (P, N, T) of vehicles; the first sample is left empty.

    ``ego`` (P, T, 3) is its rear axle, ``boxes`` (N, 3) are the vehicles' first outlines.
    """
    count, samples = len(line), ego.shape[1]
    poses = np.zeros((len(ego), count, samples, 3))
    present = np.zeros((len(ego), count, samples), dtype=np.bool_)
    room = 1
    for n in range(len(line_starts) - 1):
        room = max(room, 40 * (line_starts[n + 1] - line_starts[n] + 2))
    corners, rings = np.zeros((count + 1, 4, 2)), np.zeros((count + 1, room, 2))
    lengths, bounds = np.zeros(count + 1, dtype=np.int64), np.zeros((count + 1, 4))
    outlines = (corners, rings, lengths, bounds)
    scratch = (np.zeros((room, 2)), np.zeros((room, 2)))
    motion = (np.zeros((count, 3)), np.zeros(count), np.zeros(count), np.zeros(count + 1, dtype=np.bool_))
    pose, s, v, active = motion
    for p in range(len(ego)):
        active[count] = True
        for i in range(count):
            s[i], v[i], active[i], lengths[i] = progress[i], speed[i], True, 0
            _place(pose[i], lines[line_starts[line[i]] : line_starts[line[i] + 1]], s[i])
            _box(corners[i], boxes[i], sizes[i])
            _set_bounds(outlines, i)
        for t in range(1, samples):
            _box(corners[count], ego[p, t - 1], ego_size)
            _set_bounds(outlines, count)
            for i in range(count):
                away = np.hypot(pose[i, 0] - ego[p, t - 1, 0], pose[i, 1] - ego[p, t - 1, 1])
                active[i] = active[i] and away <= RADIUS_M
            for i in range(count):
                if active[i]:
                    own = lines[line_starts[line[i]] : line_starts[line[i] + 1]]
                    state = ego[p, t - 1], ego_speed[p, t - 1]
                    _move(i, own, sizes[i], wanted[i], motion, outlines, state, scratch)
                    present[p, i, t] = True
                    for axis in range(3):
                        poses[p, i, t, axis] = pose[i, axis]
    return poses, present


@compiled
def _move(i, own, size, wanted, motion, outlines, ego_state, scratch):
    """Move one vehicle on by a step, and its outline."""
    pose, s, v, active = motion
    corners, rings, lengths, _ = outlines
    ego, ego_speed = ego_state
    gap, ahead = _whom_to_follow(outlines, active, i, own, s[i], size[1], scratch)
    lead_speed = 0.0
    if ahead < 0:
        gap = own[len(own) - 1, 3] - s[i] - size[0]
    elif ahead == len(pose):
        lead_speed = ego_speed * np.cos(ego[2] - pose[i, 2])
    else:
        lead_speed = v[ahead] * np.cos(pose[ahead, 2] - pose[i, 2])
    closing = v[i] * (v[i] - lead_speed) / (2 * np.sqrt(MAX_ACCELERATION * MAX_DECELERATION))
    tightness = (LEAST_GAP_M + v[i] * HEADWAY_S + closing) / max(gap, LEAST_GAP_M)
    acceleration = MAX_ACCELERATION * (1 - (v[i] / wanted) ** EXPONENT - tightness**2)
    s[i] += STEP_S * v[i]
    v[i] = max(v[i] + STEP_S * min(max(acceleration, -MAX_DECELERATION), MAX_ACCELERATION), 0.0)
    _place(pose[i], own, s[i])
    _box(corners[i], pose[i], size)
    count = _cut(scratch[0], own, s[i] - size[0], s[i] + size[0] + v[i] * HEADWAY_S)
    lengths[i] = _ring(rings[i], scratch[0], count, size[1])
    _set_bounds(outlines, i)


@compiled
def _whom_to_follow(outlines, active, i, own, s, half_width, scratch):
    """Distance of the nearest outline on the rest of a vehicle's line, and whose; -1: nobody's."""
    corners, rings, lengths, bounds = outlines
    path, corridor = scratch
    count = _cut(path, own, s, own[len(own) - 1, 3])
    extent = _extent(path, count, NOWHERE)
    least, ahead, width = np.inf, -1, 0
    for j in range(len(corners)):
        if j == i or not active[j] or _extents_gap(bounds[j], extent) > 2 * half_width**2:
            continue
        width = _ring(corridor, path, count, half_width) if width == 0 else width
        if _outline_gap(outlines, j, corridor[:width], TOUCHING) > 0.0:
            continue
        gap = _outline_gap(outlines, i, corners[j], np.inf)
        gap = _outline_gap(outlines, i, rings[j, : lengths[j]], gap)
        if gap < least or (gap == least and _comes_first(bounds[j], bounds[ahead])):
            least, ahead = gap, j
    return np.sqrt(least), ahead


@compiled
def _comes_first(bounds, other):
    """Whether a thing lies south of another, or west of it in the same latitude."""
    north = bounds[1] + bounds[3] - other[1] - other[3]
    if abs(north) > SAME_LATITUDE_M:
        return north < 0.0
    return bounds[0] + bounds[2] < other[0] + other[2]


@compiled
def _place(pose, line, s):
    """Write the place at an arc length, and the heading if ``pose`` has room; the ends hold beyond."""
    last = len(line) - 1
    s = min(max(s, line[0, 3]), line[last, 3])
    k = min(max(np.searchsorted(line[:, 3], s), 1), last)
    share = (s - line[k - 1, 3]) / (line[k, 3] - line[k - 1, 3])
    for axis in range(len(pose)):
        pose[axis] = line[k - 1, axis] + share * (line[k, axis] - line[k - 1, axis])


@compiled
def _cut(path, line, start, end):
    """Write the stretch of a line between two arc lengths to ``path``; the number of its vertices.

    Where it would be empty, the first or the last segment of the line.
    """
    last = len(line) - 1
    start, end = max(start, line[0, 3]), min(end, line[last, 3])
    if start >= line[last, 3]:
        start = line[last - 1, 3]
    if end <= line[0, 3]:
        end = line[1, 3]
    _place(path[0], line, start)
    count = 1
    for k in range(last + 1):
        is_new = line[k, 0] != path[count - 1, 0] or line[k, 1] != path[count - 1, 1]
        if start < line[k, 3] < end and is_new:
            path[count, 0], path[count, 1] = line[k, 0], line[k, 1]
            count += 1
    _place(path[count], line, end)
    return count + int(path[count, 0] != path[count - 1, 0] or path[count, 1] != path[count - 1, 1])


@compiled
def _box(corners, pose, half_size):
    cos, sin = np.cos(pose[2]), np.sin(pose[2])
    for c in range(4):
        along = half_size[0] if c == 0 or c == 3 else -half_size[0]
        left = half_size[1] if c < 2 else -half_size[1]
        corners[c, 0] = pose[0] + along * cos - left * sin
        corners[c, 1] = pose[1] + along * sin + left * cos


@compiled
def _extent(points, count, extent):
    """``extent``, least x and y and greatest x and y, widened by some points."""
    low_x, low_y, high_x, high_y = extent
    for k in range(count):
        low_x, high_x = min(low_x, points[k, 0]), max(high_x, points[k, 0])
        low_y, high_y = min(low_y, points[k, 1]), max(high_y, points[k, 1])
    return low_x, low_y, high_x, high_y


@compiled
def _set_bounds(outlines, i):
    corners, rings, lengths, bounds = outlines
    extent = _extent(corners[i], 4, _extent(rings[i], lengths[i], NOWHERE))
    bounds[i, 0], bounds[i, 1], bounds[i, 2], bounds[i, 3] = extent


@compiled
def _ring(ring, path, count, half_width):
    """Write the outline of a corridor along ``path`` to ``ring``; the number of its vertices.

    As GEOS buffers a line with flat ends: arcs outside of a bend, a corner inside.
    """
    size = 0
    for side in range(2):
        way, first = 1 - 2 * side, side * (count - 1)
        for k in range(1, count - 1):
            b = first + way * k
            size = _bend(ring, size, path[b - way], path[b], path[b + way], half_width)
        end = first + way * (count - 1)
        dx, dy = path[end, 0] - path[end - way, 0], path[end, 1] - path[end - way, 1]
        left_x, left_y = -half_width * dy / np.hypot(dx, dy), half_width * dx / np.hypot(dx, dy)
        size = _add(ring, size, path[end, 0] + left_x, path[end, 1] + left_y, half_width)
        size = _add(ring, size, path[end, 0] - left_x, path[end, 1] - left_y, half_width)
    return size


@compiled
def _bend(ring, size, a, b, c, half_width):
    """Add what lies left of the vertex ``b`` between ``a`` and ``c``."""
    before, after = np.hypot(b[0] - a[0], b[1] - a[1]), np.hypot(c[0] - b[0], c[1] - b[1])
    x0, y0 = -half_width * (b[1] - a[1]) / before, half_width * (b[0] - a[0]) / before
    x1, y1 = -half_width * (c[1] - b[1]) / after, half_width * (c[0] - b[0]) / after
    turn = (x0 * y1 - y0 * x1) / half_width**2
    if turn == 0.0:
        return size
    is_near = np.hypot(x1 - x0, y1 - y0) < NEAR_SHARE * half_width
    squared = half_width**2 + x0 * x1 + y0 * y1
    if turn > 0.0 and squared > 0.0:
        back = half_width**3 * turn / squared
        if back <= before and back <= after:
            share = half_width**2 / squared
            return _add(ring, size, b[0] + share * (x0 + x1), b[1] + share * (y0 + y1), half_width)
    size = _add(ring, size, b[0] + x0, b[1] + y0, half_width)
    if is_near:
        return size
    if turn > 0.0:
        share = CLOSING / (CLOSING + 1)
        size = _add(ring, size, b[0] + share * x0, b[1] + share * y0, half_width)
        size = _add(ring, size, b[0] + share * x1, b[1] + share * y1, half_width)
    else:
        start, angle = np.arctan2(y0, x0), np.arctan2(y0, x0) - np.arctan2(y1, x1)
        angle = angle + 2 * np.pi if angle <= 0.0 else angle
        steps = int(angle / FILLET_RAD + 0.5)
        for k in range(steps):
            at = start - k * angle / steps
            x, y = b[0] + half_width * np.cos(at), b[1] + half_width * np.sin(at)
            size = _add(ring, size, x, y, half_width)
    return _add(ring, size, b[0] + x1, b[1] + y1, half_width)


@compiled
def _add(ring, size, x, y, half_width):
    if size > 0 and np.hypot(x - ring[size - 1, 0], y - ring[size - 1, 1]) < SAME_SHARE * half_width:
        return size
    ring[size, 0], ring[size, 1] = x, y
    return size + 1


@compiled
def _outline_gap(outlines, i, ring, best):
    """The squared distance of a thing's outline from a ring if it is below ``best``, else that."""
    corners, rings, lengths, _ = outlines
    return _gap(rings[i, : lengths[i]], ring, _gap(corners[i], ring, best))


@compiled
def _gap(ring, other, best):
    """The squared distance of the areas within two rings if it is below ``best``, else that."""
    if len(ring) == 0 or len(other) == 0:
        return best
    if _is_within(ring[0], other) or _is_within(other[0], ring):
        return 0.0
    extent = _extent(other, len(other), NOWHERE)
    for k in range(len(ring)):
        a, b = ring[k - 1], ring[k]
        edge = (min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]), max(a[1], b[1]))
        if _extents_gap(edge, extent) >= best:
            continue
        for n in range(len(other)):
            c, d = other[n - 1], other[n]
            near = _extents_gap(edge, (min(c[0], d[0]), min(c[1], d[1]), max(c[0], d[0]), max(c[1], d[1])))
            if near >= best:
                continue
            if near == 0.0 and _crosses(a, b, c, d) and _crosses(c, d, a, b):
                return 0.0
            best = min(
                best, _from_edge(a, c, d), _from_edge(b, c, d), _from_edge(c, a, b), _from_edge(d, a, b)
            )
    return best


@compiled
def _extents_gap(one, other):
    dx = max(one[0] - other[2], other[0] - one[2], 0.0)
    dy = max(one[1] - other[3], other[1] - one[3], 0.0)
    return dx * dx + dy * dy


@compiled
def _crosses(a, b, c, d):
    """Whether a segment touches the line through another."""
    return _side(c, d, a) * _side(c, d, b) <= 0.0


@compiled
def _side(a, b, point):
    return (b[0] - a[0]) * (point[1] - a[1]) - (b[1] - a[1]) * (point[0] - a[0])


@compiled
def _from_edge(point, a, b):
    """The squared distance of a point from a segment."""
    dx, dy, x, y = b[0] - a[0], b[1] - a[1], point[0] - a[0], point[1] - a[1]
    along = min(max((x * dx + y * dy) / (dx * dx + dy * dy), 0.0), 1.0)
    return (x - along * dx) ** 2 + (y - along * dy) ** 2


@compiled
def _is_within(point, ring):
    """Whether a ring goes round a point; it may cross itself."""
    turns = 0
    for k in range(len(ring)):
        a, b = ring[k - 1], ring[k]
        if (a[1] > point[1]) != (b[1] > point[1]) and (_side(a, b, point) > 0.0) == (b[1] > a[1]):
            turns += 1 if b[1] > a[1] else -1
    return turns != 0
