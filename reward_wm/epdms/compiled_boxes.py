"""The compiled search for contacts: when each proposal's box first meets each agent's.

All in one file, for the reason told in ``compiled``; what the GPU needs is told there, too.
"""

import math
from typing import no_type_check

from numba import njit


@njit(cache=True)
@no_type_check
def contacts(count, *arguments):
    """``first_contact`` of every index."""
    for i in range(count):
        first_contact(i, *arguments)


@njit(cache=True)
@no_type_check
def first_contact(
    i, times, entries, size, centre, direction, owner, boxes, present, sizes, speeds, least_speed, look
):
    """First (sample, horizon) at which a proposal's box, moved on straight, meets an agent's; else -1.

    Index i counts the cells of ``times`` and ``entries`` (P, A). ``boxes`` (W, A, T, 4) are centre, cosine
    and sine of the agents of W scenes; ``owner`` (P,) says in which scene a proposal is. ``look`` is the
    number of horizons, the samples from one to the next and the seconds of a sample. Boxes may last longer
    than the proposals do; looks beyond their end are not taken.
    """
    agents = times.shape[1]
    p, a = i // agents, i % agents
    own, other_size = owner[p], (sizes[owner[p], a, 0], sizes[owner[p], a, 1])
    horizons, stride, interval = look
    reach = math.hypot(size[0], size[1]) + math.hypot(other_size[0], other_size[1]) + 1e-6
    times[p, a], entries[p, a] = -1, -1
    samples, last = centre.shape[1], boxes.shape[2] - stride * (horizons - 1)
    for t in range(samples if samples < last else last):
        if speeds[p, t] < least_speed:
            continue
        cos, sin = direction[p, t, 0], direction[p, t, 1]
        for h in range(horizons):
            other = boxes[own, a, t + h * stride]
            ahead = speeds[p, t] * (h * stride * interval)
            dx = other[0] - centre[p, t, 0] - ahead * cos
            dy = other[1] - centre[p, t, 1] - ahead * sin
            if dx * dx + dy * dy > reach * reach or not present[own, a, t + h * stride]:
                continue
            if _boxes_meet(size, dx, dy, cos, sin, other[2], other[3], other_size):
                times[p, a], entries[p, a] = t, h
                return


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
