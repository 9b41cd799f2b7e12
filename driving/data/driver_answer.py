"""The sentence a driver would say: what to do, and what matters. Made by rule from the log.

Only what the front cameras can show is named: ahead of the ego, near the path, not far away.
"""

import numpy as np
import shapely
from jaxtyping import Float
from shapely.geometry import LineString

from driving.data.meta_actions import STOPPED_MPS, MetaAction
from driving.frames import points_to_local
from driving.scene import Scene

LIGHT_RANGE_M = 40.0
LEAD_RANGE_M = 30.0
LEAD_HALF_WIDTH_M = 1.75
WALKER_RANGE_M = 25.0
WALKER_HALF_WIDTH_M = 4.0
FRONT_BUMPER_M = 4.0


def driver_answer(scene: Scene, action: MetaAction, expert: Float[np.ndarray, "F 3"]) -> str:
    """For example 'slow down, keep lane: the light is red; a vehicle stands ahead'."""
    path = _path_ahead(expert)
    named = (_light(scene), _lead_vehicle(scene, path), _pedestrian(scene, path))
    reasons = [reason for reason in named if reason] or ["the road is clear"]
    return f"{action.longitudinal}, {action.lateral}: {'; '.join(reasons)}"


def _path_ahead(expert: Float[np.ndarray, "F 3"]) -> LineString:
    """From the ego through the expert's poses and straight on, so that a stopped ego has one, too."""
    x, y, heading = expert[-1]
    end = (x + LIGHT_RANGE_M * np.cos(heading), y + LIGHT_RANGE_M * np.sin(heading))
    return LineString([(0.0, 0.0), *expert[:, :2], end])


def _light(scene: Scene) -> str | None:
    """Colour of the nearest signalised connector of the route that begins ahead of the front axle."""
    frame, route = scene.current, set(scene.current.roadblock_ids)
    nearest: tuple[float, bool] | None = None
    for connector_id, is_red in frame.traffic_lights:
        lane = scene.map.lanes.get(connector_id)
        if lane is None or lane.roadblock_id not in route:
            continue
        x, y = points_to_local(lane.baseline[0], frame.ego_pose_in_map)
        distance = float(np.hypot(x, y))
        visible = x > FRONT_BUMPER_M / 2 and abs(y) < x and distance < LIGHT_RANGE_M
        if visible and (nearest is None or (distance, not is_red) < (nearest[0], not nearest[1])):
            nearest = distance, is_red
    if nearest is None:
        return None
    return "the light is red" if nearest[1] else "the light is green"


def _lead_vehicle(scene: Scene, path: LineString) -> str | None:
    found = _nearest(scene, path, ("vehicle", "bicycle"), LEAD_RANGE_M, LEAD_HALF_WIDTH_M)
    if found is None:
        return None
    frame = scene.current
    speed_mps = float(np.linalg.norm(frame.velocities[found, :2]))
    what = "a cyclist" if frame.names[found] == "bicycle" else "a vehicle"
    return f"{what} stands ahead" if speed_mps < STOPPED_MPS else f"{what} drives ahead"


def _pedestrian(scene: Scene, path: LineString) -> str | None:
    found = _nearest(scene, path, ("pedestrian",), WALKER_RANGE_M, WALKER_HALF_WIDTH_M)
    return None if found is None else "a pedestrian is near the path"


def _nearest(
    scene: Scene, path: LineString, kinds: tuple[str, ...], range_m: float, half_width_m: float
) -> int | None:
    """The first object along the path, of the given kinds, within range and beside it by less than
    the half width; None where there is none."""
    frame = scene.current
    rows = [row for row, name in enumerate(frame.names) if name in kinds]
    if not rows:
        return None
    centres = shapely.points(frame.boxes[rows, :2].astype(np.float64))
    along = np.asarray(shapely.line_locate_point(path, centres))
    ahead = (frame.boxes[rows, 0] > 0.0) & (along > FRONT_BUMPER_M / 2) & (along < range_m)
    near = shapely.distance(path, centres) < half_width_m
    candidates = np.flatnonzero(ahead & near)
    return rows[candidates[along[candidates].argmin()]] if len(candidates) else None
