"""What kind of ground the ego is on, one polygon and one point at a time."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from driving.scene import Scene
from tests.reference.knife_edges import Area, KnifeEdges
from tests.reference.slow_geometry import ego_box
from tests.reference.slow_replay import in_scene

REACH_M = 100.0
CENTRE_M = 1.461


@dataclass(frozen=True)
class SlowMap:
    """The polygons within a square of 200 m round the ego's centre, scene frame."""

    drivable: list[Area]
    lanes: list[Area]
    on_route: list[Area]
    intersections: list[Area]


@dataclass(frozen=True)
class Ground:
    """Of one state."""

    between_lanes: bool
    off_road: bool
    off_route: bool
    centre_in_intersection: bool
    rear_axle_in_intersection: bool

    @property
    def is_misplaced(self) -> bool:
        return self.between_lanes or self.off_road


def slow_map(scene: Scene, route_lane_ids: list[str]) -> SlowMap:
    """Lane groups, with their lanes, intersections and car parks; connectors of groups are no ground."""
    heading = scene.current.ego_pose_in_map[2]
    x, y = CENTRE_M * math.cos(heading), CENTRE_M * math.sin(heading)
    square = shapely.box(x - REACH_M, y - REACH_M, x + REACH_M, y + REACH_M)

    def near(area: BaseGeometry) -> bool:
        return in_scene(scene, area).intersects(square)

    blocks = [block for block in scene.map.roadblocks.values() if near(block.polygon)]
    ids = [lane for block in blocks for lane in block.lane_ids]
    crossings = [area for area in scene.map.intersections.values() if near(area)]
    carparks = [area for area in scene.map.carparks.values() if near(area)]
    groups = [block.polygon for block in blocks if not block.is_connector]
    lanes = {lane: scene.map.lanes[lane].polygon for lane in ids}

    def areas(polygons: Iterable[BaseGeometry]) -> list[Area]:
        return [Area.of(in_scene(scene, polygon)) for polygon in polygons]

    return SlowMap(
        drivable=areas(groups + crossings + carparks),
        lanes=areas(lanes.values()),
        on_route=areas(polygon for lane, polygon in lanes.items() if lane in route_lane_ids),
        intersections=areas(crossings),
    )


def slow_ground(state: np.ndarray, areas: SlowMap, edges: KnifeEdges) -> Ground:
    """The ground under the four corners, the centre and the rear axle."""
    corners, (x, y) = ego_box(state).exterior.coords[:4], centre_of(state)
    lanes = [[edges.holds(lane, cx, cy, "corner in lane") for cx, cy in corners] for lane in areas.lanes]
    drivable = [
        any(edges.holds(area, cx, cy, "corner on road") for area in areas.drivable) for cx, cy in corners
    ]
    return Ground(
        between_lanes=sum(any(held) for held in lanes) > 1 and not any(all(held) for held in lanes),
        off_road=not all(drivable),
        off_route=not any(edges.holds(lane, x, y, "centre on route") for lane in areas.on_route),
        centre_in_intersection=any(edges.holds(a, x, y, "centre in crossing") for a in areas.intersections),
        rear_axle_in_intersection=any(
            edges.holds(a, state[0], state[1], "axle in crossing") for a in areas.intersections
        ),
    )


def centre_of(state: np.ndarray) -> tuple[float, float]:
    """Of the ego's box."""
    return state[0] + CENTRE_M * math.cos(state[2]), state[1] + CENTRE_M * math.sin(state[2])
