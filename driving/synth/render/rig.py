"""The eight NAVSIM cameras around the roof: where they sit, how they see, how a point lands in a picture.

Frames, all right-handed, in metres:

ego     rear axle projected on the ground: x forward, y left, z up.
lidar   the ego frame itself: what OpenScene calls sensor2lidar is the camera's mount in the ego frame.
camera  x right, y down, z along the optical axis.

A pixel (u, v) counts from the upper left corner of the picture; the middle of the first pixel is (0.5, 0.5).
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float64

from driving.types import CAMERA_NAMES

LIDAR_MOUNT = (0.0, 0.0, 1.84)
"""Where the LiDAR stands in the ego frame [m]; its points are given in the ego frame all the same."""


@dataclass(frozen=True)
class Mount:
    """Position in the ego frame [m] and the direction the camera looks to, counter-clockwise from forward."""

    position: tuple[float, float, float]
    yaw_deg: float


MOUNTS = {
    "CAM_F0": Mount((1.65, 0.0, 1.62), 0.0),
    "CAM_L0": Mount((1.55, 0.45, 1.62), 55.0),
    "CAM_L1": Mount((1.05, 0.60, 1.62), 110.0),
    "CAM_L2": Mount((0.35, 0.60, 1.62), 150.0),
    "CAM_R0": Mount((1.55, -0.45, 1.62), -55.0),
    "CAM_R1": Mount((1.05, -0.60, 1.62), -110.0),
    "CAM_R2": Mount((0.35, -0.60, 1.62), -150.0),
    "CAM_B0": Mount((-0.35, 0.0, 1.62), 180.0),
}
"""Close to the rig of the nuPlan cars, which differs a little from car to car."""


@dataclass(frozen=True)
class Calibration:
    """One camera as an OpenScene log describes it; ``lidar = rotation @ camera + translation``."""

    sensor2lidar_rotation: Float64[np.ndarray, "3 3"]
    sensor2lidar_translation: Float64[np.ndarray, "3"]
    cam_intrinsic: Float64[np.ndarray, "3 3"]
    distortion: Float64[np.ndarray, "5"]


@dataclass(frozen=True)
class CameraRig:
    """Eight pinhole cameras of one size and field of view; ``cameras`` are those that get rendered."""

    width: int = 480
    height: int = 270
    hfov_deg: float = 64.0
    cameras: tuple[str, ...] = ("CAM_F0", "CAM_L0", "CAM_R0")

    def __post_init__(self) -> None:
        if self.width < 8 or self.height < 8:
            raise ValueError(f"picture of {self.width} x {self.height} pixels, at least 8 x 8 needed")
        if not 10.0 <= self.hfov_deg <= 150.0:
            raise ValueError(f"hfov_deg={self.hfov_deg}, must be between 10 and 150")
        unknown = [name for name in self.cameras if name not in CAMERA_NAMES]
        if unknown or not self.cameras:
            raise ValueError(f"cameras={self.cameras}, must be some of {CAMERA_NAMES}")

    @property
    def focal_px(self) -> float:
        return self.width / 2 / np.tan(np.radians(self.hfov_deg) / 2)

    @property
    def intrinsics(self) -> Float64[np.ndarray, "3 3"]:
        """The same for all cameras [pixels]."""
        return np.array(
            [[self.focal_px, 0.0, self.width / 2], [0.0, self.focal_px, self.height / 2], [0.0, 0.0, 1.0]]
        )

    def calibration(self, camera: str) -> Calibration:
        """What the log of a rendered picture has to say about ``camera``."""
        position = np.array(MOUNTS[camera].position)
        return Calibration(
            sensor2lidar_rotation=camera_to_ego_rotation(camera),
            sensor2lidar_translation=position,
            cam_intrinsic=self.intrinsics,
            distortion=np.zeros(5),
        )

    def project(
        self, points_ego: Float[np.ndarray, "N 3"], camera: str
    ) -> tuple[Float64[np.ndarray, "N 2"], Float64[np.ndarray, "N"]]:
        """Pixels and depths [m along the optical axis] of points.

        A depth <= 0 is behind the camera; its pixel has no meaning.
        """
        in_camera = (points_ego - np.array(MOUNTS[camera].position)) @ camera_to_ego_rotation(camera)
        depth = in_camera[:, 2]
        safe_depth = np.where(np.abs(depth) < 1e-6, 1e-6, depth)
        pixels = in_camera[:, :2] / safe_depth[:, None] * self.focal_px
        return pixels + np.array([self.width / 2, self.height / 2]), depth

    def rays_in_ego(
        self, camera: str, offset_px: tuple[float, float] = (0.0, 0.0)
    ) -> Float[np.ndarray, "P 3"]:
        """Unit directions through the pixels' middles, moved by ``offset_px``; row by row, float32."""
        u, v = np.meshgrid(np.arange(self.width) + 0.5, np.arange(self.height) + 0.5)
        x = (u + offset_px[0] - self.width / 2) / self.focal_px
        y = (v + offset_px[1] - self.height / 2) / self.focal_px
        in_camera = np.stack([x, y, np.ones_like(x)], axis=-1).reshape(-1, 3)
        in_camera /= np.linalg.norm(in_camera, axis=1, keepdims=True)
        return (in_camera @ camera_to_ego_rotation(camera).T).astype(np.float32)


def camera_to_ego_rotation(camera: str) -> Float64[np.ndarray, "3 3"]:
    """Columns: the camera's right, down and forward axes in the ego frame (and so in the lidar frame)."""
    yaw = np.radians(MOUNTS[camera].yaw_deg)
    forward = np.array([np.cos(yaw), np.sin(yaw), 0.0])
    right = np.array([np.sin(yaw), -np.cos(yaw), 0.0])
    down = np.array([0.0, 0.0, -1.0])
    return np.stack([right, down, forward], axis=1)
