"""Read a synthetic scene of NAVSIM's second stage, as the devkit's ``Scene.save_to_disk`` stores it.

Stored frames are like those of a log. What comes after the last one is kept as nuPlan objects in the
map frame; the ego is unknown then, and, as in the devkit, stands where it was last.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float64

from driving.data import nuplan_records as nuplan
from driving.data.log_fields import require, require_array, require_list
from driving.data.read_log import parse_frame
from driving.data.restricted_pickle import load_scene_pickle
from driving.data.synthetic_scene import SyntheticScene
from driving.errors import DataError
from driving.frames import map_to_local
from driving.log_frame import LogFrame
from driving.types import AGENT_CLASSES, CAMERA_NAMES, HISTORY_FRAMES, SYNTHETIC_TOKEN_LENGTH

FRAME_INTERVAL_US = 500_000


def read_synthetic_scene(path: Path) -> SyntheticScene:
    """The scene in one pickle.

    Raises DataError with the path, and with the frame's number where one frame is at fault: all that
    ``read_log`` refuses, a token that is not the file's name or not 17 characters long, lights and
    agents that reach differently far.
    """
    raw = load_scene_pickle(path)
    metadata = require(raw, "scene_metadata", str(path))
    if require(metadata, "num_history_frames", str(path)) != HISTORY_FRAMES:
        raise DataError(
            f"{path}: num_history_frames is {metadata['num_history_frames']}, not {HISTORY_FRAMES}"
        )
    stored = [
        _stored_frame(frame, metadata, f"{path}: frame {index}")
        for index, frame in enumerate(require_list(raw, "frames", str(path)))
    ]
    if len(stored) < HISTORY_FRAMES:
        raise DataError(f"{path}: {len(stored)} frames, at least {HISTORY_FRAMES} are needed")
    token = stored[HISTORY_FRAMES - 1].token
    if token != path.stem or len(token) != SYNTHETIC_TOKEN_LENGTH:
        raise DataError(f"{path}: the current frame's token is {token!r}, not the file's 17 characters")
    return SyntheticScene(
        frames=(*stored, *_extended_frames(raw, stored[-1], path)),
        ego_frames=len(stored),
        original_last_token=str(require(metadata, "corresponding_original_scene", str(path))),
        original_token=str(require(metadata, "corresponding_original_initial_token", str(path))),
    )


def log_of_synthetic_scene(path: Path) -> str:
    """The name of the log that a scene was made from; nothing else is checked. DataError as above."""
    metadata = require(load_scene_pickle(path), "scene_metadata", str(path))
    return str(require(metadata, "log_name", str(path)))


def _stored_frame(raw: Any, metadata: Any, where: str) -> LogFrame:
    """The same facts as in a log frame, under other names."""
    status, boxes = require(raw, "ego_status", where), require(raw, "annotations", where)
    velocity = require_array(status, "ego_velocity", (2,), where)
    acceleration = require_array(status, "ego_acceleration", (2,), where)
    cameras = require(raw, "camera_dict", where)
    if not isinstance(cameras, dict):
        raise DataError(f"{where}: camera_dict is a {type(cameras).__name__}, not a dict")
    by_name = {str(name).upper(): camera for name, camera in cameras.items()}
    as_in_log = {
        "token": require(raw, "token", where),
        "timestamp": require(raw, "timestamp", where),
        "log_name": require(metadata, "log_name", where),
        "map_location": require(metadata, "map_name", where),
        "roadblock_ids": require(raw, "roadblock_ids", where),
        "traffic_lights": require(raw, "traffic_lights", where),
        "ego_dynamic_state": np.concatenate([velocity, acceleration]),
        "driving_command": require(status, "driving_command", where),
        "anns": {
            "gt_boxes": require(boxes, "boxes", where),
            "gt_names": require(boxes, "names", where),
            "gt_velocity_3d": require(boxes, "velocity_3d", where),
            "track_tokens": require(boxes, "track_tokens", where),
        },
        "cams": {name: by_name.get(name, {}) for name in CAMERA_NAMES},
        "lidar_path": require(raw, "lidar_path", where),
    }
    return parse_frame(as_in_log, require_array(status, "ego_pose", (3,), where), where)


def _extended_frames(raw: Any, last: LogFrame, path: Path) -> list[LogFrame]:
    """The future after the last stored frame, one frame every half second."""
    agents = require(raw, "extended_detections_tracks", str(path)) or []
    lights = require(raw, "extended_traffic_light_data", str(path)) or []
    if len(lights) > len(agents):
        raise DataError(f"{path}: {len(lights)} moments of extended lights but {len(agents)} of agents")
    frames = []
    for index, tracks in enumerate(agents):
        where = f"{path}: extended frame {index}"
        frame = replace(
            last,
            token=f"{last.token}+{index + 1}",
            timestamp_us=last.timestamp_us + (index + 1) * FRAME_INTERVAL_US,
            cameras={},
            lidar_path=None,
        )
        try:
            reds = _reds(lights[index]) if index < len(lights) else ()
            frames.append(replace(frame, traffic_lights=reds, **_agents(tracks, last.ego_pose_in_map)))
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
            reason = " ".join(str(error).split())
            raise DataError(f"{where}: not nuPlan's objects ({type(error).__name__}: {reason})") from None
    return frames


def _reds(statuses: nuplan.Record) -> tuple[tuple[str, bool], ...]:
    return tuple(
        (str(light["lane_connector_id"]), light["status"].number == nuplan.RED)
        for light in statuses["traffic_lights"]
    )


def _agents(tracks: nuplan.Record, ego_pose: Float64[np.ndarray, "3"]) -> dict[str, Any]:
    """The agents' fields of a frame, moved from the map frame to the ego's, in float64."""
    objects = tracks["tracked_objects"]["tracked_objects"]
    classes = [item["_tracked_object_type"].number for item in objects]
    unknown = [number for number in classes if number not in range(len(AGENT_CLASSES))]
    if unknown:
        raise ValueError(f"unknown class number {unknown[0]}")
    boxes, velocities = np.zeros((len(objects), 7)), np.zeros((len(objects), 3))
    cos, sin = np.cos(ego_pose[2]), np.sin(ego_pose[2])
    for row, item in enumerate(objects):
        box = item["_box"]
        centre = np.array([box["_center"][axis] for axis in ("x", "y", "heading")], dtype=np.float64)
        x, y, heading = map_to_local(centre, ego_pose)
        height = box["_height"]
        boxes[row] = (x, y, height / 2, box["_length"], box["_width"], height, heading)
        if isinstance(item, nuplan.Agent):
            vx, vy = item["_velocity"]["_x"], item["_velocity"]["_y"]
            velocities[row, :2] = (cos * vx + sin * vy, cos * vy - sin * vx)
    if not (np.isfinite(boxes).all() and np.isfinite(velocities).all()):
        raise ValueError("a box or a velocity is not finite")
    return {
        "boxes": boxes,
        "names": tuple(AGENT_CLASSES[number] for number in classes),
        "velocities": velocities,
        "track_tokens": tuple(str(item["_metadata"]["track_token"]) for item in objects),
    }
