"""Write a synthetic scene as NAVSIM's devkit stores it, so that the devkit reads it back as its own.

Like every pickle that leaves this project, the file opens under numpy 1 and 2.
"""

from pathlib import Path
from typing import Any

import numpy as np

from driving.data import nuplan_records as nuplan
from driving.data.synthetic_scene import SyntheticScene
from driving.data.write_log import camera_dict, dumps_for_any_numpy
from driving.frames import local_to_map
from driving.log_frame import LogFrame
from driving.replacing import replacing
from driving.types import AGENT_CLASSES, CAMERA_NAMES, HISTORY_FRAMES

ROAD_USERS = ("vehicle", "pedestrian", "bicycle")
"""nuPlan's agents; everything else is a static object."""


def write_synthetic_scene(scene: SyntheticScene, folder: Path) -> None:
    """Write ``<token>.pkl``; the same scene gives the same bytes.

    Frames of which the ego is known are stored as such, the others as nuPlan's detections and lights.
    """
    extended = scene.frames[scene.ego_frames :]
    content = {
        "scene_metadata": {
            "log_name": scene.log_name,
            "scene_token": scene.token,
            "map_name": scene.location,
            "initial_token": scene.token,
            "num_history_frames": HISTORY_FRAMES,
            "num_future_frames": scene.ego_frames - HISTORY_FRAMES,
            "corresponding_original_scene": scene.original_last_token,
            "corresponding_original_initial_token": scene.original_token,
        },
        "frames": [_frame_dict(frame) for frame in scene.frames[: scene.ego_frames]],
        "extended_traffic_light_data": [_lights(frame) for frame in extended],
        "extended_detections_tracks": [_detections(frame) for frame in extended],
    }
    with replacing(folder / f"{scene.token}.pkl") as partial:
        partial.write_bytes(nuplan.with_nuplan_names(dumps_for_any_numpy(content)))


def _frame_dict(frame: LogFrame) -> dict[str, Any]:
    return {
        "token": frame.token,
        "timestamp": frame.timestamp_us,
        "roadblock_ids": list(frame.roadblock_ids),
        "traffic_lights": [(int(connector), is_red) for connector, is_red in frame.traffic_lights],
        "annotations": {
            "boxes": np.asarray(frame.boxes, np.float32).reshape(-1, 7),
            "names": list(frame.names),
            "velocity_3d": np.asarray(frame.velocities, np.float32).reshape(-1, 3),
            "instance_tokens": [f"{frame.token}:{track}" for track in frame.track_tokens],
            "track_tokens": list(frame.track_tokens),
        },
        "ego_status": {
            "ego_pose": np.asarray(frame.ego_pose_in_map, np.float64),
            "ego_velocity": np.asarray(frame.ego_velocity, np.float32),
            "ego_acceleration": np.asarray(frame.ego_acceleration, np.float32),
            "driving_command": np.asarray(frame.driving_command).astype(np.int64),
            "in_global_frame": True,
        },
        "lidar_path": None if frame.lidar_path is None else str(frame.lidar_path),
        "camera_dict": {
            name.lower(): camera_dict(frame.cameras[name]) if name in frame.cameras else {}
            for name in CAMERA_NAMES
        },
    }


def _lights(frame: LogFrame) -> nuplan.TrafficLightStatuses:
    moment = nuplan.TimePoint(time_us=frame.timestamp_us)
    return nuplan.TrafficLightStatuses(
        traffic_lights=[
            nuplan.TrafficLightStatusData(
                status=nuplan.TrafficLightStatusType(nuplan.RED if is_red else nuplan.GREEN),
                lane_connector_id=int(connector),
                timestamp=moment,
            )
            for connector, is_red in frame.traffic_lights
        ]
    )


def _detections(frame: LogFrame) -> nuplan.DetectionsTracks:
    """All agents in the map frame, sorted by class as nuPlan keeps them."""
    order = sorted(range(len(frame.names)), key=lambda row: AGENT_CLASSES.index(frame.names[row]))
    objects = [_tracked_object(frame, row) for row in order]
    return nuplan.DetectionsTracks(tracked_objects=nuplan.TrackedObjects(tracked_objects=objects))


def _tracked_object(frame: LogFrame, row: int) -> nuplan.Record:
    box = np.asarray(frame.boxes[row], np.float64)
    x, y, heading = (float(v) for v in local_to_map(box[[0, 1, 6]], frame.ego_pose_in_map))
    velocity = _velocity_in_map(frame, row)
    common = {
        "_metadata": nuplan.SceneObjectMetadata(
            timestamp_us=frame.timestamp_us,
            token=f"{frame.token}:{frame.track_tokens[row]}",
            track_id=None,
            track_token=frame.track_tokens[row],
            category_name=None,
        ),
        "instance_token": None,
        "_tracked_object_type": nuplan.TrackedObjectType(AGENT_CLASSES.index(frame.names[row])),
        "_box": nuplan.OrientedBox(
            _center=nuplan.StateSE2(heading=heading, x=x, y=y),
            _length=float(box[3]),
            _width=float(box[4]),
            _height=float(box[5]),
        ),
    }
    if frame.names[row] not in ROAD_USERS:
        still = nuplan.StateVector2D(_x=0.0, _y=0.0, _array=np.zeros(2))
        return nuplan.StaticObject(**common, predictions=None, past_trajectory=None, velocity=still)
    return nuplan.Agent(
        _initial_time_stamp=nuplan.TimePoint(time_us=frame.timestamp_us),
        _predictions=[],
        _past_trajectory=None,
        **common,
        _velocity=nuplan.StateVector2D(_x=velocity[0], _y=velocity[1], _array=np.array(velocity)),
        _angular_velocity=None,
    )


def _velocity_in_map(frame: LogFrame, row: int) -> tuple[float, float]:
    vx, vy = (float(v) for v in frame.velocities[row][:2])
    cos, sin = np.cos(frame.ego_pose_in_map[2]), np.sin(frame.ego_pose_in_map[2])
    return float(cos * vx - sin * vy), float(sin * vx + cos * vy)
