"""EC: 1 if what is driven now agrees with what was driven from the scene half a second before.

Reproduces the devkit's two-frame extended comfort: root mean square differences over the 3.6 s that
both cover. Quirk: the yaw acceleration is fitted by parabolas here, by cubics in history comfort.
"""

import torch
from jaxtyping import Float64
from torch import Tensor

from reward_wm.epdms import smoothing

MAX_ACCELERATION, MAX_JERK = 0.7, 0.5
MAX_YAW_RATE, MAX_YAW_ACCELERATION = 0.1, 0.1
OVERLAP_STEPS = 5


def extended_comfort(
    states_now: Float64[Tensor, "*batch T S"], states_before: Float64[Tensor, "*batch T S"]
) -> Float64[Tensor, "*batch"]:
    """EC of pairs of simulated proposals, the second of which began 0.5 s earlier."""
    now, before = states_now[..., :-OVERLAP_STEPS, :], states_before[..., OVERLAP_STEPS:, :]
    acceleration = smoothing.rear_axle_acceleration(now), smoothing.rear_axle_acceleration(before)
    jerk = [smoothing.jerk_of(signal) for signal in acceleration]
    yaw_rate = [smoothing.yaw_rate_of(states) for states in (now, before)]
    yaw_acceleration = [smoothing.yaw_acceleration_of(states, degree=2) for states in (now, before)]
    easy = (
        (_rms(*acceleration) <= MAX_ACCELERATION)
        & (_rms(*jerk) <= MAX_JERK)
        & (_rms(*yaw_rate) <= MAX_YAW_RATE)
        & (_rms(*yaw_acceleration) <= MAX_YAW_ACCELERATION)
    )
    return easy.to(states_now)


def _rms(
    first: Float64[Tensor, "*batch n"], second: Float64[Tensor, "*batch n"]
) -> Float64[Tensor, "*batch"]:
    return torch.sqrt(((first - second) ** 2).mean(dim=-1))
