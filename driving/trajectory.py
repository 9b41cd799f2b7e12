"""The planned trajectory: what a planner gives and a scorer takes."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from driving.types import PLAN_INTERVAL_S


@dataclass(frozen=True)
class Trajectory:
    """Future ego poses, rear axle, in the current ego frame, without the pose of t = 0.

    ``poses`` holds x [m], y [m], heading [rad]; the k-th pose is reached after (k + 1) * interval_s.
    Any number of leading dimensions, most often (B, P).
    """

    poses: Float[Tensor, "*batch F 3"]
    interval_s: float = PLAN_INTERVAL_S

    @property
    def horizon_s(self) -> float:
        return self.poses.shape[-2] * self.interval_s


def check_poses(poses: Tensor, what: str = "trajectory") -> None:
    """Refuse poses that no scorer could judge: wrong shape, not floating, NaN or infinite.

    Raises ValueError naming ``what``, the shape, or the first bad index.
    """
    if poses.ndim < 2 or poses.shape[-1] != 3 or poses.shape[-2] < 1:
        raise ValueError(f"{what}: poses must have shape (..., F, 3), got {tuple(poses.shape)}")
    if not poses.is_floating_point():
        raise ValueError(f"{what}: poses must be floating point, got {poses.dtype}")
    bad = ~torch.isfinite(poses)
    if bad.any():
        index = tuple(int(i) for i in bad.nonzero()[0])
        raise ValueError(f"{what}: pose value {poses[index].item()} at index {index}")
