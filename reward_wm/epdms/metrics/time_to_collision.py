"""TTC: 0 if the ego, going straight on, would within 0.9 s meet an agent it should have heeded.

Reproduces the devkit's time to collision within bound. Its box is carried 0, 0.3, 0.6 and 0.9 s along
the heading from each of the first 32 samples. The first such contact with an agent decides; if that
agent was not ahead, it is ignored from then on. Quirks: the ego moves by the magnitude of its
velocity, forward even when it rolls back; a standing ego never fails; fault and class don't matter.
"""

import math

import torch
from jaxtyping import Bool, Float64, Int64
from torch import Tensor

from reward_wm.epdms.outcome import NEVER, Outcome
from reward_wm.epdms.rollout import Rollout
from reward_wm.epdms.states import HEADING, speed
from reward_wm.epdms.traffic import first_projected_contacts

STANDING_MPS = 5e-3
STRIDE, HORIZONS = 3, 4
"""Looks ahead 0, 3, 6 and 9 samples."""
AHEAD_COSINE = math.cos(math.radians(30))
BEHIND_COSINE = math.cos(math.radians(150))


def time_to_collision(rollout: Rollout) -> Outcome:
    """TTC of every proposal; the culprit is a row of the traffic."""
    traffic = rollout.world.traffic
    speeds = speed(rollout.states)
    sample, horizon = first_projected_contacts(rollout.ego, traffic, speeds, STANDING_MPS, STRIDE, HORIZONS)
    later = sample.clamp(min=0) + STRIDE * horizon.clamp(min=0)
    agent_xy = traffic.poses_at(later)[..., :2]
    failed = (sample != NEVER) & _should_be_heeded(rollout, sample.clamp(min=0), agent_xy)
    score = (~failed.any(dim=1)).to(rollout.states)
    return Outcome.by_culprit(score, sample.masked_fill(~failed, NEVER))


def _should_be_heeded(
    rollout: Rollout, sample: Int64[Tensor, "P A"], agent_xy: Float64[Tensor, "P A 2"]
) -> Bool[Tensor, "P A"]:
    """Ahead; or not behind, where the ego is between lanes, off the road or in an intersection.

    The devkit takes the arc cosine of a product that rounding can lift above 1 where an agent is
    ahead to the last bit; it then sees it neither ahead nor behind. Here it is ahead.
    """
    rows = torch.arange(len(sample), device=sample.device)[:, None]
    state, area = rollout.states[rows, sample], rollout.area
    offset = agent_xy - state[..., :2]
    heading = state[..., HEADING]
    along = offset[..., 0] * torch.cos(heading) + offset[..., 1] * torch.sin(heading)
    distance = offset.norm(dim=-1)
    careful = area.multiple_lanes | area.non_drivable | area.rear_axle_in_intersection
    not_behind = ~(along < BEHIND_COSINE * distance)
    return (along > AHEAD_COSINE * distance) | (careful[rows, sample] & not_behind)
