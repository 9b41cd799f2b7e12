"""Trajectories that go wrong on purpose, each in one way. Ego frame, metres, radians, float64.

They are made to be wrong, not proved to be: the exact scorer says what they are.
"""

from enum import Enum

import torch
from jaxtyping import Float64
from torch import Tensor

from reward_wm.labels.drive import drive_along, ease, plan_times, travelled
from reward_wm.labels.perturbed import turn_away
from reward_wm.labels.scene_facts import SceneFacts

REACHABLE_MPS = 18.0
"""An agent is a target where the mean speed needed to meet it stays below this."""


class Failure(Enum):
    """What goes wrong."""

    MEET_AGENT = "to where another road user will be"
    LEAVE_LANE = "sideways by 2 to 8 m, either side"
    DRIVE_ON = "along the route as fast as now or faster, through red lights and into queues"
    BRAKE_LATE = "on at the present speed, then an emergency stop"
    TOO_FAST = "a hard acceleration along the route"
    BACK_UP = "to a stop and backwards"
    STAND_STILL = "a hard stop without need"
    VEER_OFF = "a slow turn away from the route"


def forced_failure(facts: SceneFacts, failure: Failure, generator: torch.Generator) -> Float64[Tensor, "F 3"]:
    """One trajectory that fails in the given way; MEET_AGENT without a target becomes VEER_OFF."""
    a, b = torch.rand(2, generator=generator, dtype=torch.float64).tolist()
    speed = facts.speed_mps
    straight = torch.zeros_like(plan_times())
    if failure is Failure.MEET_AGENT:
        met = _meet_agent(facts, generator)
        return _veer_off(facts, a, b) if met is None else met
    if failure is Failure.VEER_OFF:
        return _veer_off(facts, a, b)
    if failure is Failure.LEAVE_LANE:
        side_m = (2.0 + 6.0 * a) * (1.0 if b < 0.5 else -1.0)
        going = travelled(speed, 1.0, max(speed, 5.0))
        return drive_along(facts.route, going, side_m * ease(plan_times() / 3.0))
    if failure is Failure.DRIVE_ON:
        going = travelled(speed, 2.0, max(speed, 5.0 + 5.0 * a))
    elif failure is Failure.BRAKE_LATE:
        going = travelled(speed, -5.0 - 3.0 * a, delay_s=0.5 + 2.0 * b)
    elif failure is Failure.TOO_FAST:
        going = travelled(speed, 3.0 + 2.5 * a, speed + 12.0)
    elif failure is Failure.BACK_UP:
        going = travelled(speed, -3.0 - 2.0 * a, -1.0 - 3.0 * b)
    else:
        going = travelled(speed, -4.0 - 5.0 * a)
    return drive_along(facts.route, going, straight)


def choose_failures(facts: SceneFacts, count: int, generator: torch.Generator) -> tuple[Failure, ...]:
    """``count`` kinds, each about equally often; DRIVE_ON thrice as often at a red light."""
    kinds = list(Failure)
    if facts.red_light_ahead:
        kinds += [Failure.DRIVE_ON] * 2
    order: list[Failure] = []
    while len(order) < count:
        order += [kinds[i] for i in torch.randperm(len(kinds), generator=generator).tolist()]
    return tuple(order[:count])


def _veer_off(facts: SceneFacts, a: float, b: float) -> Float64[Tensor, "F 3"]:
    going = travelled(facts.speed_mps, 1.5, max(facts.speed_mps, 4.0))
    along = drive_along(facts.route, going, torch.zeros_like(going))
    angle = (0.2 + 0.8 * a) * (1.0 if b < 0.5 else -1.0)
    return turn_away(along, angle * plan_times() / plan_times()[-1])


def _meet_agent(facts: SceneFacts, generator: torch.Generator) -> Float64[Tensor, "F 3"] | None:
    """A smooth curve to an agent's place at the time it is there, then straight on."""
    times = plan_times()
    reach = (facts.agents.norm(dim=-1) < REACHABLE_MPS * times) & (times >= 1.0)
    targets = (reach & (facts.agents[..., 0] > 2.0)).nonzero()
    if len(targets) == 0:
        return None
    agent, step = targets[int(torch.randint(len(targets), (), generator=generator))].tolist()
    place, when = facts.agents[agent, step], times[step]
    leaving = facts.expert.new_tensor([facts.speed_mps, 0.0])
    arriving = place / when
    points = _hermite((times / when).clamp(max=1.0), leaving * when, place, arriving * when)
    points = points + (times - when).clamp(min=0.0)[:, None] * arriving
    moves = torch.diff(points, dim=0, prepend=points.new_zeros(1, 2))
    heading = torch.atan2(moves[:, 1], moves[:, 0])
    return torch.cat([points, heading[:, None]], dim=-1)


def _hermite(
    u: Float64[Tensor, "F"],
    start_slope: Float64[Tensor, "2"],
    end: Float64[Tensor, "2"],
    end_slope: Float64[Tensor, "2"],
) -> Float64[Tensor, "F 2"]:
    """The cubic from the origin (u = 0) to ``end`` (u = 1) with these derivatives."""
    u = u[:, None]
    return (u**3 - 2 * u**2 + u) * start_slope + (3 * u**2 - 2 * u**3) * end + (u**3 - u**2) * end_slope
