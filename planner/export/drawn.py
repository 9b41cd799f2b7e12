"""Observations made up for one rig, to trace a program and to try it."""

import math

import torch

from driving.frames import wrap_angle
from driving.observation import Observation
from driving.observation_config import ObservationConfig
from driving.types import COMMANDS, HISTORY_FRAMES

AXES = torch.tensor([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
"""Camera axes (right, down, forward) in ego axes, one column each, of a camera that looks ahead."""
FASTEST_MPS = 15.0


def draw_observation(config: ObservationConfig, batch: int, seed: int = 0) -> Observation:
    """Noise for pictures, from cameras that look around evenly, the first one ahead."""
    generator = torch.Generator().manual_seed(seed)
    cameras, height, width = len(config.cameras), config.image_height, config.image_width
    pictures = torch.randint(0, 256, (batch, cameras, 3, height, width), generator=generator)
    intrinsics = torch.tensor([[width, 0, width / 2], [0, width, height / 2], [0, 0, 1.0]])
    steps = torch.arange(1 - HISTORY_FRAMES, 1) * 0.5
    speed = torch.rand(batch, 1, generator=generator) * FASTEST_MPS
    along = torch.tensor([1.0, 0.0])
    return Observation(
        tokens=tuple(f"drawn{row}" for row in range(batch)),
        images=pictures.to(torch.uint8),
        intrinsics=intrinsics.expand(batch, cameras, 3, 3).clone(),
        camera_to_ego=_mounts(cameras).expand(batch, cameras, 4, 4).clone(),
        ego_poses=(speed * steps)[..., None] * torch.tensor([1.0, 0.0, 0.0]),
        ego_velocity=(speed[..., None] * along).repeat(1, HISTORY_FRAMES, 1),
        ego_acceleration=torch.randn(batch, HISTORY_FRAMES, 2, generator=generator),
        command=torch.eye(len(COMMANDS))[torch.randint(0, len(COMMANDS), (batch,), generator=generator)],
    )


def _mounts(cameras: int) -> torch.Tensor:
    """Camera frame -> ego frame, (cameras, 4, 4), at the height of a roof."""
    yaw = wrap_angle(torch.arange(cameras) * (2 * math.pi / max(cameras, 1)))
    mounts = torch.eye(4).repeat(cameras, 1, 1)
    turn = torch.eye(3).repeat(cameras, 1, 1)
    turn[:, 0, 0], turn[:, 0, 1], turn[:, 1, 0], turn[:, 1, 1] = yaw.cos(), -yaw.sin(), yaw.sin(), yaw.cos()
    mounts[:, :3, :3] = turn @ AXES
    mounts[:, :3, 3] = torch.tensor([1.6, 0.0, 1.6])
    return mounts
