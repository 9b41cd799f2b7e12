"""What the experts' trajectories look like: anchors to start from, and the scale of their variation.

Noise that is white over poses shakes a trajectory in a way no car can drive. So the diffusion runs
on whitened trajectories: the 24 numbers of a trajectory (x, y and heading of 8 poses) are expressed
in the principal components of the experts', each divided by its own standard deviation. A noise of
0.05 is then 5 % of how much experts differ, mostly as "a little faster" or "a little more to the
left", and the trajectory stays smooth.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from sklearn.cluster import KMeans
from torch import Tensor, nn

from driving.types import PLAN_INTERVAL_S, PLAN_POSES

HEADING_LENGTH_M = 4.0
"""A heading error of 1 rad counts as this many metres (about the front bumper's swing)."""
SMALLEST_SCALE_M = 0.5
"""Least deviation a component is divided by (metres, over all 8 poses): experts hardly use most of them."""


@dataclass(frozen=True)
class ExpertStatistics:
    """Anchors, and the affine map between poses and latents (Z = F * 3)."""

    anchors: Float[Tensor, "M F 3"]
    """K-means centres of the experts, ego frame, m and rad."""
    mean: Float[Tensor, "Z"]
    basis: Float[Tensor, "Z Z"]
    """Orthonormal; columns are principal components, the largest first."""
    scale: Float[Tensor, "Z"]
    """Standard deviation along each component [m]."""


class TrajectoryCodec(nn.Module):
    """Poses (m, rad) <-> whitened latents. The statistics are buffers and travel with the weights."""

    mean: Tensor
    basis: Tensor
    scale: Tensor

    def __init__(self, statistics: ExpertStatistics) -> None:
        super().__init__()
        for name in ("mean", "basis", "scale"):
            self.register_buffer(name, getattr(statistics, name).float().clone())

    def encode(self, poses: Float[Tensor, "*batch F 3"]) -> Float[Tensor, "*batch Z"]:
        return (flatten_poses(poses) - self.mean) @ self.basis / self.scale

    def decode(self, latents: Float[Tensor, "*batch Z"]) -> Float[Tensor, "*batch F 3"]:
        flat = (latents * self.scale) @ self.basis.T + self.mean
        poses = flat.unflatten(-1, (-1, 3))
        return poses / poses.new_tensor([1.0, 1.0, HEADING_LENGTH_M])


def flatten_poses(poses: Float[Tensor, "*batch F 3"]) -> Float[Tensor, "*batch Z"]:
    """All numbers of a trajectory in metres, the heading times ``HEADING_LENGTH_M``."""
    return (poses * poses.new_tensor([1.0, 1.0, HEADING_LENGTH_M])).flatten(-2)


def fit_statistics(experts: Float[Tensor, "experts F 3"], n_anchors: int, seed: int = 0) -> ExpertStatistics:
    """K-means anchors and principal components of expert trajectories.

    Raises ValueError where there are fewer experts than anchors or a pose is not finite.
    """
    if len(experts) < n_anchors:
        raise ValueError(f"{len(experts)} expert trajectories for {n_anchors} anchors")
    if not torch.isfinite(experts).all():
        raise ValueError("an expert trajectory is not finite")
    poses = experts.double().cpu().numpy().copy()
    poses[..., 2] = np.unwrap(poses[..., 2], axis=-1)
    flat = flatten_poses(torch.from_numpy(poses)).numpy()
    k_means = KMeans(n_anchors, n_init=4, random_state=seed)  # type: ignore[arg-type]
    centres = k_means.fit(flat).cluster_centers_
    centres = centres[np.lexsort(centres.T[::-1])]
    mean = flat.mean(axis=0)
    variance, basis = np.linalg.eigh(np.cov((flat - mean).T))
    scale = np.sqrt(np.maximum(variance[::-1], SMALLEST_SCALE_M**2))
    anchors = torch.from_numpy(centres).unflatten(-1, (-1, 3))
    return ExpertStatistics(
        anchors=(anchors / anchors.new_tensor([1.0, 1.0, HEADING_LENGTH_M])).float(),
        mean=torch.from_numpy(mean).float(),
        basis=torch.from_numpy(basis[:, ::-1].copy()).float(),
        scale=torch.from_numpy(scale.copy()).float(),
    )


def fan_of_trajectories(
    poses: int = PLAN_POSES, interval_s: float = PLAN_INTERVAL_S
) -> Float[Tensor, "fan F 3"]:
    """Arcs at several speeds, accelerations and final headings: experts where no data were seen yet."""
    time = torch.arange(1, poses + 1) * interval_s
    speeds = torch.tensor([0.0, 2.0, 4.0, 6.0, 8.0, 10.0, 13.0])
    accelerations = torch.tensor([-2.0, -1.0, 0.0, 1.0])
    turns = torch.tensor([-math.pi / 2, -0.7, -0.2, 0.0, 0.2, 0.7, math.pi / 2])
    speed, acceleration, turn = torch.meshgrid(speeds, accelerations, turns, indexing="ij")
    speed, acceleration, turn = (v.flatten()[:, None] for v in (speed, acceleration, turn))
    moving = torch.where(acceleration < 0, speed / acceleration.abs().clamp(min=1e-6), time)
    driven = torch.minimum(time.expand(len(speed), -1), moving.expand(len(speed), poses))
    distance = speed * driven + acceleration * driven**2 / 2
    length = distance[:, -1:].clamp(min=8.0)
    curvature = turn / length
    heading = curvature * distance
    half = heading / 2
    chord = distance * torch.sinc(half / math.pi)
    return torch.stack([chord * half.cos(), chord * half.sin(), heading], dim=-1)
