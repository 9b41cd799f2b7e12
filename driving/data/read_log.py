"""Read a NAVSIM log pickle: a list of 2 Hz frames, each checked once, here.

``ego`` is the rear-axle frame of the frame's own moment, ``map`` the projected map frame. The ego's
heading is the yaw of the logged quaternion in the z-y'-x'' convention, as in the official devkit.
"""

from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32, Float64

from driving.data.log_fields import require, require_array, require_list
from driving.data.map_layers import LOCATIONS
from driving.data.restricted_pickle import load_plain_pickle
from driving.errors import DataError
from driving.log_frame import CameraRecord, LogFrame
from driving.types import AGENT_CLASSES, CAMERA_NAMES

UNIT_TOLERANCE = 1e-14
"""A quaternion whose squared norm is this close to 1 is taken as it is, as in the devkit: to the bit."""


def read_log(path: Path) -> list[LogFrame]:
    """All frames of a log, in time order.

    Raises DataError with the path, and with the frame's index where one frame is at fault: a pickle
    that does not open, a missing key, a wrong shape, a NaN or infinite value, an unknown class,
    location or camera, frames out of order, a log name that is not the file's.
    """
    raw_frames = load_plain_pickle(path)
    if not isinstance(raw_frames, list) or not raw_frames:
        raise DataError(f"{path}: not a list of frames, but a {type(raw_frames).__name__} or empty")
    frames: list[LogFrame] = []
    for index, raw in enumerate(raw_frames):
        where = f"{path}: frame {index}"
        frame = parse_frame(raw, parse_ego_pose(raw, where), where)
        if frame.log_name != path.stem:
            raise DataError(f"{where}: log_name is {frame.log_name!r}, not {path.stem!r}")
        if frames and frame.timestamp_us <= frames[-1].timestamp_us:
            raise DataError(f"{where}: timestamp {frame.timestamp_us} is not after the last one's")
        frames.append(frame)
    return frames


def parse_frame(raw: Any, ego_pose_in_map: Float64[np.ndarray, "3"], where: str) -> LogFrame:
    """One frame, its pose already read. Raises DataError that begins with ``where``."""
    state = require_array(raw, "ego_dynamic_state", (4,), where).astype(np.float32)
    names, track_tokens = _agent_names(require(raw, "anns", where), where)
    boxes, velocities = _agent_boxes(raw["anns"], len(names), where)
    lidar_path = require(raw, "lidar_path", where)
    return LogFrame(
        token=str(require(raw, "token", where)),
        timestamp_us=parse_timestamp(raw, where),
        log_name=str(require(raw, "log_name", where)),
        location=_location(raw, where),
        roadblock_ids=tuple(str(item) for item in require_list(raw, "roadblock_ids", where)),
        traffic_lights=_traffic_lights(raw, where),
        ego_pose_in_map=ego_pose_in_map,
        ego_velocity=state[:2],
        ego_acceleration=state[2:],
        driving_command=require_array(raw, "driving_command", (4,), where).astype(np.float32),
        boxes=boxes,
        names=names,
        velocities=velocities,
        track_tokens=track_tokens,
        cameras=parse_cameras(raw, where),
        lidar_path=None if lidar_path is None else Path(lidar_path),
    )


def parse_timestamp(raw: Any, where: str) -> int:
    """Microseconds, kept in integers: a microsecond count of today needs 51 of float64's 53 bits."""
    value = require(raw, "timestamp", where)
    if not isinstance(value, int | np.integer):
        raise DataError(f"{where}: timestamp is {value!r}, not an integer")
    return int(value)


def _location(raw: Any, where: str) -> str:
    location = require(raw, "map_location", where)
    if location not in LOCATIONS:
        raise DataError(f"{where}: unknown map_location {location!r}")
    return str(location)


def parse_ego_pose(raw: Any, where: str) -> Float64[np.ndarray, "3"]:
    """The rear axle in the map frame."""
    translation = require_array(raw, "ego2global_translation", (-1,), where)
    quaternion = require_array(raw, "ego2global_rotation", (4,), where)
    squared = float(np.dot(quaternion, quaternion))
    if len(translation) < 2 or squared == 0.0:
        raise DataError(f"{where}: no ego pose in {translation} and {quaternion}")
    if abs(1.0 - squared) >= UNIT_TOLERANCE:
        quaternion = quaternion / np.sqrt(squared)
    w, x, y, z = quaternion
    heading = np.arctan2(2 * (w * z - x * y), 1 - 2 * (y * y + z * z))
    return np.array([translation[0], translation[1], heading])


def _traffic_lights(raw: Any, where: str) -> tuple[tuple[str, bool], ...]:
    lights = require_list(raw, "traffic_lights", where)
    if any(not isinstance(light, list | tuple | np.ndarray) or len(light) != 2 for light in lights):
        raise DataError(f"{where}: traffic_lights is not a list of (lane connector, is red)")
    return tuple((str(connector), bool(is_red)) for connector, is_red in lights)


def _agent_names(raw: Any, where: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Class names and track tokens, A each."""
    names = tuple(str(name) for name in require_list(raw, "gt_names", where))
    tracks = tuple(str(token) for token in require_list(raw, "track_tokens", where))
    unknown = sorted(set(names) - set(AGENT_CLASSES))
    if unknown:
        raise DataError(f"{where}: unknown class {unknown[0]!r}")
    if len(names) != len(tracks):
        raise DataError(f"{where}: {len(names)} gt_names but {len(tracks)} track_tokens")
    return names, tracks


def _agent_boxes(
    raw: Any, count: int, where: str
) -> tuple[Float32[np.ndarray, "A 7"], Float32[np.ndarray, "A 3"]]:
    """Boxes and velocities; whatever shape an empty list has been stored in."""
    for key in ("gt_boxes", "gt_velocity_3d"):
        if count == 0 and len(require_list(raw, key, where)) != 0:
            raise DataError(f"{where}: {key} is not empty but gt_names is")
    if count == 0:
        return np.zeros((0, 7), np.float32), np.zeros((0, 3), np.float32)
    boxes = require_array(raw, "gt_boxes", (count, 7), where)
    velocities = require_array(raw, "gt_velocity_3d", (count, 3), where)
    return boxes.astype(np.float32), velocities.astype(np.float32)


def parse_cameras(raw: Any, where: str) -> dict[str, CameraRecord]:
    """The cameras that the frame describes; NAVSIM leaves those without a picture empty."""
    cameras = require(raw, "cams", where)
    records = {}
    for name in CAMERA_NAMES:
        camera = require(cameras, name, where)
        if camera:
            records[name] = CameraRecord(
                path=Path(require(camera, "data_path", where)),
                sensor_to_lidar_rotation=require_array(camera, "sensor2lidar_rotation", (3, 3), where),
                sensor_to_lidar_translation=require_array(camera, "sensor2lidar_translation", (3,), where),
                intrinsics=require_array(camera, "cam_intrinsic", (3, 3), where),
                distortion=require_array(camera, "distortion", (5,), where),
            )
    return records
