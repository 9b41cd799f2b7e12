"""From a planned log to LogFrames: ego state, annotations, lights, route and cameras of every 2 Hz frame.

Town metres become map metres here, by the district's origin.
"""

import hashlib
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from driving.data.map_rows import District, MapIds
from driving.frames import map_to_local
from driving.log_frame import CameraRecord, LogFrame
from driving.synth.actors import Actor
from driving.synth.expert import Drive
from driving.synth.render.rig import CameraRig
from driving.synth.scenarios import LogPlan
from driving.synth.stage import Stage
from driving.synth.town import Turn
from driving.types import CAMERA_NAMES

ANNOTATION_RADIUS_M = 75.0
FIRST_TIMESTAMP_US = 1_700_000_000_000_000
FRAME_INTERVAL_US = 500_000
_COMMAND = {Turn.LEFT: (1, 0, 0, 0), Turn.STRAIGHT: (0, 1, 0, 0), Turn.RIGHT: (0, 0, 1, 0)}


def frame_token(log_name: str, index: int) -> str:
    """16 hexadecimal digits that depend on nothing but the arguments."""
    return hashlib.sha256(f"{log_name}/{index}".encode()).hexdigest()[:16]


def picture_path(folder: str, camera: str, token: str) -> Path:
    """Where a picture lies below the split's sensor root."""
    return Path(folder) / camera / f"{token}.jpg"


def sweep_path(folder: str, token: str) -> Path:
    """Where a LiDAR sweep lies below the split's sensor root."""
    return Path(folder) / "MergedPointCloud" / f"{token}.pcd"


def compose_log(
    stage: Stage, plan: LogPlan, log_name: str, district: District, ids: MapIds, rig: CameraRig
) -> list[LogFrame]:
    """All frames of one log."""
    return [
        compose_frame(stage, plan.drive, step, log_name, frame_token(log_name, index), district, ids, rig)
        for index, step in enumerate(plan.steps)
    ]


def compose_frame(
    stage: Stage,
    drive: Drive,
    step: int,
    log_name: str,
    token: str,
    district: District,
    ids: MapIds,
    rig: CameraRig,
) -> LogFrame:
    """What there is to say of a drive at one step of the run; all eight cameras are described."""
    k = step - drive.first
    pose = drive.pose[k]
    actors = stage.actors(step, (pose[0], pose[1]), ANNOTATION_RADIUS_M, without=drive.id)
    return LogFrame(
        token=token,
        timestamp_us=FIRST_TIMESTAMP_US + (step * FRAME_INTERVAL_US) // 5,
        log_name=log_name,
        location=district.location,
        roadblock_ids=ids.route(drive.path.roads[max(drive.road_index(k) - 1, 0) :]),
        traffic_lights=tuple((str(ids.connector[c]), red) for c, red in stage.red_connectors(step).items()),
        ego_pose_in_map=pose + np.array([*district.origin, 0.0]),
        ego_velocity=np.array([drive.speed[k], 0.0]),
        ego_acceleration=drive.acceleration[k],
        driving_command=np.array(_COMMAND[drive.command(k)]),
        boxes=_boxes(actors, pose),
        names=tuple(actor.category.value for actor in actors),
        velocities=_velocities(actors, pose[2]),
        track_tokens=tuple(_track_token(log_name, actor.track_id) for actor in actors),
        cameras={name: camera_record(rig, name, log_name, token) for name in CAMERA_NAMES},
        lidar_path=None,
    )


def _boxes(actors: Sequence[Actor], ego_pose: np.ndarray) -> np.ndarray:
    """(A, 7) x, y, z of the middle, length, width, height, heading in the ego frame."""
    poses = np.array([(a.x, a.y, a.heading) for a in actors]).reshape(-1, 3)
    local = map_to_local(poses, ego_pose)
    sizes = np.array([(a.length, a.width, a.height) for a in actors]).reshape(-1, 3)
    return np.column_stack([local[:, :2], sizes[:, 2] / 2, sizes, local[:, 2]]).astype(np.float32)


def _velocities(actors: Sequence[Actor], ego_heading: float) -> np.ndarray:
    """(A, 3) absolute velocities along the ego's axes."""
    rows = [
        (a.speed * math.cos(a.heading - ego_heading), a.speed * math.sin(a.heading - ego_heading), 0.0)
        for a in actors
    ]
    return np.array(rows, np.float32).reshape(-1, 3)


def _track_token(log_name: str, track_id: str) -> str:
    return hashlib.sha256(f"{log_name}/track/{track_id}".encode()).hexdigest()[:16]


def camera_record(rig: CameraRig, name: str, folder: str, token: str) -> CameraRecord:
    """A camera of the rig whose pictures lie in a folder of their own, most often the log's."""
    seen = rig.calibration(name)
    return CameraRecord(
        path=picture_path(folder, name, token),
        sensor_to_lidar_rotation=seen.sensor2lidar_rotation,
        sensor_to_lidar_translation=seen.sensor2lidar_translation,
        intrinsics=seen.cam_intrinsic,
        distortion=seen.distortion,
    )
