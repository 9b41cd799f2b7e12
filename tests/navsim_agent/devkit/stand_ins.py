"""Small stand-ins of the devkit's public classes: what the door uses of them, as the devkit behaves.

CI has no devkit. ``installed`` puts these modules where ``import navsim`` finds them, so that the door is
tested by the calls that the devkit's scripts make. What the real ones answer is in the goldens.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import ModuleType

import numpy as np
import torch

CAMERAS = ("cam_f0", "cam_l0", "cam_l1", "cam_l2", "cam_r0", "cam_r1", "cam_r2", "cam_b0")


@dataclass(frozen=True)
class TrajectorySampling:
    """Either ``num_poses`` or ``time_horizon`` is given beside the interval."""

    num_poses: int | None = None
    time_horizon: float | None = None
    interval_length: float | None = None

    def __post_init__(self) -> None:
        if self.num_poses is None:
            assert self.time_horizon is not None and self.interval_length is not None
            object.__setattr__(self, "num_poses", int(self.time_horizon / self.interval_length))


@dataclass
class Trajectory:
    poses: np.ndarray
    trajectory_sampling: TrajectorySampling

    def __post_init__(self) -> None:
        assert self.poses.ndim == 2 and self.poses.shape[1] == 3
        assert self.poses.shape[0] == self.trajectory_sampling.num_poses


@dataclass
class EgoStatus:
    ego_pose: np.ndarray
    ego_velocity: np.ndarray
    ego_acceleration: np.ndarray
    driving_command: np.ndarray


@dataclass
class Camera:
    """Empty unless the sensor config asked for it."""

    image: np.ndarray | None = None
    sensor2lidar_rotation: np.ndarray | None = None
    sensor2lidar_translation: np.ndarray | None = None
    intrinsics: np.ndarray | None = None


@dataclass
class Cameras:
    cam_f0: Camera = field(default_factory=Camera)
    cam_l0: Camera = field(default_factory=Camera)
    cam_l1: Camera = field(default_factory=Camera)
    cam_l2: Camera = field(default_factory=Camera)
    cam_r0: Camera = field(default_factory=Camera)
    cam_r1: Camera = field(default_factory=Camera)
    cam_r2: Camera = field(default_factory=Camera)
    cam_b0: Camera = field(default_factory=Camera)


@dataclass
class AgentInput:
    ego_statuses: list[EgoStatus]
    cameras: list[Cameras]
    lidars: list[object]


@dataclass
class Annotations:
    boxes: np.ndarray
    names: list[str]
    velocity_3d: np.ndarray
    instance_tokens: list[str]
    track_tokens: list[str]


@dataclass
class Frame:
    token: str
    timestamp: int
    roadblock_ids: list[str]
    traffic_lights: list[tuple[str, bool]]
    annotations: Annotations | None
    ego_status: EgoStatus
    lidar: object
    cameras: Cameras


@dataclass
class SceneMetadata:
    log_name: str
    scene_token: str
    map_name: str
    initial_token: str
    num_history_frames: int
    num_future_frames: int


@dataclass
class Scene:
    scene_metadata: SceneMetadata
    map_api: object
    frames: list[Frame]


@dataclass
class SensorConfig:
    """Per sensor: False, True, or the history frames to load."""

    cam_f0: bool | list[int]
    cam_l0: bool | list[int]
    cam_l1: bool | list[int]
    cam_l2: bool | list[int]
    cam_r0: bool | list[int]
    cam_r1: bool | list[int]
    cam_r2: bool | list[int]
    cam_b0: bool | list[int]
    lidar_pc: bool | list[int]


class AbstractAgent(torch.nn.Module):
    def __init__(self, trajectory_sampling: TrajectorySampling, requires_scene: bool = False) -> None:
        super().__init__()
        self.requires_scene = requires_scene
        self._trajectory_sampling = trajectory_sampling


class AbstractBuilder:
    """Of features and of targets."""


@contextmanager
def installed() -> Iterator[None]:
    """The stand-ins under the devkit's names; who was imported meanwhile is forgotten afterwards."""
    before = set(sys.modules)
    sys.modules.update(_modules())
    try:
        yield
    finally:
        for name in set(sys.modules) - before:
            if name.split(".")[0] in ("navsim", "nuplan") or name.startswith("navsim_agent.devkit."):
                del sys.modules[name]


def _modules() -> dict[str, ModuleType]:
    builders = "navsim.planning.training.abstract_feature_target_builder"
    modules = {
        "navsim.agents.abstract_agent": _module(AbstractAgent=AbstractAgent),
        "navsim.common.dataclasses": _module(
            AgentInput=AgentInput, Scene=Scene, SensorConfig=SensorConfig, Trajectory=Trajectory
        ),
        builders: _module(AbstractFeatureBuilder=AbstractBuilder, AbstractTargetBuilder=AbstractBuilder),
        "nuplan.planning.simulation.trajectory.trajectory_sampling": _module(
            TrajectorySampling=TrajectorySampling
        ),
    }
    for path in [*modules]:
        parts = path.split(".")
        for end in range(1, len(parts)):
            modules.setdefault(".".join(parts[:end]), _module(__path__=[]))
    return modules


def _module(**content: object) -> ModuleType:
    module = ModuleType("stand_in")
    vars(module).update(content)
    return module
