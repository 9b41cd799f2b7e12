"""HC: 1 if accelerations, jerks and turning stay within bounds over past and simulated time, else 0.

Reproduces the devkit's comfort with history. Quirks: the past ends 0.2 s before the simulation
begins, and the gap is taken for one step of 0.1 s; the past has its logged lateral acceleration, the
simulation none; for the accelerations of the centre see ``smoothing``.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float64, Int64
from torch import Tensor

from reward_wm.epdms import smoothing
from reward_wm.epdms.outcome import Outcome
from reward_wm.epdms.rollout import Rollout

MIN_FORWARD, MAX_FORWARD = -4.05, 2.40
MAX_SIDEWAYS = 4.89
MAX_JERK, MAX_FORWARD_JERK = 8.37, 4.13
MAX_YAW_ACCELERATION, MAX_YAW_RATE = 1.93, 0.95


@dataclass(frozen=True)
class Pasts:
    """What preceded some proposals, as many states for each of them."""

    proposals: Int64[Tensor, "Q"]
    history: Float64[Tensor, "Q n S"]


def history_comfort(rollout: Rollout, history: Float64[Tensor, "n S"] | Sequence[Pasts]) -> Outcome:
    """HC of every proposal, with the ``n`` states that preceded it; a failure in the past counts.

    ``history`` is that of all proposals, or comes in groups of the same ``n``.
    """
    if isinstance(history, Tensor):
        uneasy = _uneasy_samples(rollout.states, history.expand(len(rollout.states), -1, -1))
    else:
        uneasy = rollout.states.new_empty(rollout.states.shape[:2], dtype=torch.bool)
        for pasts in history:
            some = rollout.states[pasts.proposals]
            uneasy[pasts.proposals] = _uneasy_samples(some, pasts.history)
    return Outcome.without_culprit((~uneasy.any(dim=1)).to(rollout.states), uneasy)


def _uneasy_samples(
    states: Float64[Tensor, "P T S"], history: Float64[Tensor, "P n S"]
) -> Bool[Tensor, "P T"]:
    """Where any bound is reached; the past is part of the first sample."""
    uneasy, now = _is_uneasy(torch.cat([history, states], dim=1)), history.shape[1]
    return torch.cat([uneasy[:, : now + 1].any(dim=1, keepdim=True), uneasy[:, now + 1 :]], dim=1)


def comfort_until(
    states: Float64[Tensor, "P T S"], history: Float64[Tensor, "n S"], sample: int
) -> Float64[Tensor, "P"]:
    """HC if the drive ended at ``sample``: filters near the end know nothing of what follows."""
    past = history.expand(len(states), -1, -1)
    uneasy = _is_uneasy(torch.cat([past, states[:, : sample + 1]], dim=1))
    return (~uneasy.any(dim=1)).to(states)


def reached_bounds(states: Float64[Tensor, "T S"], history: Float64[Tensor, "n S"]) -> list[str]:
    """The bounds that one drive, with its past, reaches somewhere."""
    reached = _reached(torch.cat([history, states])[None])
    return [name for name, where in reached.items() if where.any()]


def _is_uneasy(states: Float64[Tensor, "P n S"]) -> Bool[Tensor, "P n"]:
    """Where any bound is reached."""
    return torch.stack(list(_reached(states).values())).any(dim=0)


def _reached(states: Float64[Tensor, "P n S"]) -> dict[str, Bool[Tensor, "P n"]]:
    """Where each bound is reached."""
    forward = smoothing.forward_acceleration(states)
    jerk = smoothing.jerk_of(smoothing.rear_axle_acceleration(states))
    return {
        "braking": forward <= MIN_FORWARD,
        "acceleration": forward >= MAX_FORWARD,
        "sideways acceleration": smoothing.sideways_acceleration(states).abs() >= MAX_SIDEWAYS,
        "jerk": jerk.abs() >= MAX_JERK,
        "forward jerk": smoothing.jerk_of(forward).abs() >= MAX_FORWARD_JERK,
        "yaw acceleration": smoothing.yaw_acceleration_of(states, degree=3).abs() >= MAX_YAW_ACCELERATION,
        "yaw rate": smoothing.yaw_rate_of(states).abs() >= MAX_YAW_RATE,
    }
