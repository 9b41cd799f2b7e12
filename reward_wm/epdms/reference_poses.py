"""From a planned trajectory to the poses that the simulated car tracks, 0.0 to 4.0 s at 10 Hz.

Reproduces the devkit's interpolation of a trajectory. Its quirk: times are integer microseconds, got
by cutting off float seconds, so that a sample can lie a microsecond early; and a trajectory shorter
than four seconds holds its last pose.
"""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float64, Int64
from torch import Tensor

from driving.frames import wrap_angle
from reward_wm.epdms.states import INTERVAL_S, SAMPLES


def reference_poses(
    poses: Float64[Tensor, "P F 3"], interval_s: float, timestamp_us: int, heading_rad: float
) -> Float64[Tensor, "P T 3"]:
    """Poses in the scene frame of trajectories in the ego frame; the first one is the ego's own.

    ``heading_rad`` is the ego's current heading. Headings are unwrapped, not limited to one turn.
    """
    direction = (float(np.cos(heading_rad)), float(np.sin(heading_rad)))
    weights = sample_weights(poses.shape[1], interval_s, timestamp_us).to(poses)
    return torch.einsum("tk,pkc->ptc", weights, in_scene_frame(poses, heading_rad, *direction))


def in_scene_frame(
    poses: Float64[Tensor, "*batch F 3"],
    heading_rad: float | Float64[Tensor, "..."],
    cos: float | Float64[Tensor, "..."],
    sin: float | Float64[Tensor, "..."],
) -> Float64[Tensor, "*batch k 3"]:
    """The current pose and the planned ones, headings unwrapped.

    ``heading_rad`` is the ego's current heading, ``cos`` and ``sin`` are of it: numbers, or for each
    trajectory, ending in a dimension of one.
    """
    knots = torch.cat([torch.zeros_like(poses[..., :1, :]), poses], dim=-2)
    turns = wrap_angle(torch.diff(knots[..., 2], dim=-1))
    heading = heading_rad + torch.cumsum(turns, dim=-1)
    heading = torch.cat([heading_rad * torch.ones_like(heading[..., :1]), heading], dim=-1)
    x = cos * knots[..., 0] - sin * knots[..., 1]
    y = sin * knots[..., 0] + cos * knots[..., 1]
    return torch.stack([x, y, heading], dim=-1)


def sample_weights(count: int, interval_s: float, timestamp_us: int) -> Float64[Tensor, "T k"]:
    """What the current pose and each of ``count`` planned ones contribute at each simulated moment."""
    knot_times = trajectory_times_us(count, interval_s, timestamp_us)
    return interpolation_weights(knot_times, sample_times_us(timestamp_us))


def sample_times_us(timestamp_us: int) -> Int64[np.ndarray, "T"]:
    """The moments that are simulated."""
    seconds = np.arange(SAMPLES) * INTERVAL_S + timestamp_us * 1e-6
    return (seconds * 1e6).astype(np.int64)


def trajectory_times_us(count: int, interval_s: float, timestamp_us: int) -> Int64[np.ndarray, "k"]:
    """The moment of the current pose and those of ``count`` planned ones."""
    seconds = np.arange(count) * interval_s + interval_s + timestamp_us * 1e-6
    return np.concatenate([[timestamp_us], (seconds * 1e6).astype(np.int64)])


def interpolation_weights(
    knots_us: Int64[np.ndarray, "k"] | Sequence[int], times_us: Int64[np.ndarray, "n"]
) -> Float64[Tensor, "n k"]:
    """What each knot contributes at each time, linearly; the ends hold outside the knots."""
    knots = np.asarray(knots_us, dtype=np.int64)
    times = np.clip(times_us, knots[0], knots[-1])
    after = np.clip(np.searchsorted(knots, times), 1, len(knots) - 1)
    fraction = (times - knots[after - 1]) / (knots[after] - knots[after - 1])
    weights = np.zeros((len(times), len(knots)))
    rows = np.arange(len(times))
    weights[rows, after - 1] = 1.0 - fraction
    weights[rows, after] = fraction
    return torch.from_numpy(weights)
