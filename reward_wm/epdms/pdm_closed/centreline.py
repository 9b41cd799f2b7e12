"""The lane that the ego starts in and the centreline from there along the corrected route.

Reproduces the devkit's choice of a starting lane and its Dijkstra search. Quirks: the centreline
begins at the start of that lane, behind the ego; each lane's last heading is repeated and its last
point comes again as the first of the next lane.
"""

from collections.abc import Sequence

import numpy as np
import shapely
from jaxtyping import Float64

from driving.errors import DataError
from driving.frames import wrap_angle
from driving.map_data import MapData, MapLane
from driving.scene import Scene
from reward_wm.epdms.footprint import ego_centre, ego_polygons
from reward_wm.epdms.map_window import NearbyMap
from reward_wm.epdms.pdm_closed.graph_search import shortest_lanes
from reward_wm.epdms.pdm_closed.path import Path
from reward_wm.epdms.pdm_closed.route import nearest_heading, route_lanes

SEARCH_DEPTH = 30


def starting_lane(
    scene: Scene, nearby: NearbyMap, lane_ids: Sequence[str], ego: Float64[np.ndarray, "3"]
) -> MapLane:
    """The lane of the route that the ego is in, of the least heading error; else the nearest."""
    lanes = scene.map.lanes
    on_route = set(lane_ids)
    here = shapely.Point(ego[0], ego[1])
    holding = [lanes[item] for item in nearby.ids_touching(here) if item in on_route]
    if holding:
        errors = [abs(wrap_angle(np.asarray(nearest_heading(lane, ego[:2])[1] - ego[2]))) for lane in holding]
        return holding[int(np.argmin(errors))]
    if not lane_ids:
        raise DataError(f"scene {scene.token}: the route has no lanes on the map")
    return _nearest_lane([lanes[item] for item in lane_ids], ego)


def centreline_of(
    map_data: MapData, route: Sequence[str], start: MapLane, origin: Float64[np.ndarray, "2"]
) -> Path:
    """Centre lines from ``start`` towards the end of the route, in the scene frame."""
    first = list(route).index(start.roadblock_id) if start.roadblock_id in route else 0
    goal = route[first : first + SEARCH_DEPTH][-1]
    lanes = shortest_lanes(map_data, start, route_lanes(map_data, route), goal)
    return Path.of(np.concatenate([_poses(lane, origin) for lane in lanes]))


def _poses(lane: MapLane, origin: Float64[np.ndarray, "2"]) -> Float64[np.ndarray, "V 3"]:
    steps = np.diff(lane.baseline, axis=0)
    heading = np.arctan2(steps[:, 1], steps[:, 0])
    return np.column_stack([lane.baseline - origin, np.append(heading, heading[-1])])


def _nearest_lane(lanes: Sequence[MapLane], ego: Float64[np.ndarray, "3"]) -> MapLane:
    """The first lane that holds the ego's centre, else the one nearest to its box."""
    centre, box = shapely.Point(ego_centre(ego)), ego_polygons(ego[None])[0]
    for lane in lanes:
        if lane.polygon.contains(centre):
            return lane
    distances = [lane.polygon.distance(box) for lane in lanes]
    return lanes[int(np.argmin(distances))]
