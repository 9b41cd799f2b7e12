"""NC: 0 after a collision with a road user that is the ego's fault, 1/2 with a static object.

Reproduces the devkit's no-at-fault-collision metric (nuPlan's, re-implemented there). The first
contact with an agent decides; if it was not the ego's fault, the agent is ignored from then on.
Quirks: an agent's speed and class are those of its first appearance; a box of a standing ego that is
hit is never at fault, and a standing ego is not at fault even of driving into a standing agent.
"""

import math

import torch
from jaxtyping import Bool, Float64, Int64
from torch import Tensor

from reward_wm.epdms.outcome import NEVER, Outcome
from reward_wm.epdms.rollout import Rollout
from reward_wm.epdms.states import HALF_LENGTH_M, HALF_WIDTH_M, HEADING, POSE, speed
from reward_wm.epdms.traffic import boxes_meet, first_contacts

STOPPED_MPS = 5e-2
BEHIND_COSINE = math.cos(math.radians(150))


def no_at_fault_collision(rollout: Rollout) -> Outcome:
    """NC of every proposal; the culprit is a row of the traffic."""
    traffic = rollout.world.traffic
    contact = first_contacts(rollout.ego, traffic)
    half_size, is_road_user, is_stopped = traffic.constants()
    agent_pose = traffic.poses_at(contact.clamp(min=0))
    fault = _is_at_fault(rollout, contact.clamp(min=0), agent_pose, half_size, is_stopped)
    at_fault = (contact != NEVER) & fault
    cost = torch.where(is_road_user, 1.0, 0.5).to(rollout.states)
    worst = (at_fault * cost).amax(dim=1) if cost.shape[-1] else cost.new_zeros(len(contact))
    return Outcome.by_culprit(1.0 - worst, contact.masked_fill(~at_fault, NEVER), ~is_road_user)


def _is_at_fault(
    rollout: Rollout,
    sample: Int64[Tensor, "P A"],
    agent_pose: Float64[Tensor, "P A 3"],
    half_size: Float64[Tensor, "*P A 2"],
    is_stopped: Bool[Tensor, "*P A"],
) -> Bool[Tensor, "P A"]:
    """Whether a contact at ``sample`` would be the ego's fault."""
    rows = torch.arange(len(sample), device=sample.device)[:, None]
    state, area = rollout.states[rows, sample], rollout.area
    misplaced = (area.multiple_lanes | area.non_drivable)[rows, sample]
    middle = rollout.ego.centre[rows, sample] + HALF_LENGTH_M * rollout.ego.direction[rows, sample]
    front = _front_bumper_meets(middle, state[..., HEADING], agent_pose, half_size)
    active = ~is_stopped & ~_is_behind(state[..., POSE], agent_pose[..., :2])
    at_fault = is_stopped | (active & (front | misplaced))
    return at_fault & (speed(state) > STOPPED_MPS)


def _is_behind(
    rear_axle: Float64[Tensor, "P A 3"], agent_xy: Float64[Tensor, "P A 2"]
) -> Bool[Tensor, "P A"]:
    """More than 150 degrees off the heading, seen from the rear axle."""
    offset = agent_xy - rear_axle[..., :2]
    heading = rear_axle[..., 2]
    along = offset[..., 0] * torch.cos(heading) + offset[..., 1] * torch.sin(heading)
    return along < BEHIND_COSINE * offset.norm(dim=-1)


def _front_bumper_meets(
    middle: Float64[Tensor, "P A 2"],
    heading: Float64[Tensor, "P A"],
    agent_pose: Float64[Tensor, "P A 3"],
    half_size: Float64[Tensor, "*P A 2"],
) -> Bool[Tensor, "P A"]:
    """Whether the segment between the front corners meets the agent's box."""
    bumper = torch.cat([middle, heading[..., None]], dim=-1)
    size = bumper.new_tensor([0.0, HALF_WIDTH_M]).expand(*middle.shape)
    return boxes_meet(bumper, size, agent_pose, half_size.expand(*middle.shape))
