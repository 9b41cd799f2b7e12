"""From log frames to scenes, and from what a car sees to an ``Observation``.

``observe`` is the one function that makes an Observation: the cache calls it with pictures read from
disk, a live agent with those it was handed.

Camera frame -> ego frame: NAVSIM's ``sensor2lidar`` is the camera's mount in the *ego* frame.
OpenScene copies nuPlan's camera extrinsics (given in the ego frame) under that name, and the devkit
projects ego-frame boxes with it, so no height of the LiDAR is added. Lens distortion is ignored.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, Float64, UInt8
from PIL import Image

from driving.data.log_sources import LogSource, log_sources
from driving.data.read_log import read_log
from driving.data.read_map import read_map
from driving.data.read_synthetic import read_synthetic_scene
from driving.data.splits import DataFolders, SceneFilter, Split, scene_windows
from driving.errors import DataError
from driving.log_frame import LogFrame
from driving.observation import Observation
from driving.observation_config import ObservationConfig
from driving.scene import Scene
from driving.types import HISTORY_FRAMES


@dataclass(frozen=True)
class CameraView:
    """A picture and how its camera is mounted."""

    image: UInt8[np.ndarray, "height width 3"]
    """RGB."""
    intrinsics: Float[np.ndarray, "3 3"]
    """Pixels of ``image``; (0, 0) is the outer corner of the first pixel."""
    rotation: Float[np.ndarray, "3 3"]
    """Camera frame -> ego frame."""
    translation: Float[np.ndarray, "3"]
    """Of the camera in the ego frame, metres."""


@dataclass(frozen=True)
class EgoHistory:
    """The ego at the four observed frames, oldest first."""

    poses: Float[np.ndarray, "4 3"]
    """Relative to the current pose: metres, radians."""
    velocity: Float[np.ndarray, "4 2"]
    acceleration: Float[np.ndarray, "4 2"]
    command: Float[np.ndarray, "4"]


def load_scenes(split: Split, folders: DataFolders) -> Iterator[Scene]:
    """The scenes of a split, log after log by name, one log in memory at a time.

    The synthetic scenes of a log follow its own. Raises DataError, with the path, at the first log,
    synthetic scene or map that cannot be used.
    """
    scenes = (
        scene
        for source in log_sources(split, folders)
        for scene in load_source(source, folders.maps, split.scene_filter)
    )
    return islice(scenes, split.scene_filter.max_scenes)


def load_source(source: LogSource, maps_root: Path, scene_filter: SceneFilter) -> Iterator[Scene]:
    """The scenes of a log in time order, then its synthetic ones by token.

    As in the devkit, without ``synthetic_scene_tokens`` only those synthetic scenes count that start
    where one of the log's scenes ends. Raises DataError as the readers do.
    """
    last_tokens = set()
    for scene in load_log(source.log, maps_root, scene_filter):
        last_tokens.add(scene.frames[-1].token)
        yield scene
    for path in source.synthetic:
        found = read_synthetic_scene(path)
        if scene_filter.synthetic_scene_tokens is not None or found.original_last_token in last_tokens:
            yield found.scene(read_map(maps_root, found.location))


def load_log(path: Path, maps_root: Path, scene_filter: SceneFilter) -> Iterator[Scene]:
    """The scenes of one log, in time order. Raises DataError as ``read_log`` and ``read_map`` do."""
    if scene_filter.num_history_frames != HISTORY_FRAMES:
        raise DataError(f"num_history_frames={scene_filter.num_history_frames}: a scene has {HISTORY_FRAMES}")
    for window in scene_windows(read_log(path), scene_filter):
        yield Scene(window, read_map(maps_root, window[HISTORY_FRAMES - 1].location))


def observe_scene(scene: Scene, sensor_root: Path, config: ObservationConfig) -> Observation:
    """What a planner may see of a scene, pictures read from below ``sensor_root``.

    Raises DataError naming the picture that is missing or broken, or the camera the log lacks.
    """
    return observe_frames(scene.frames[:HISTORY_FRAMES], sensor_root, config)


def observe_frames(history: Sequence[LogFrame], sensor_root: Path, config: ObservationConfig) -> Observation:
    """The observation at the last of four consecutive frames; see ``observe_scene``."""
    current = history[-1]
    views = [load_view(current, camera, sensor_root) for camera in config.cameras]
    return observe(current.token, views, ego_history(history), config)


def ego_history(history: Sequence[LogFrame]) -> EgoHistory:
    """Ego poses, velocities and accelerations of four consecutive frames."""
    poses = np.stack([frame.ego_pose_in_map for frame in history])
    return EgoHistory(
        poses=_relative(poses, poses[-1]),
        velocity=np.stack([frame.ego_velocity for frame in history]),
        acceleration=np.stack([frame.ego_acceleration for frame in history]),
        command=history[-1].driving_command,
    )


def _relative(
    poses: Float64[np.ndarray, "n 3"], origin: Float64[np.ndarray, "3"]
) -> Float64[np.ndarray, "n 3"]:
    """``map_to_local`` by the operations that the devkit uses, so that not even the last bit differs."""
    cos, sin = np.cos(-origin[2]), np.sin(-origin[2])
    relative = poses - origin[None]
    relative[..., :2] = relative[..., :2] @ np.array([[cos, -sin], [sin, cos]]).T
    relative[:, 2] = np.arctan2(np.sin(relative[:, 2]), np.cos(relative[:, 2]))
    return relative


def load_view(frame: LogFrame, camera: str, sensor_root: Path) -> CameraView:
    """A camera's picture of one frame. Raises DataError where log or picture are wanting."""
    if camera not in frame.cameras:
        raise DataError(f"log {frame.log_name}: frame {frame.token} has no {camera}")
    record = frame.cameras[camera]
    path = sensor_root / record.path
    try:
        with Image.open(path) as picture:
            image = np.asarray(picture.convert("RGB"))
    except (OSError, SyntaxError) as error:  # PIL raises SyntaxError at a broken PNG
        raise DataError(f"{path}: not a picture that can be read ({error})") from None
    return CameraView(
        image, record.intrinsics, record.sensor_to_lidar_rotation, record.sensor_to_lidar_translation
    )


def observe(
    token: str, views: Sequence[CameraView], ego: EgoHistory, config: ObservationConfig
) -> Observation:
    """An observation of one scene (B = 1) from its pictures and the ego's history.

    ``views`` come in the order of ``config.cameras``. Pictures are scaled to cover the configured
    size and cropped evenly; the intrinsics follow. Raises DataError where a view is missing.
    """
    if len(views) != len(config.cameras):
        raise DataError(f"scene {token}: {len(views)} pictures for {len(config.cameras)} cameras")
    resized = [_resize(view, config.image_height, config.image_width) for view in views]
    picture = (3, config.image_height, config.image_width)
    return Observation(
        tokens=(token,),
        images=torch.from_numpy(_stack([image for image, _ in resized], picture, np.uint8)).unsqueeze(0),
        intrinsics=_float32(_stack([intrinsics for _, intrinsics in resized], (3, 3), np.float32)),
        camera_to_ego=_float32(_stack([_mount(view) for view in views], (4, 4), np.float32)),
        ego_poses=_float32(ego.poses),
        ego_velocity=_float32(ego.velocity),
        ego_acceleration=_float32(ego.acceleration),
        command=_float32(ego.command),
    )


def _resize(
    view: CameraView, height: int, width: int
) -> tuple[UInt8[np.ndarray, "3 H W"], Float64[np.ndarray, "3 3"]]:
    rows, columns = view.image.shape[:2]
    scale = max(height / rows, width / columns)
    left, top = (columns - width / scale) / 2, (rows - height / scale) / 2
    box = (left, top, left + width / scale, top + height / scale)
    picture = Image.fromarray(view.image).resize((width, height), Image.Resampling.BILINEAR, box)
    crop_and_scale = np.array([[scale, 0, -left * scale], [0, scale, -top * scale], [0, 0, 1]])
    channels_first = np.ascontiguousarray(np.asarray(picture).transpose(2, 0, 1))
    return channels_first, crop_and_scale @ np.asarray(view.intrinsics, dtype=np.float64)


def _mount(view: CameraView) -> Float64[np.ndarray, "4 4"]:
    mount = np.eye(4)
    mount[:3, :3], mount[:3, 3] = view.rotation, view.translation
    return mount


def _stack(arrays: Sequence[np.ndarray], shape: tuple[int, ...], kind: type) -> np.ndarray:
    """Arrays of one shape along a new first axis, which may have length 0."""
    return np.asarray(arrays, dtype=kind).reshape(len(arrays), *shape)


def _float32(array: np.ndarray) -> Float[torch.Tensor, "1 *shape"]:
    return torch.from_numpy(np.asarray(array, dtype=np.float32)).unsqueeze(0)
