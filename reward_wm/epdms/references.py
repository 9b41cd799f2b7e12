"""The last step of every preparation: PDM-Closed and the human are driven and judged in the scene's world."""

import torch
from jaxtyping import Bool, Float64
from torch import Tensor

from driving.scores import SubScores
from driving.types import PLAN_INTERVAL_S
from reward_wm.epdms.config import TrafficPolicy
from reward_wm.epdms.judge import judge
from reward_wm.epdms.metrics.no_at_fault_collision import no_at_fault_collision
from reward_wm.epdms.metrics.time_to_collision import time_to_collision
from reward_wm.epdms.prepared import PreparedScene, SceneConstants
from reward_wm.epdms.reference_poses import reference_poses
from reward_wm.epdms.rollout import Rollout
from reward_wm.epdms.simulate import simulate
from reward_wm.epdms.states import HEADING
from reward_wm.epdms.traffic import Traffic
from reward_wm.epdms.traffic_start import TrafficStart, move_traffic

SCORE_INDEX = {name: index for index, name in enumerate(SubScores.__dataclass_fields__)}


def with_references(constants: SceneConstants, has_human: bool) -> PreparedScene:
    """The prepared scene; ``has_human``: whether somebody drove here, whose failures are forgiven."""
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
        _zeros_in(policy, human_scores, drive, constants.traffic_start, world.traffic) & has_human
        for policy in (TrafficPolicy.IDM, TrafficPolicy.CONSTANT_VELOCITY)
    )
    return PreparedScene(
        **vars(constants),
        human_scores=human_scores,
        human_zeros=(human_scores == 0.0) & has_human,
        human_zeros_idm=reactive,
        human_zeros_constant_velocity=straight,
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
