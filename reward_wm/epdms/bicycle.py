"""One 0.1 s step of the kinematic bicycle that stands for the ego.

Reproduces the devkit's batch motion model. Quirks: position and heading advance with the speed and
the steering angle from before the step, speed with the acceleration after its low-pass filter; the
lateral acceleration becomes zero; speed may become negative.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float64
from torch import Tensor

from driving.frames import wrap_angle
from driving.vehicle import PACIFICA
from reward_wm.epdms.states import AX, HEADING, STEER, STEER_RATE, VX, X, Y

STEP_S = 100_000 * 1e-6  # the devkit multiplies microseconds; not quite 0.1
MAX_STEER_RAD = math.pi / 3
ACCELERATION_SHARE = STEP_S / (STEP_S + 0.2)
STEER_SHARE = STEP_S / (STEP_S + 0.05)
"""How much of the way to the command a low-pass filter goes in one step."""


@dataclass(frozen=True)
class Motion:
    """What changes from step to step; the other fields of a state follow from it."""

    x: Float64[Tensor, "P"]
    y: Float64[Tensor, "P"]
    heading: Float64[Tensor, "P"]
    """Not limited to one turn."""
    speed: Float64[Tensor, "P"]
    acceleration: Float64[Tensor, "P"]
    steer: Float64[Tensor, "P"]
    steer_rate: Float64[Tensor, "P"]

    @classmethod
    def of(cls, state: Float64[Tensor, "P S"]) -> "Motion":
        """The motion of a state."""
        fields = (X, Y, HEADING, VX, AX, STEER, STEER_RATE)
        return cls(*(state[:, field] for field in fields))


def advance(
    motion: Motion, acceleration: Float64[Tensor, "P"], steering_rate: Float64[Tensor, "P"]
) -> Motion:
    """The motion after one step under these commands."""
    filtered = torch.lerp(motion.acceleration, acceleration, ACCELERATION_SHARE)
    rate = STEER_SHARE * steering_rate
    steer = torch.add(motion.steer, rate, alpha=STEP_S).clamp(-MAX_STEER_RAD, MAX_STEER_RAD)
    turned = torch.tan(motion.steer)
    cos, sin = torch.cos(motion.heading), torch.sin(motion.heading)
    return Motion(
        x=torch.addcmul(motion.x, motion.speed, cos, value=STEP_S),
        y=torch.addcmul(motion.y, motion.speed, sin, value=STEP_S),
        heading=torch.addcmul(motion.heading, motion.speed, turned, value=STEP_S / PACIFICA.wheel_base_m),
        speed=torch.add(motion.speed, filtered, alpha=STEP_S),
        acceleration=filtered,
        steer=steer,
        steer_rate=rate,
    )


def states_of(start: Float64[Tensor, "P S"], motions: Sequence[Motion]) -> Float64[Tensor, "P T S"]:
    """The start, then the states of the motions that followed it."""
    x, y, heading, speed, acceleration, steer, rate = (
        torch.stack([getattr(motion, name) for motion in motions], dim=1)
        for name in Motion.__dataclass_fields__
    )
    yaw_rate = speed * torch.tan(steer) / PACIFICA.wheel_base_m
    yaw_acceleration = torch.diff(yaw_rate, dim=1, prepend=start[:, None, -2]) / STEP_S
    zero = torch.zeros_like(x)
    fields = (x, y, wrap_angle(heading), speed, zero, acceleration, zero, steer, rate)
    states = torch.stack([*fields, yaw_rate, yaw_acceleration], dim=-1)
    return torch.cat([start[:, None], states], dim=1)
