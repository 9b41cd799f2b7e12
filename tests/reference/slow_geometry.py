"""Boxes and areas the obvious way: shapely, one at a time."""

import math

import numpy as np
import shapely

from reward_wm.epdms.compiled import DRIVABLE, INTERSECTION, LANE, ON_ROUTE
from reward_wm.epdms.polygons import Polygons
from reward_wm.epdms.rollout import Rollout


def box(x: float, y: float, heading: float, half_length: float, half_width: float) -> shapely.Polygon:
    """A box by its centre."""
    cos, sin = math.cos(heading), math.sin(heading)
    signs = [(1, 1), (-1, 1), (-1, -1), (1, -1)]
    return shapely.Polygon(
        [
            (
                x + cos * a * half_length - sin * b * half_width,
                y + sin * a * half_length + cos * b * half_width,
            )
            for a, b in signs
        ]
    )


def ego_box(state: np.ndarray, ahead_m: float = 0.0) -> shapely.Polygon:
    """The box of a state, moved on along its heading."""
    offset = 1.461 + ahead_m
    x, y = state[0] + offset * math.cos(state[2]), state[1] + offset * math.sin(state[2])
    return box(x, y, state[2], 5.176 / 2, 2.297 / 2)


def agent_box(rollout: Rollout, agent: int, sample: int) -> shapely.Polygon | None:
    """The box of an agent, or None while it is absent."""
    traffic = rollout.world.traffic
    if not traffic.present[agent, sample]:
        return None
    return box(*traffic.poses[agent, sample].tolist(), *traffic.half_size[agent].tolist())


def shapely_polygon(polygons: Polygons, row: int) -> shapely.Geometry:
    """A polygon of ours as shapely's; rings after the first are holes if they lie in it."""
    first, last = polygons.first_rings[row : row + 2].tolist()
    starts = polygons.ring_starts.tolist()
    rings = [
        shapely.Polygon(polygons.vertices[starts[r] : starts[r + 1]].numpy()) for r in range(first, last)
    ]
    area = rings[0]
    for ring in rings[1:]:
        area = area.symmetric_difference(ring)
    return area


def slow_area(rollout: Rollout, proposal: int, sample: int) -> tuple[bool, bool, bool, bool, bool]:
    """The flags of ``EgoArea``, in its order."""
    state = rollout.states[proposal, sample].numpy()
    roads = rollout.world.roads
    corners = [shapely.Point(corner) for corner in ego_box(state).exterior.coords[:4]]
    centre = shapely.Point(state[:2] + 1.461 * np.array([math.cos(state[2]), math.sin(state[2])]))
    rear_axle = shapely.Point(state[:2])
    areas = [(shapely_polygon(roads.polygons, row), kind) for row, kind in enumerate(roads.kind.tolist())]
    lanes = [area for area, kind in areas if kind & LANE]
    in_lane = [sum(lane.contains(corner) for corner in corners) for lane in lanes]
    drivable = [area for area, kind in areas if kind & DRIVABLE]
    crossings = [area for area, kind in areas if kind & INTERSECTION]
    return (
        sum(count > 0 for count in in_lane) > 1 and 4 not in in_lane,
        not all(any(area.contains(corner) for area in drivable) for corner in corners),
        not any(area.contains(centre) for area, kind in areas if kind & ON_ROUTE),
        any(area.contains(centre) for area in crossings),
        any(area.contains(rear_axle) for area in crossings),
    )
