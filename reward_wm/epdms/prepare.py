"""From a scene to a prepared scene: world, past, PDM-Closed and human, simulated and scored."""

import torch
from jaxtyping import Bool, Float64
from torch import Tensor

from driving.errors import DataError
from driving.scene import Scene
from driving.scores import SubScores
from driving.types import HISTORY_FRAMES, PLAN_INTERVAL_S, PLAN_POSES
from reward_wm.epdms.config import TrafficPolicy
from reward_wm.epdms.judge import Outcomes, judge
from reward_wm.epdms.log_replay import current_state, history, logged_tracks, replay_red_lights
from reward_wm.epdms.metrics.no_at_fault_collision import no_at_fault_collision
from reward_wm.epdms.metrics.time_to_collision import time_to_collision
from reward_wm.epdms.pdm_closed.planner import plan_pdm_closed
from reward_wm.epdms.pdm_closed.route import logged_route, route_lanes
from reward_wm.epdms.prepared import PreparedScene
from reward_wm.epdms.reference_poses import interpolation_weights, reference_poses, sample_times_us
from reward_wm.epdms.rollout import Rollout, World
from reward_wm.epdms.simulate import simulate
from reward_wm.epdms.traffic import Traffic
from reward_wm.epdms.traffic_start import TrafficStart, move_traffic


def prepare_scene(scene: Scene) -> PreparedScene:
    """Work out the constants of a scene.

    Raises DataError where the route is empty or not on the map, or the log ends before 4 s.
    """
    if len(scene.future) < PLAN_POSES:
        raise DataError(
            f"scene {scene.token}: {len(scene.future)} frames after the current one, "
            f"scoring needs {PLAN_POSES}"
        )
    start, time_us = current_state(scene), scene.current.timestamp_us
    plan = plan_pdm_closed(scene, start)
    tracks = logged_tracks(scene)
    traffic_start = TrafficStart.of(scene, tracks)
    lights, light_ids = replay_red_lights(scene, route_lanes(scene.map, logged_route(scene)))
    world = World(plan.roads, plan.centreline, tracks.replayed, lights)
    human_poses = torch.full((PLAN_POSES, 3), torch.nan, dtype=torch.float64)
    if scene.frames_without_ego == 0:
        human_poses = torch.from_numpy(scene.human_poses(PLAN_POSES))
    human = reference_poses(human_poses.nan_to_num()[None], PLAN_INTERVAL_S, time_us, float(start[2]))
    tracked = torch.stack([resample(plan.poses, time_us), human[0]])
    past = history(scene)
    states = simulate(tracked, start[None])
    outcomes = judge(Rollout.of(states, world), past)
    scores = _alone(outcomes)
    human_scores = scores[1].clone()
    human_scores[SCORE_INDEX["hc"]] = 1.0  # the human is scored without a past
    has_human = not scene.is_synthetic
    human_drive = Rollout.of(states[1:], world)
    zeros = {TrafficPolicy.LOG_REPLAY: human_scores == 0.0}
    for policy in (TrafficPolicy.IDM, TrafficPolicy.CONSTANT_VELOCITY):
        zeros[policy] = _zeros_in(policy, human_scores, human_drive, traffic_start, world.traffic)
    return PreparedScene(
        token=scene.token,
        log_name=scene.log_name,
        timestamp_us=time_us,
        agent_tokens=tuple(tracks.tokens[row] for row in tracks.kept_first().tolist()),
        light_ids=light_ids,
        origin=torch.from_numpy(scene.frames[HISTORY_FRAMES - 1].ego_pose_in_map.copy()),
        start=start,
        history=past,
        world=world,
        traffic_start=traffic_start,
        human_poses=human_poses,
        human_scores=human_scores,
        human_zeros=zeros[TrafficPolicy.LOG_REPLAY] & has_human,
        human_zeros_idm=zeros[TrafficPolicy.IDM] & has_human,
        human_zeros_constant_velocity=zeros[TrafficPolicy.CONSTANT_VELOCITY] & has_human,
        reference_tracked=tracked[0],
        reference_states=states[0],
        reference_scores=scores[0],
        reference_raw_progress_m=outcomes.raw_progress_m[0],
        reference_progress_m=(outcomes.raw_progress_m * outcomes.product())[0],
    )


SCORE_INDEX = {name: index for index, name in enumerate(SubScores.__dataclass_fields__)}


def _zeros_in(
    policy: TrafficPolicy,
    scores: Float64[Tensor, "nine"],
    human: Rollout,
    start: TrafficStart,
    replayed: Traffic,
) -> Bool[Tensor, "nine"]:
    """Where the human has 0 in traffic that reacts to the human; none where there is no such traffic."""
    if policy is TrafficPolicy.IDM and start.rails.flaw:
        return torch.zeros_like(scores, dtype=torch.bool)
    among = human.within(move_traffic(start, replayed, human.states, policy))
    zeros = scores == 0.0
    zeros[SCORE_INDEX["nc"]] = no_at_fault_collision(among).score[0] == 0.0
    zeros[SCORE_INDEX["ttc"]] = time_to_collision(among).score[0] == 0.0
    return zeros


def _alone(outcomes: Outcomes) -> Float64[Tensor, "P nine"]:
    """Sub-scores of proposals that are each scored alone: EP is 1, EC undefined."""
    return outcomes.sub_scores(ep=torch.ones_like(outcomes.raw_progress_m)).stacked()


def resample(poses: Float64[Tensor, "T 3"], timestamp_us: int) -> Float64[Tensor, "T 3"]:
    """PDM-Closed's poses, 0.1 s apart, at the moments that are simulated, unwrapped."""
    turns = torch.diff(poses[:, 2])
    turns = torch.remainder(turns + torch.pi, 2 * torch.pi) - torch.pi
    heading = torch.cat([poses[:1, 2], poses[0, 2] + torch.cumsum(turns, dim=0)])
    knots = [timestamp_us + 100_000 * index for index in range(len(poses))]
    weights = interpolation_weights(knots, sample_times_us(timestamp_us))
    return weights @ torch.cat([poses[:, :2], heading[:, None]], dim=1)
