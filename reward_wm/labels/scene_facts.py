"""The few facts of a scene that candidate trajectories are made from. Privileged.

Frame: the ego frame of the scene's current moment (metres, radians).
"""

from dataclasses import dataclass

import numpy as np
import shapely
import torch
from jaxtyping import Float64
from torch import Tensor

from driving.frames import local_to_map, map_to_local, points_to_local, wrap_angle
from driving.map_data import MapData, MapLane
from driving.scene import Scene
from driving.types import PLAN_POSES

MAX_ROUTE_M = 120.0


@dataclass(frozen=True)
class SceneFacts:
    """Where the ego, its road and the other road users are and will be."""

    token: str
    speed_mps: float
    """Current speed along the heading; never negative."""
    expert: Float64[Tensor, "F 3"]
    """Logged poses after 0.5, 1.0, ... 4.0 s."""
    route: Float64[Tensor, "V 2"]
    """Centre line of the route from about the ego on; V >= 2."""
    red_light_ahead: bool
    """A lane of ``route`` is red now."""
    agents: Float64[Tensor, "A F 2"]
    """Box centres after 0.5, ... 4.0 s; NaN where an agent is not annotated."""


def scene_facts(scene: Scene) -> SceneFacts:
    """Read the facts off a scene. ValueError where the log ends before 4 s."""
    current = scene.current
    lanes = _lanes_ahead(scene)
    red_ids = {connector for connector, is_red in current.traffic_lights if is_red}
    return SceneFacts(
        token=scene.token,
        speed_mps=max(0.0, float(current.ego_velocity[0])),
        expert=torch.from_numpy(scene.human_poses(PLAN_POSES)),
        route=_route(lanes, current.ego_pose_in_map),
        red_light_ahead=any(lane.id in red_ids for lane in lanes),
        agents=_agent_centres(scene),
    )


def _agent_centres(scene: Scene) -> Float64[Tensor, "A F 2"]:
    frames = scene.future[:PLAN_POSES]
    row = {track: i for i, track in enumerate(sorted({t for f in frames for t in f.track_tokens}))}
    centres = np.full((len(row), PLAN_POSES, 2), np.nan)
    for step, frame in enumerate(frames):
        boxes = frame.boxes.astype(np.float64)
        poses = local_to_map(boxes[:, [0, 1, 6]], frame.ego_pose_in_map)
        local = map_to_local(poses, scene.current.ego_pose_in_map)
        centres[[row[track] for track in frame.track_tokens], step] = local[:, :2]
    return torch.from_numpy(centres)


def _route(lanes: list[MapLane], ego: Float64[np.ndarray, "3"]) -> Float64[Tensor, "V 2"]:
    """Their centre lines, joined, from abreast of the ego on; straight ahead where there are none."""
    pieces = [points_to_local(lane.baseline, ego) for lane in lanes]
    line = np.concatenate(pieces) if pieces else np.empty((0, 2))
    nearest = int(np.argmin(np.hypot(*line.T))) if len(line) else 0
    ahead = line[nearest:]
    fresh = np.ones(len(ahead), dtype=bool)
    fresh[1:] = np.hypot(*np.diff(ahead, axis=0).T) > 1e-3
    ahead = ahead[fresh]
    if len(ahead) < 2:
        ahead = np.array([[0.0, 0.0], [MAX_ROUTE_M, 0.0]])
    return torch.from_numpy(ahead)


def _lanes_ahead(scene: Scene) -> list[MapLane]:
    """Lanes of the route from the ego's own on, each an outgoing lane of the one before."""
    route_ids = set(scene.current.roadblock_ids)
    lane = _starting_lane(scene.map, route_ids, scene.current.ego_pose_in_map)
    lanes: list[MapLane] = []
    length_m = 0.0
    while lane is not None and length_m < MAX_ROUTE_M and lane not in lanes:
        lanes.append(lane)
        length_m += float(np.hypot(*np.diff(lane.baseline, axis=0).T).sum())
        after = (scene.map.lanes[i] for i in lane.outgoing if i in scene.map.lanes)
        lane = next((other for other in after if other.roadblock_id in route_ids), None)
    return lanes


def _starting_lane(road_map: MapData, route_ids: set[str], ego: Float64[np.ndarray, "3"]) -> MapLane | None:
    """The route's lane that holds the rear axle and points most its way, else the nearest one."""
    here = shapely.Point(ego[0], ego[1])
    on_route = [lane for lane in road_map.lanes.values() if lane.roadblock_id in route_ids]
    holding = [lane for lane in on_route if lane.polygon.contains(here)]
    if holding:
        return min(holding, key=lambda lane: _heading_error(lane, ego))
    return min(on_route, key=lambda lane: lane.polygon.distance(here), default=None)


def _heading_error(lane: MapLane, ego: Float64[np.ndarray, "3"]) -> float:
    to_ego = np.hypot(*(lane.baseline - ego[:2]).T)
    start = min(int(np.argmin(to_ego)), len(lane.baseline) - 2)
    dx, dy = lane.baseline[start + 1] - lane.baseline[start]
    return float(np.abs(wrap_angle(np.arctan2(dy, dx) - ego[2])))
