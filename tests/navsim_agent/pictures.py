"""A judged plan and a camera for the tests of pictures."""

import numpy as np

from driving.data.assemble import CameraView
from driving.scene import Scene
from navsim_agent.evaluation.plots.judged import JudgedPlan
from tests.worlds import camera_record

SKY = np.full((270, 480, 3), 120, dtype=np.uint8)


def judged_plan(scene: Scene) -> JudgedPlan:
    """The human's path, chosen, between two worse ones beside it."""
    human = scene.human_poses(8)
    poses = np.stack([human, human, human])
    poses[0, :, 1] -= np.linspace(0.0, 3.0, 8)
    poses[2, :, 1] += np.linspace(0.0, 3.0, 8)
    return JudgedPlan(poses, epdms=np.array([0.0, 1.0, 0.5]), chosen=1, human=human)


def front_view(image: np.ndarray = SKY) -> CameraView:
    """The front camera of the hand-made scenes."""
    record = camera_record("log", "CAM_F0", "token")
    return CameraView(
        image,
        record.intrinsics,
        record.sensor_to_lidar_rotation,
        record.sensor_to_lidar_translation,
    )
