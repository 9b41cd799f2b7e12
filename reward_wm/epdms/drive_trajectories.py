"""From planned trajectories to the states of the simulated car, many scenes at once."""

import math
from collections.abc import Sequence
from typing import Protocol

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from driving.trajectory import check_poses
from reward_wm.epdms.reference_poses import reference_poses
from reward_wm.epdms.simulate import simulate
from reward_wm.epdms.states import HEADING, SAMPLES, STATE_FIELDS

LEAST_INTERVAL_S = 1e-5
"""Times are cut to microseconds; poses must not fall together."""


class Start(Protocol):
    """Where and when a scene's drives start."""

    @property
    def token(self) -> str: ...

    @property
    def timestamp_us(self) -> int: ...

    @property
    def start(self) -> Float64[Tensor, "S"]:
        """The logged state, scene frame."""
        ...


def drive_trajectories(
    scenes: Sequence[Start], poses: Float[Tensor, "B P F 3"], interval_s: float
) -> Float64[Tensor, "B P T S"]:
    """Simulate all trajectories of all scenes, given in each scene's ego frame.

    Raises ValueError, naming the scene, for poses of a wrong shape or with NaN or infinity, where the
    numbers of scenes differ, or for an interval that no clock of microseconds could keep.
    """
    check_trajectories([scene.token for scene in scenes], poses, interval_s)
    count = poses.shape[1]
    if not scenes:
        return torch.zeros(0, count, SAMPLES, STATE_FIELDS, dtype=torch.float64)
    exact = poses.detach().to("cpu", torch.float64)
    tracked = [
        reference_poses(rows, interval_s, scene.timestamp_us, float(scene.start[HEADING]))
        for scene, rows in zip(scenes, exact, strict=True)
    ]
    starts = torch.stack([scene.start for scene in scenes])
    states = simulate(torch.cat(tracked), starts.repeat_interleave(count, dim=0))
    return states.reshape(len(scenes), count, *states.shape[1:])


def check_trajectories(tokens: Sequence[str], poses: Tensor, interval_s: float) -> None:
    """ValueError for poses other than (B, P, F, 3) of finite numbers, B scenes having these tokens.

    Also for an interval that is infinite or too short for a clock of microseconds.
    """
    if poses.ndim != 4 or len(poses) != len(tokens):
        shape = tuple(poses.shape) if len(tokens) != 1 else tuple(poses.shape[1:])
        raise ValueError(f"poses of {len(tokens)} scenes must have shape (.., P, F, 3), got {shape}")
    if not LEAST_INTERVAL_S <= interval_s < math.inf:
        raise ValueError(f"interval_s must be finite and at least {LEAST_INTERVAL_S}, got {interval_s}")
    has_shape = poses.is_floating_point() and poses.shape[2] > 0 and poses.shape[3] == 3
    if has_shape and torch.isfinite(poses).all():
        return  # one look at a GPU's memory, not one a scene
    for token, trajectories in zip(tokens, poses, strict=True):
        check_poses(trajectories, f"scene {token}")
