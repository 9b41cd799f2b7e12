"""Read of a log what a car sees: its motion, the command, the cameras. All else may be missing from it.

Logs of a private test set have no annotations, no route and no lights; a planner that is to be submitted
needs none of them, and gets none.
"""

from pathlib import Path
from typing import Any

import numpy as np

from driving.data.log_fields import require, require_array
from driving.data.read_log import parse_cameras, parse_ego_pose, parse_timestamp
from driving.data.restricted_pickle import load_plain_pickle
from driving.errors import DataError
from driving.log_frame import LogFrame


def read_observed_log(path: Path) -> list[LogFrame]:
    """All frames of a log, in time order, each as ``observed_frame`` gives it.

    Raises DataError with the path, and the frame's index where one frame is at fault: a pickle that does
    not open, a missing key, a wrong shape, a NaN or infinite value, frames out of order.
    """
    frames: list[LogFrame] = []
    for index, raw in enumerate(raw_frames(load_plain_pickle(path), path)):
        frame = observed_frame(raw, f"{path}: frame {index}")
        if frames and frame.timestamp_us <= frames[-1].timestamp_us:
            raise DataError(
                f"{path}: frame {index}: timestamp {frame.timestamp_us} is not after the last one's"
            )
        frames.append(frame)
    return frames


def raw_frames(content: Any, path: Path) -> list[Any]:
    """The list that a log's pickle holds. DataError, with the path, where it holds something else."""
    if not isinstance(content, list) or not content:
        raise DataError(f"{path}: not a list of frames, but a {type(content).__name__} or empty")
    return content


def observed_frame(raw: Any, where: str) -> LogFrame:
    """One frame without location, route, lights and agents. Raises DataError that begins with ``where``."""
    state = require_array(raw, "ego_dynamic_state", (4,), where).astype(np.float32)
    return LogFrame(
        token=str(require(raw, "token", where)),
        timestamp_us=parse_timestamp(raw, where),
        log_name=str(require(raw, "log_name", where)),
        location="",
        roadblock_ids=(),
        traffic_lights=(),
        ego_pose_in_map=parse_ego_pose(raw, where),
        ego_velocity=state[:2],
        ego_acceleration=state[2:],
        driving_command=require_array(raw, "driving_command", (4,), where).astype(np.float32),
        boxes=np.zeros((0, 7), np.float32),
        names=(),
        velocities=np.zeros((0, 3), np.float32),
        track_tokens=(),
        cameras=parse_cameras(raw, where),
        lidar_path=None,
    )
