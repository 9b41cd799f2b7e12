"""Turn "how fast along which line" into poses. Ego frame, metres, radians, float64."""

import torch
from jaxtyping import Float64
from torch import Tensor

from driving.types import PLAN_INTERVAL_S, PLAN_POSES

PULL_IN_M = 15.0
"""A line that does not start at the ego is reached within this distance."""


def plan_times() -> Float64[Tensor, "F"]:
    """0.5, 1.0, ... 4.0 s."""
    return PLAN_INTERVAL_S * torch.arange(1, PLAN_POSES + 1, dtype=torch.float64)


def travelled(
    speed_mps: float, acceleration: float, until_mps: float = 0.0, delay_s: float = 0.0
) -> Float64[Tensor, "F"]:
    """Distance after each plan time: constant speed for ``delay_s``, then a ramp to ``until_mps``.

    ``acceleration`` (m/s^2) must lead from ``speed_mps`` towards ``until_mps``.
    """
    ramp_s = max(0.0, (until_mps - speed_mps) / acceleration)
    times = plan_times()
    ramping = (times - delay_s).clamp(0.0, ramp_s)
    after = (times - delay_s - ramp_s).clamp(min=0.0)
    ramp_m = speed_mps * ramping + 0.5 * acceleration * ramping**2
    return speed_mps * times.clamp(max=delay_s) + ramp_m + until_mps * after


def drive_along(
    line: Float64[Tensor, "V 2"],
    distance_m: Float64[Tensor, "F"],
    offset_m: Float64[Tensor, "F"],
) -> Float64[Tensor, "F 3"]:
    """Poses at arc lengths ``distance_m`` of ``line``, moved ``offset_m`` to its left.

    The line goes on straight before its start and after its end. Where it does not start at the ego,
    the ego keeps its distance at first and reaches the line after ``PULL_IN_M``.
    """
    direction = _points_at(line, distance_m + 0.5) - _points_at(line, distance_m - 0.5)
    direction = direction / direction.norm(dim=-1, keepdim=True)
    normal = torch.stack([-direction[:, 1], direction[:, 0]], dim=-1)
    to_ego = -_points_at(line, distance_m.new_zeros(1))
    pull = (1.0 - distance_m.abs() / PULL_IN_M).clamp(min=0.0)[:, None] * to_ego
    points = _points_at(line, distance_m) + offset_m[:, None] * normal + pull
    lateral_m = offset_m + (pull * normal).sum(dim=-1)
    lateral_step = torch.diff(lateral_m, prepend=(to_ego[0] @ normal[0])[None])
    forward_step = torch.diff(distance_m, prepend=distance_m.new_zeros(1))
    moves = forward_step.abs() > 0.1
    slope = torch.where(moves, lateral_step / torch.where(moves, forward_step, 1.0), 0.0)
    heading = torch.atan2(direction[:, 1], direction[:, 0]) + torch.atan(slope)
    return torch.cat([points, heading[:, None]], dim=-1)


def ease(fraction: Float64[Tensor, "F"]) -> Float64[Tensor, "F"]:
    """0 to 1 with level ends (smoothstep); constant outside [0, 1]."""
    clipped = fraction.clamp(0.0, 1.0)
    return clipped**2 * (3.0 - 2.0 * clipped)


def _points_at(line: Float64[Tensor, "V 2"], distance_m: Float64[Tensor, "n"]) -> Float64[Tensor, "n 2"]:
    segments = torch.diff(line, dim=0)
    lengths = segments.norm(dim=-1)
    starts = torch.cumsum(lengths, dim=0) - lengths
    index = (torch.searchsorted(starts, distance_m.contiguous(), right=True) - 1).clamp(min=0)
    along = (distance_m - starts[index]) / lengths[index]
    return line[index] + along[:, None] * segments[index]
