"""From the devkit's ``Scene`` to ours, for targets: what the devkit read is not read a second time.

Frames come without cameras (targets need none); the map is read by our own reader, once a location.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from driving.data.read_map import read_map
from driving.errors import DataError
from driving.log_frame import LogFrame
from driving.scene import Scene
from driving.types import HISTORY_FRAMES
from navsim_agent.devkit.agent_input import EgoStatusLike


class AnnotationsLike(Protocol):
    """The devkit's ``Annotations`` of one frame."""

    boxes: np.ndarray
    names: Sequence[str]
    velocity_3d: np.ndarray
    track_tokens: Sequence[str]


class FrameLike(Protocol):
    """The devkit's ``Frame``; the ego pose of a scene's frame is in the map frame."""

    token: str
    timestamp: int
    roadblock_ids: Sequence[str]
    traffic_lights: Sequence[tuple[object, bool]]
    annotations: AnnotationsLike | None
    ego_status: EgoStatusLike


class SceneMetadataLike(Protocol):
    log_name: str
    map_name: str
    num_history_frames: int


class SceneLike(Protocol):
    """The devkit's ``Scene``."""

    scene_metadata: SceneMetadataLike
    frames: Sequence[FrameLike]


def scene_of(scene: SceneLike, maps_root: Path) -> Scene:
    """The same scene in our types.

    Raises DataError where the history has another length, or a frame lacks annotations.
    """
    metadata = scene.scene_metadata
    if metadata.num_history_frames != HISTORY_FRAMES:
        raise DataError(
            f"scene of log {metadata.log_name}: num_history_frames={metadata.num_history_frames}, "
            f"a scene has {HISTORY_FRAMES}"
        )
    frames = tuple(_frame(frame, metadata) for frame in scene.frames)
    return Scene(frames, read_map(maps_root, metadata.map_name))


def _frame(frame: FrameLike, metadata: SceneMetadataLike) -> LogFrame:
    if frame.annotations is None:
        raise DataError(f"frame {frame.token} of log {metadata.log_name} has no annotations to learn from")
    boxes, ego = frame.annotations, frame.ego_status
    return LogFrame(
        token=frame.token,
        timestamp_us=int(frame.timestamp),
        log_name=metadata.log_name,
        location=metadata.map_name,
        roadblock_ids=tuple(str(roadblock) for roadblock in frame.roadblock_ids),
        traffic_lights=tuple((str(connector), bool(is_red)) for connector, is_red in frame.traffic_lights),
        ego_pose_in_map=np.asarray(ego.ego_pose, dtype=np.float64),
        ego_velocity=np.asarray(ego.ego_velocity),
        ego_acceleration=np.asarray(ego.ego_acceleration),
        driving_command=np.asarray(ego.driving_command, dtype=np.float32),
        boxes=np.asarray(boxes.boxes, dtype=np.float32).reshape(-1, 7),
        names=tuple(str(name) for name in boxes.names),
        velocities=np.asarray(boxes.velocity_3d, dtype=np.float32).reshape(-1, 3),
        track_tokens=tuple(str(token) for token in boxes.track_tokens),
        cameras={},
        lidar_path=None,
    )
