"""From a scene to a prepared scene: its world and past are gathered, PDM-Closed plans in it."""

import torch
from jaxtyping import Float64
from torch import Tensor

from driving.errors import DataError
from driving.scene import Scene
from driving.types import HISTORY_FRAMES, PLAN_POSES
from reward_wm.epdms.log_replay import current_state, history, logged_tracks, replay_red_lights
from reward_wm.epdms.pdm_closed.planner import plan_pdm_closed
from reward_wm.epdms.pdm_closed.route import logged_route, route_lanes
from reward_wm.epdms.prepared import PreparedScene, SceneConstants
from reward_wm.epdms.reference_poses import interpolation_weights, sample_times_us
from reward_wm.epdms.references import with_references
from reward_wm.epdms.rollout import World
from reward_wm.epdms.traffic_start import TrafficStart


def prepare_scene(scene: Scene) -> PreparedScene:
    """Work out the constants of a scene.

    Raises DataError where the route is empty or not on the map, or the log lacks a past or ends before 4 s.
    """
    if len(scene.frames) < HISTORY_FRAMES:
        raise DataError(f"scene of {len(scene.frames)} frames: scoring needs {HISTORY_FRAMES} observed ones")
    if len(scene.future) < PLAN_POSES:
        raise DataError(
            f"scene {scene.token}: {len(scene.future)} frames after the current one, "
            f"scoring needs {PLAN_POSES}"
        )
    start, time_us = current_state(scene), scene.current.timestamp_us
    plan = plan_pdm_closed(scene, start)
    tracks = logged_tracks(scene)
    lights, light_ids = replay_red_lights(scene, route_lanes(scene.map, logged_route(scene)))
    human_poses = torch.full((PLAN_POSES, 3), torch.nan, dtype=torch.float64)
    if scene.frames_without_ego == 0:
        human_poses = torch.from_numpy(scene.human_poses(PLAN_POSES))
    constants = SceneConstants(
        token=scene.token,
        log_name=scene.log_name,
        timestamp_us=time_us,
        agent_tokens=tuple(tracks.tokens[row] for row in tracks.kept_first().tolist()),
        light_ids=light_ids,
        origin=torch.from_numpy(scene.frames[HISTORY_FRAMES - 1].ego_pose_in_map.copy()),
        start=start,
        history=history(scene),
        world=World(plan.roads, plan.centreline, tracks.replayed, lights),
        traffic_start=TrafficStart.of(scene, tracks),
        human_poses=human_poses,
        reference_tracked=resample(plan.poses, time_us),
    )
    return with_references(constants, has_human=not scene.is_synthetic)


def resample(poses: Float64[Tensor, "T 3"], timestamp_us: int) -> Float64[Tensor, "T 3"]:
    """PDM-Closed's poses, 0.1 s apart, at the moments that are simulated, unwrapped."""
    turns = torch.diff(poses[:, 2])
    turns = torch.remainder(turns + torch.pi, 2 * torch.pi) - torch.pi
    heading = torch.cat([poses[:1, 2], poses[0, 2] + torch.cumsum(turns, dim=0)])
    knots = [timestamp_us + 100_000 * index for index in range(len(poses))]
    weights = interpolation_weights(knots, sample_times_us(timestamp_us))
    return weights @ torch.cat([poses[:, :2], heading[:, None]], dim=1)
