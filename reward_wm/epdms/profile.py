"""Speed and curvature along reference poses, by regularised least squares.

Reproduces the devkit's fits, solved for speeds and curvatures themselves instead of their
increments: the first system is then the same for all data (one factorisation for ever), the second
is tridiagonal. Quirk: the penalty that is named after jerk falls on the accelerations themselves, all
but the last one, whose difference from the one before it is penalised.
"""

from functools import lru_cache

import numpy as np
import torch
from jaxtyping import Float64
from torch import Tensor

from driving.frames import wrap_angle
from reward_wm.epdms.compiled_drive import fit_curvature, fit_one
from reward_wm.epdms.launch import launch
from reward_wm.epdms.states import INTERVAL_S

ACCELERATION_PENALTY = 1e-4
CURVATURE_RATE_PENALTY = 1e-2
INITIAL_CURVATURE_PENALTY = 1e-10


def fit_profiles(
    poses: Float64[Tensor, "P T 3"],
) -> tuple[Float64[Tensor, "P n"], Float64[Tensor, "P n"]]:
    """Speed [m/s] and curvature [1/m] at the start of each of the n = T - 1 steps."""
    steps = torch.diff(poses, dim=1)
    heading = poses[:, :-1, 2]
    forward = steps[..., 0] * torch.cos(heading) + steps[..., 1] * torch.sin(heading)
    speed = forward @ _speed_smoother(forward.shape[1], poses.device)
    return speed, _fit_curvature(speed, wrap_angle(steps[..., 2]))


@lru_cache
def _speed_smoother(count: int, device: torch.device) -> Float64[Tensor, "n n"]:
    """Forward displacements -> speeds v, of least |dt v - displacement|^2 + penalty."""
    accelerations = np.diff(np.eye(count), axis=0) / INTERVAL_S
    penalised = accelerations[:-1]
    penalised[-1] -= accelerations[-1]
    normal = INTERVAL_S**2 * np.eye(count) + ACCELERATION_PENALTY * penalised.T @ penalised
    return torch.from_numpy(np.linalg.inv(normal) * INTERVAL_S).to(device)


def _fit_curvature(speed: Float64[Tensor, "P n"], turns: Float64[Tensor, "P n"]) -> Float64[Tensor, "P n"]:
    """Curvatures c with least |v dt c - turn|^2 + penalty |change of c|^2."""
    stiffness = CURVATURE_RATE_PENALTY / INTERVAL_S**2
    distance, first_excess = (speed * INTERVAL_S).contiguous(), INITIAL_CURVATURE_PENALTY / stiffness
    curvature, excess = torch.empty_like(distance), torch.empty_like(distance)
    arguments = (curvature, excess, distance, turns.contiguous(), first_excess, stiffness)
    launch(fit_curvature, fit_one, len(distance), *arguments)
    return curvature
