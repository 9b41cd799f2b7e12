"""Savitzky-Golay filters of equally spaced samples, and what comfort is measured with.

A filter is linear, edges included, so it is a fixed matrix for a length of time. As in the devkit,
every signal is rounded to 8 decimals after each filter.
"""

from functools import lru_cache

import numpy as np
import torch
from jaxtyping import Float64
from scipy.signal import savgol_filter
from torch import Tensor

from reward_wm.epdms.states import AX, AY, CENTRE_OFFSET_M, HEADING, YAW_ACCELERATION, YAW_RATE

DECIMALS = 8


def smooth_acceleration(signal: Float64[Tensor, "*batch n"]) -> Float64[Tensor, "*batch n"]:
    """An acceleration, smoothed over 8 samples by parabolas."""
    return savitzky_golay(signal, window=8, degree=2, derivative=0)


def jerk_of(acceleration: Float64[Tensor, "*batch n"]) -> Float64[Tensor, "*batch n"]:
    """The derivative of a smoothed acceleration, over 15 samples by parabolas."""
    return savitzky_golay(acceleration, window=15, degree=2, derivative=1)


def yaw_rate_of(states: Float64[Tensor, "*batch n S"]) -> Float64[Tensor, "*batch n"]:
    """The derivative of the heading, over 5 samples by parabolas."""
    return savitzky_golay(_unwrap(states[..., HEADING]), window=5, degree=2, derivative=1)


def yaw_acceleration_of(states: Float64[Tensor, "*batch n S"], degree: int) -> Float64[Tensor, "*batch n"]:
    """The second derivative of the heading, over 5 samples by polynomials of ``degree``."""
    return savitzky_golay(_unwrap(states[..., HEADING]), window=5, degree=degree, derivative=2)


def rear_axle_acceleration(states: Float64[Tensor, "*batch n S"]) -> Float64[Tensor, "*batch n"]:
    """Smoothed magnitude of the acceleration of the rear axle."""
    return smooth_acceleration(torch.hypot(states[..., AX], states[..., AY]))


def forward_acceleration(states: Float64[Tensor, "*batch n S"]) -> Float64[Tensor, "*batch n"]:
    """Smoothed longitudinal acceleration of the centre.

    Quirk: both the centripetal and the angular term of the shift from the rear axle point forward.
    """
    shift = CENTRE_OFFSET_M * states[..., YAW_RATE] ** 2
    shift = shift + CENTRE_OFFSET_M * states[..., YAW_ACCELERATION]
    return smooth_acceleration(states[..., AX] + shift)


def sideways_acceleration(states: Float64[Tensor, "*batch n S"]) -> Float64[Tensor, "*batch n"]:
    """Smoothed lateral acceleration: the logged one, and zero in the simulation (quirk)."""
    return smooth_acceleration(states[..., AY])


def savitzky_golay(
    signal: Float64[Tensor, "*batch n"], window: int, degree: int, derivative: int
) -> Float64[Tensor, "*batch n"]:
    """A signal through one filter, rounded."""
    matrix = _matrix_on(signal.device, signal.shape[-1], window, degree, derivative)
    return torch.round(signal @ matrix, decimals=DECIMALS)


@lru_cache
def _matrix_on(
    device: torch.device, count: int, window: int, degree: int, derivative: int
) -> Float64[Tensor, "n n"]:
    return _filter_matrix(count, window, degree, derivative).to(device)


@lru_cache
def _filter_matrix(count: int, window: int, degree: int, derivative: int) -> Float64[Tensor, "n n"]:
    mean_step_s = np.diff(np.arange(count) * 0.1).mean()
    identity = np.eye(count)
    rows = savgol_filter(identity, min(window, count), degree, deriv=derivative, delta=mean_step_s, axis=-1)
    return torch.from_numpy(rows)


def _unwrap(heading: Float64[Tensor, "*batch n"]) -> Float64[Tensor, "*batch n"]:
    turns = torch.cumsum(torch.round(torch.diff(heading, dim=-1) / (2 * torch.pi)), dim=-1)
    return torch.cat([heading[..., :1], heading[..., 1:] - 2 * torch.pi * turns], dim=-1)
