"""The route as PDM-Closed drives it: begun where the ego is, gaps filled, loops cut.

Reproduces the devkit's route correction. Quirks: the corrected route decides about lanes that are on
route, about the centreline and about PDM-Closed, while the red lights of TLC come from the logged
one; a connector whose polygon overlaps an earlier one by more than a square metre ends the route.
"""

from collections.abc import Sequence

import numpy as np
import shapely
from jaxtyping import Float64

from driving.errors import DataError
from driving.frames import wrap_angle
from driving.map_data import MapData, MapLane
from driving.scene import Scene
from reward_wm.epdms.map_search import MapSearch
from reward_wm.epdms.pdm_closed.graph_search import connect_roadblocks

NEAR_M = 1.0
MAX_HEADING_ERROR = np.pi / 4
MAX_DISPLACEMENT_M = 3.0
DEPTH_BACK, DEPTH_FORWARD = 15, 30
LOOP_OVERLAP_M2 = 1.0


def logged_route(scene: Scene) -> list[str]:
    """The route of the current frame, each roadblock once. DataError where it cannot be used."""
    route = list(dict.fromkeys(scene.current.roadblock_ids))
    if not route:
        raise DataError(f"scene {scene.token}: no route, roadblock_ids is empty")
    unknown = [block for block in route if block not in scene.map.roadblocks]
    if unknown:
        raise DataError(
            f"scene {scene.token}: roadblock {unknown[0]} of the route is not on the map "
            f"of {scene.map.location}"
        )
    return route


def route_lanes(map_data: MapData, route: Sequence[str]) -> list[str]:
    """Lanes and connectors inside the roadblocks of a route, in order."""
    return [lane for block in route for lane in map_data.roadblocks[block].lane_ids]


def correct_route(map_data: MapData, route: Sequence[str], ego: Float64[np.ndarray, "3"]) -> list[str]:
    """The corrected route of an ego whose rear axle is at ``ego`` in the map frame."""
    start, candidates = _starting_blocks(map_data, set(route), ego)
    corrected = list(route) if start in route else _lead_in(map_data, list(route), start, candidates)
    corrected = _fill_gaps(map_data, corrected)
    return list(dict.fromkeys(_cut_loop(map_data, corrected)))


def nearest_heading(lane: MapLane, place: Float64[np.ndarray, "2"]) -> tuple[float, float]:
    """Distance to the lane's nearest vertex, and the heading that the lane has there."""
    distances = np.sqrt(((lane.baseline - place) ** 2).sum(axis=1))
    nearest = int(np.argmin(distances))
    start = min(nearest, len(lane.baseline) - 2)
    dx, dy = lane.baseline[start + 1] - lane.baseline[start]
    return float(distances[nearest]), float(np.arctan2(dy, dx))


def _starting_blocks(
    map_data: MapData, route: set[str], ego: Float64[np.ndarray, "3"]
) -> tuple[str, list[str]]:
    """The roadblock the ego is in, and all that it may be in."""
    blocks = _blocks_at(map_data, ego)
    fitting: list[tuple[str, float]] = []
    displacements = []
    for block in blocks:
        least = np.inf
        for lane_id in map_data.roadblocks[block].lane_ids:
            displacement, heading = nearest_heading(map_data.lanes[lane_id], ego[:2])
            least = min(least, displacement)
            turned = abs(wrap_angle(np.asarray(heading - ego[2])))
            if turned < MAX_HEADING_ERROR and displacement < MAX_DISPLACEMENT_M:
                fitting.append((block, displacement))
        displacements.append(least)
    on_route = [(block, error) for block, error in fitting if block in route]
    for choice in (on_route, fitting):
        if choice:
            return min(choice, key=lambda item: item[1])[0], [block for block, _ in choice]
    return blocks[int(np.argmin(displacements))], blocks


def _blocks_at(map_data: MapData, ego: Float64[np.ndarray, "3"]) -> list[str]:
    """Roadblocks within a metre of the ego, else the nearest of each layer."""
    search = MapSearch.of(map_data)
    x, y = ego[0], ego[1]
    square = shapely.box(x - NEAR_M, y - NEAR_M, x + NEAR_M, y + NEAR_M)
    layers = (search.lane_groups, search.lane_group_connectors)
    near = [block for layer in layers for block in layer.touching(square)]
    return near or [block for layer in layers for block in layer.nearest(shapely.Point(x, y))]


def _lead_in(map_data: MapData, route: list[str], start: str, candidates: list[str]) -> list[str]:
    """Connect an ego off its route to it: from any candidate to its start, or to its first blocks."""
    path = connect_roadblocks(map_data, route[0], candidates, DEPTH_BACK, forward=False)
    if path is not None:
        return path[:-1] + route
    path = connect_roadblocks(map_data, start, route[:3], DEPTH_FORWARD, forward=True)
    return route if path is None else path + route[route.index(path[-1]) + 1 :]


def _fill_gaps(map_data: MapData, route: list[str]) -> list[str]:
    """Put in the roadblocks that link neighbours which don't touch, where a search finds them."""
    filled = route[:1]
    for block, after in zip(route[:-1], route[1:], strict=True):
        if block not in map_data.roadblocks[after].incoming:
            path = connect_roadblocks(map_data, block, [after], DEPTH_FORWARD, forward=True)
            filled += path[1:-1] if path is not None else []
        filled.append(after)
    return filled


def _cut_loop(map_data: MapData, route: list[str]) -> list[str]:
    """The route up to the first connector that crosses an earlier connector's ground."""
    earlier: dict[str, shapely.Geometry] = {}
    for index, block in enumerate(route):
        if not map_data.roadblocks[block].is_connector:
            continue
        polygon = map_data.roadblocks[block].polygon
        if any(polygon.intersection(other).area > LOOP_OVERLAP_M2 for other in earlier.values()):
            return route[:index]
        earlier[block] = polygon
    return route
