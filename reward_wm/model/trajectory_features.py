"""What a candidate trajectory looks like to a network: motion along it, and where its body passes.

Ego frame, metres, radians, seconds. Poses are joined by straight lines in x, y and unwrapped heading,
as the exact scorer joins them before it tracks them.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import grid_sample

from driving.bev_area import BevArea
from driving.frames import wrap_angle
from driving.trajectory import Trajectory
from driving.vehicle import PACIFICA

MOTION_FEATURES = 11
LOOK_AHEAD_S = (0.45, 0.9)
"""TTC pushes the ego box ahead at constant velocity, up to 0.9 s."""


def footprint_size() -> int:
    """Points of ``footprint_points`` a sample."""
    return 9 + len(LOOK_AHEAD_S)


def dense_poses(trajectories: Trajectory, samples: int) -> Float[Tensor, "*batch Q 3"]:
    """``samples`` poses at equal times, the last one at the trajectory's end, the first after t = 0."""
    knots = _with_start(trajectories.poses)
    last = knots.shape[-2] - 1
    at = torch.arange(1, samples + 1, device=knots.device, dtype=knots.dtype) * (last / samples)
    lower = at.floor().long().clamp(max=last - 1)
    share = (at - lower)[:, None]
    return knots[..., lower, :] * (1 - share) + knots[..., lower + 1, :] * share


def motion_features(trajectories: Trajectory, samples: int) -> Float[Tensor, "*batch Q motion"]:
    """Pose, velocity, acceleration and jerk of every sample, each scaled to about 1.

    Differences are those between planned poses (2 Hz), so that straight joints don't look like jerks.
    """
    poses = dense_poses(trajectories, samples)
    rates = _rates(trajectories)
    segment = torch.arange(samples, device=poses.device) * rates.shape[-2] // samples
    x, y, heading = poses.unbind(dim=-1)
    place = torch.stack([x / 32, y / 16, torch.cos(heading), torch.sin(heading)], dim=-1)
    return torch.cat([place, rates[..., segment, :]], dim=-1)


def footprint_points(trajectories: Trajectory, samples: int) -> Float[Tensor, "*batch Q n 2"]:
    """Nine points of the ego box (3 x 3, corners included) and its front in 0.45 and 0.9 s."""
    poses = dense_poses(trajectories, samples)
    shape = PACIFICA
    along = [-shape.rear_length_m, shape.rear_axle_to_centre_m, shape.front_length_m]
    across = [-shape.width_m / 2, 0.0, shape.width_m / 2]
    body = poses.new_tensor([(a, b) for a in along for b in across])
    speed = _speed(trajectories)
    segment = torch.arange(samples, device=poses.device) * speed.shape[-1] // samples
    fronts = [shape.front_length_m + speed[..., segment] * ahead for ahead in LOOK_AHEAD_S]
    front = torch.stack([torch.stack([f, torch.zeros_like(f)], dim=-1) for f in fronts], dim=-2)
    local = torch.cat([body.expand(*front.shape[:-2], *body.shape), front], dim=-2)
    cos, sin = torch.cos(poses[..., 2:3]), torch.sin(poses[..., 2:3])
    x = poses[..., 0:1] + cos * local[..., 0] - sin * local[..., 1]
    y = poses[..., 1:2] + sin * local[..., 0] + cos * local[..., 1]
    return torch.stack([x, y], dim=-1)


def sample_bev(
    bev: Float[Tensor, "B C H W"], points: Float[Tensor, "B *places 2"], area: BevArea
) -> Float[Tensor, "B *places C"]:
    """Bilinear features of a BEV grid (see ``ContextTokens``) at points; zero outside of it."""
    grid = area.to_unit(points).flip(-1).flatten(1, -2)[:, :, None]
    values = grid_sample(bev, grid, align_corners=False)
    return values[..., 0].transpose(1, 2).unflatten(1, points.shape[1:-1])


def _with_start(poses: Float[Tensor, "*batch F 3"]) -> Float[Tensor, "*batch F1 3"]:
    """The poses with that of t = 0 before them, headings unwrapped."""
    steps = torch.diff(poses[..., 2], dim=-1, prepend=torch.zeros_like(poses[..., :1, 2]))
    heading = wrap_angle(steps).cumsum(dim=-1)
    unwrapped = torch.cat([poses[..., :2], heading[..., None]], dim=-1)
    return torch.cat([torch.zeros_like(poses[..., :1, :]), unwrapped], dim=-2)


def _rates(trajectories: Trajectory) -> Float[Tensor, "*batch F 7"]:
    """Per planned interval: velocity ahead and to the left, yaw rate, then their changes and jerk."""
    knots, dt = _with_start(trajectories.poses), trajectories.interval_s
    moves = torch.diff(knots, dim=-2) / dt
    middle = (knots[..., 1:, 2] + knots[..., :-1, 2]) / 2
    cos, sin = torch.cos(middle), torch.sin(middle)
    ahead = cos * moves[..., 0] + sin * moves[..., 1]
    left = -sin * moves[..., 0] + cos * moves[..., 1]
    yaw_rate = moves[..., 2]
    acceleration = _change(ahead) / dt
    lateral = ahead * yaw_rate
    scaled = [ahead / 10, left, yaw_rate / 0.5, acceleration / 4, lateral / 4]
    changes = [_change(yaw_rate) / dt / 0.5, _change(acceleration) / dt / 8]
    return torch.stack(scaled + changes, dim=-1).clamp(-4 * math.pi, 4 * math.pi)


def _speed(trajectories: Trajectory) -> Float[Tensor, "*batch F"]:
    knots = _with_start(trajectories.poses)
    return torch.diff(knots[..., :2], dim=-2).norm(dim=-1) / trajectories.interval_s


def _change(values: Float[Tensor, "*batch F"]) -> Float[Tensor, "*batch F"]:
    """Difference to the interval before; zero for the first one."""
    return torch.diff(values, dim=-1, prepend=values[..., :1])
