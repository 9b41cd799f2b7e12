"""The simulated ego state, and the box of the car that has it.

Scene frame: metres, axes of the map, origin on the rear axle at the current moment. Only translated,
so that edges along an axis of the map stay so, and small, so that nothing is lost to rounding.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float64
from torch import Tensor

from driving.types import SIMULATED_SAMPLES, SIMULATION_INTERVAL_S
from driving.vehicle import PACIFICA

X, Y, HEADING, VX, VY, AX, AY, STEER, STEER_RATE, YAW_RATE, YAW_ACCELERATION = range(11)
"""Fields of a state (S): pose of the rear axle, velocity and acceleration in the ego's own axes."""
STATE_FIELDS = 11
POSE = slice(0, 3)

SAMPLES = SIMULATED_SAMPLES
INTERVAL_S = SIMULATION_INTERVAL_S

HALF_LENGTH_M = PACIFICA.length_m / 2
HALF_WIDTH_M = PACIFICA.width_m / 2
CENTRE_OFFSET_M = PACIFICA.rear_axle_to_centre_m


@dataclass(frozen=True)
class EgoBoxes:
    """Where the ego's box is."""

    centre: Float64[Tensor, "P T 2"]
    direction: Float64[Tensor, "P T 2"]
    """Cosine and sine of the heading."""
    corners: Float64[Tensor, "P T 4 2"]
    """Front left, rear left, rear right, front right."""

    @classmethod
    def of(cls, states: Float64[Tensor, "P T S"]) -> "EgoBoxes":
        """The boxes of simulated states."""
        heading = states[..., HEADING]
        direction = torch.stack([torch.cos(heading), torch.sin(heading)], dim=-1)
        left = torch.stack([-direction[..., 1], direction[..., 0]], dim=-1)
        centre = states[..., :2] + CENTRE_OFFSET_M * direction
        ahead, aside = HALF_LENGTH_M * direction, HALF_WIDTH_M * left
        corners = [ahead + aside, aside - ahead, -ahead - aside, ahead - aside]
        return cls(centre, direction, centre[..., None, :] + torch.stack(corners, dim=-2))


def speed(states: Float64[Tensor, "*batch S"]) -> Float64[Tensor, "*batch"]:
    """Magnitude of the velocity: not negative, even where the car rolls backwards."""
    return torch.hypot(states[..., VX], states[..., VY])
