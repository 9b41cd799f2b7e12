"""Writes log frames as OpenScene log pickles, the way the official devkit reads them.

A log is `navsim_logs/<split>/<log name>.pkl`, a list with one dictionary per 2 Hz frame. The official
servers run numpy 1.23, ours numpy 2: arrays are pickled under the module names that both know.
"""

import math
import pickle
from pathlib import Path
from typing import Any

import numpy as np

from driving.log_frame import CameraRecord, LogFrame
from driving.replacing import replacing
from driving.types import CAMERA_NAMES

PROTOCOL = 3
"""The last one that spells globals as plain lines of text, so that they can be renamed."""
_NUMPY_2_GLOBAL = b"cnumpy._core.multiarray\n"
_NUMPY_1_GLOBAL = b"cnumpy.core.multiarray\n"


def write_log(frames: list[LogFrame], path: Path) -> None:
    """Writes one log; `path` must be `<log name>.pkl` and the frames in order. The same frames give the
    same bytes.

    The lidar frame is the ego frame: recorded logs give camera mounts and boxes in it, under lidar names.

    Raises ValueError for an empty log, a foreign log name or times that don't grow.
    """
    if not frames:
        raise ValueError(f"{path}: a log needs at least one frame")
    strangers = {frame.log_name for frame in frames} - {path.stem}
    if strangers:
        raise ValueError(f"{path}: frames of other logs {sorted(strangers)}")
    if any(b.timestamp_us <= a.timestamp_us for a, b in zip(frames, frames[1:], strict=False)):
        raise ValueError(f"{path}: timestamps must grow")
    content = [_frame_dict(frame, index, frames[0].token) for index, frame in enumerate(frames)]
    with replacing(path) as partial:
        partial.write_bytes(dumps_for_any_numpy(content))


def dumps_for_any_numpy(content: Any) -> bytes:
    """Like pickle.dumps, but opens under numpy 1.x as well as 2.x."""
    return pickle.dumps(content, PROTOCOL).replace(_NUMPY_2_GLOBAL, _NUMPY_1_GLOBAL)


def _frame_dict(frame: LogFrame, index: int, scene_token: str) -> dict[str, Any]:
    """One frame's dictionary; keys that the devkit doesn't read are those of recorded logs."""
    x, y, heading = (float(v) for v in frame.ego_pose_in_map)
    return {
        "token": frame.token,
        "frame_idx": index,
        "timestamp": frame.timestamp_us,
        "log_name": frame.log_name,
        "log_token": frame.log_name,
        "scene_name": frame.log_name,
        "scene_token": scene_token,
        "map_location": frame.location,
        "roadblock_ids": list(frame.roadblock_ids),
        "vehicle_name": "synthetic",
        "traffic_lights": [(int(connector), is_red) for connector, is_red in frame.traffic_lights],
        "ego2global_translation": np.array([x, y, 0.0]),
        "ego2global_rotation": np.array([math.cos(heading / 2), 0.0, 0.0, math.sin(heading / 2)]),
        "ego_dynamic_state": [float(v) for v in (*frame.ego_velocity, *frame.ego_acceleration)],
        "driving_command": np.asarray(frame.driving_command).astype(np.int64),
        "lidar2ego_translation": np.zeros(3),
        "lidar2ego_rotation": np.array([1.0, 0.0, 0.0, 0.0]),
        "lidar_path": str(frame.lidar_path)
        if frame.lidar_path
        else f"{frame.log_name}/MergedPointCloud/{frame.token}.pcd",
        "cams": {name: camera_dict(frame.cameras[name]) for name in CAMERA_NAMES},
        "anns": {
            "gt_boxes": np.asarray(frame.boxes, np.float32).reshape(-1, 7),
            "gt_names": np.array(frame.names, dtype=str),
            "gt_velocity_3d": np.asarray(frame.velocities, np.float32).reshape(-1, 3),
            "instance_tokens": [f"{frame.token}:{track}" for track in frame.track_tokens],
            "track_tokens": list(frame.track_tokens),
        },
    }


def camera_dict(camera: CameraRecord) -> dict[str, Any]:
    return {
        "data_path": str(camera.path),
        "sensor2lidar_rotation": np.asarray(camera.sensor_to_lidar_rotation, np.float64),
        "sensor2lidar_translation": np.asarray(camera.sensor_to_lidar_translation, np.float64),
        "cam_intrinsic": np.asarray(camera.intrinsics, np.float64),
        "distortion": np.asarray(camera.distortion, np.float64),
    }
