"""One 2 Hz frame of a log, as NAVSIM stores it, parsed and checked. Privileged."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float, Float64


@dataclass(frozen=True)
class CameraRecord:
    """One camera of one frame: where its picture lies and how it is mounted."""

    path: Path
    """Relative to the sensor root of the split."""
    sensor_to_lidar_rotation: Float64[np.ndarray, "3 3"]
    sensor_to_lidar_translation: Float64[np.ndarray, "3"]
    intrinsics: Float64[np.ndarray, "3 3"]
    """Pixels of the stored picture."""
    distortion: Float64[np.ndarray, "5"]


@dataclass(frozen=True)
class LogFrame:
    """Ego state, annotations, lights and sensor paths of one moment."""

    token: str
    timestamp_us: int
    log_name: str
    location: str
    roadblock_ids: tuple[str, ...]
    """The logged route: roadblocks and roadblock connectors, in order."""
    traffic_lights: tuple[tuple[str, bool], ...]
    """(lane connector id, is red)."""
    ego_pose_in_map: Float64[np.ndarray, "3"]
    """Rear axle: x [m], y [m], heading [rad]."""
    ego_velocity: Float[np.ndarray, "2"]
    """m/s, ego frame."""
    ego_acceleration: Float[np.ndarray, "2"]
    """m/s^2, ego frame."""
    driving_command: Float[np.ndarray, "4"]
    boxes: Float[np.ndarray, "A 7"]
    """x, y, z of the centre, length, width, height [m], heading [rad]; ego frame."""
    names: tuple[str, ...]
    velocities: Float[np.ndarray, "A 3"]
    """m/s, absolute, in ego axes."""
    track_tokens: tuple[str, ...]
    cameras: dict[str, CameraRecord]
    lidar_path: Path | None
