"""Random but well-formed training batches for the planner's tests."""

import math

import torch

from driving.observation import Observation
from driving.targets import (
    BEV_CLASSES,
    DETECTION_CLASSES,
    LATERAL_ACTIONS,
    LONGITUDINAL_ACTIONS,
    MAP_CLASSES,
    Example,
    PerceptionTargets,
)
from driving.types import PLAN_INTERVAL_S, PLAN_POSES

# Camera axes (right, down, forward) in ego axes, one column each.
LOOKING_FORWARD = torch.tensor([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])


def random_observation(
    batch: int, seed: int = 0, cameras: int = 3, size: tuple[int, int] = (32, 64)
) -> Observation:
    """Noise in every picture; cameras look 55 degrees apart, the first one forward."""
    generator = torch.Generator().manual_seed(seed)
    height, width = size
    focal = width / 2 / math.tan(math.radians(32))
    intrinsics = torch.tensor([[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1]])
    mounts = torch.stack([_mount(yaw) for yaw in (0.0, 55.0, -55.0, 180.0)[:cameras]])
    speed = torch.rand(batch, generator=generator) * 12
    velocity = torch.zeros(batch, 4, 2)
    velocity[..., 0] = speed[:, None]
    poses = torch.zeros(batch, 4, 3)
    poses[..., 0] = speed[:, None] * torch.tensor([-1.5, -1.0, -0.5, 0.0])
    return Observation(
        tokens=tuple(f"scene{index}" for index in range(batch)),
        images=torch.randint(
            0, 256, (batch, cameras, 3, height, width), generator=generator, dtype=torch.uint8
        ),
        intrinsics=intrinsics.expand(batch, cameras, 3, 3).clone(),
        camera_to_ego=mounts.expand(batch, cameras, 4, 4).clone(),
        ego_poses=poses,
        ego_velocity=velocity,
        ego_acceleration=torch.randn(batch, 4, 2, generator=generator),
        command=torch.eye(4)[torch.randint(0, 4, (batch,), generator=generator)],
    )


def random_example(
    batch: int, seed: int = 0, cells: int = 8, cameras: int = 3, size: tuple[int, int] = (32, 64)
) -> Example:
    """Experts drive arcs at their present speed."""
    observation = random_observation(batch, seed, cameras, size)
    generator = torch.Generator().manual_seed(seed + 1)
    time = torch.arange(1, PLAN_POSES + 1) * PLAN_INTERVAL_S
    distance = observation.ego_velocity[:, -1, :1] * time
    curvature = (torch.rand(batch, 1, generator=generator) - 0.5) * 0.05
    heading = curvature * distance
    expert = torch.stack([distance * (heading / 2).cos(), distance * (heading / 2).sin(), heading], dim=-1)
    targets = random_targets(batch, cells, generator)
    answers = tuple(
        f"{LONGITUDINAL_ACTIONS[along]}, {LATERAL_ACTIONS[across]}."
        for along, across in zip(targets.longitudinal.tolist(), targets.lateral.tolist(), strict=True)
    )
    return Example(observation, expert, targets, answers)


def random_targets(batch: int, cells: int, generator: torch.Generator) -> PerceptionTargets:
    """Three boxes and three polylines a scene, the last of each being padding."""

    def integers(high: int, *shape: int) -> torch.Tensor:
        return torch.randint(0, high, shape, generator=generator)

    boxes = torch.randn(batch, 3, 6, generator=generator) * 8
    boxes[..., 3:] = boxes[..., 3:].abs()
    box_classes = integers(len(DETECTION_CLASSES), batch, 3)
    polyline_classes = integers(len(MAP_CLASSES), batch, 3)
    box_classes[:, -1] = polyline_classes[:, -1] = -1
    return PerceptionTargets(
        bev=torch.rand(batch, len(BEV_CLASSES), cells, cells, generator=generator) < 0.3,
        boxes=boxes,
        box_classes=box_classes,
        polylines=torch.randn(batch, 3, 6, 2, generator=generator) * 10,
        polyline_classes=polyline_classes,
        longitudinal=integers(len(LONGITUDINAL_ACTIONS), batch),
        lateral=integers(len(LATERAL_ACTIONS), batch),
    )


def _mount(yaw_deg: float) -> torch.Tensor:
    """Camera frame -> ego frame of a camera 1.6 m over the ego origin."""
    yaw = math.radians(yaw_deg)
    turn = torch.tensor(
        [[math.cos(yaw), -math.sin(yaw), 0.0], [math.sin(yaw), math.cos(yaw), 0.0], [0.0, 0.0, 1.0]]
    )
    pose = torch.eye(4)
    pose[:3, :3] = turn @ LOOKING_FORWARD
    pose[:3, 3] = torch.tensor([1.6, 0.0, 1.6])
    return pose
