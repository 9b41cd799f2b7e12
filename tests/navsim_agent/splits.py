"""Splits of hand-made scenes, as an evaluation takes them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from driving.data.assemble import CameraView, ego_history, observe
from driving.data.data_config import DataConfig
from driving.scene import Scene
from driving.targets import BEV_CLASSES, Example, PerceptionTargets
from driving.types import HISTORY_FRAMES

CONFIG = DataConfig(cameras=["CAM_F0"], image_height=16, image_width=32)


@dataclass(frozen=True)
class HandMadeSplit:
    """``ObservedScenes`` with grey pictures and empty targets."""

    scenes: Sequence[Scene]

    @property
    def tokens(self) -> list[str]:
        return [scene.token for scene in self.scenes]

    @property
    def log_names(self) -> list[str]:
        return [scene.log_name for scene in self.scenes]

    @property
    def timestamps_us(self) -> list[int]:
        return [scene.current.timestamp_us for scene in self.scenes]

    def __getitem__(self, index: int) -> Example:
        scene = self.scenes[index]
        history = scene.frames[:HISTORY_FRAMES]
        record = scene.current.cameras["CAM_F0"]
        view = CameraView(
            np.full((270, 480, 3), 120, dtype=np.uint8),
            record.intrinsics,
            record.sensor_to_lidar_rotation,
            record.sensor_to_lidar_translation,
        )
        expert = torch.from_numpy(scene.human_poses(8)).float()
        return Example(
            observe(scene.token, [view], ego_history(history), CONFIG),
            expert[None],
            no_targets(),
            ("keep speed",),
        )


def consecutive(scene: Scene, count: int, frames: int = 12) -> list[Scene]:
    """Windows of ``frames`` frames, half a second apart, from one long scene."""
    return [Scene(scene.frames[start : start + frames], scene.map) for start in range(count)]


def no_targets() -> PerceptionTargets:
    """Targets of one scene without anything in it."""
    none = torch.zeros(1, 0, dtype=torch.int64)
    return PerceptionTargets(
        bev=torch.zeros(1, len(BEV_CLASSES), 8, 8, dtype=torch.bool),
        boxes=torch.zeros(1, 0, 6),
        box_classes=none,
        polylines=torch.zeros(1, 0, 8, 2),
        polyline_classes=none,
        longitudinal=torch.zeros(1, dtype=torch.int64),
        lateral=torch.zeros(1, dtype=torch.int64),
    )
