"""The last step of every preparation: PDM-Closed and the human are driven and judged in the scene's world."""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float64
from torch import Tensor

from driving.scores import SubScores
from driving.types import PLAN_INTERVAL_S
from reward_wm.epdms.config import TrafficPolicy
from reward_wm.epdms.judge import judge
from reward_wm.epdms.metrics.no_at_fault_collision import no_at_fault_collision
from reward_wm.epdms.metrics.time_to_collision import time_to_collision
from reward_wm.epdms.prepared import PreparedScene
from reward_wm.epdms.reference_poses import reference_poses
from reward_wm.epdms.rollout import Rollout, World
from reward_wm.epdms.simulate import simulate
from reward_wm.epdms.states import HEADING
from reward_wm.epdms.traffic import Traffic
from reward_wm.epdms.traffic_start import TrafficStart, move_traffic

SCORE_INDEX = {name: index for index, name in enumerate(SubScores.__dataclass_fields__)}


@dataclass(frozen=True)
class SceneConstants:
    """What is known of a scene before anything is driven; the names are those of ``PreparedScene``."""

    token: str
    log_name: str
    timestamp_us: int
    agent_tokens: tuple[str, ...]
    light_ids: tuple[str, ...]
    origin: Float64[Tensor, "3"]
    start: Float64[Tensor, "S"]
    history: Float64[Tensor, "n S"]
    world: World
    traffic_start: TrafficStart
    human_poses: Float64[Tensor, "F 3"]
    reference_tracked: Float64[Tensor, "T 3"]
    has_human: bool
    """Whether somebody drove here, whose failures are forgiven; false for synthetic scenes."""


def with_references(constants: SceneConstants) -> PreparedScene:
    """The prepared scene."""
    world, start = constants.world, constants.start
    human_poses = constants.human_poses.nan_to_num()[None]
    human = reference_poses(human_poses, PLAN_INTERVAL_S, constants.timestamp_us, float(start[HEADING]))
    states = simulate(torch.stack([constants.reference_tracked, human[0]]), start[None])
    outcomes = judge(Rollout.of(states, world), constants.history)
    scores = outcomes.sub_scores(ep=torch.ones_like(outcomes.raw_progress_m)).stacked()  # each one alone
    human_scores = scores[1].clone()
    human_scores[SCORE_INDEX["hc"]] = 1.0  # the human is scored without a past
    drive = Rollout.of(states[1:], world)
    reactive, straight = (
        _zeros_in(policy, human_scores, drive, constants.traffic_start, world.traffic) & constants.has_human
        for policy in (TrafficPolicy.IDM, TrafficPolicy.CONSTANT_VELOCITY)
    )
    return PreparedScene(
        token=constants.token,
        log_name=constants.log_name,
        timestamp_us=constants.timestamp_us,
        agent_tokens=constants.agent_tokens,
        light_ids=constants.light_ids,
        origin=constants.origin,
        start=start,
        history=constants.history,
        world=world,
        traffic_start=constants.traffic_start,
        human_poses=constants.human_poses,
        human_scores=human_scores,
        human_zeros=(human_scores == 0.0) & constants.has_human,
        human_zeros_idm=reactive,
        human_zeros_constant_velocity=straight,
        reference_tracked=constants.reference_tracked,
        reference_states=states[0],
        reference_scores=scores[0],
        reference_raw_progress_m=outcomes.raw_progress_m[0],
        reference_progress_m=(outcomes.raw_progress_m * outcomes.product())[0],
    )


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
