"""Everything an example teaches, made from a scene by rule: for training, never for a planner."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Float32, Int64
from shapely.geometry import Polygon
from torch import Tensor

from driving.data.bev_raster import rasterise
from driving.data.data_config import DataConfig
from driving.data.driver_answer import driver_answer
from driving.data.map_index import MapIndex
from driving.data.map_polylines import map_polylines
from driving.data.meta_actions import meta_action
from driving.frames import points_to_map
from driving.log_frame import LogFrame
from driving.observation import Observation
from driving.scene import Scene
from driving.targets import (
    DETECTION_CLASSES,
    LATERAL_ACTIONS,
    LONGITUDINAL_ACTIONS,
    Example,
    PerceptionTargets,
)
from driving.types import PLAN_POSES


@dataclass(frozen=True)
class Lesson:
    """What one scene (B = 1) teaches: an ``Example`` without what was seen."""

    expert: Float32[Tensor, "1 F 3"]
    """NaN where nobody knows how the ego goes on."""
    targets: PerceptionTargets
    answer: str


def make_example(scene: Scene, observation: Observation, config: DataConfig) -> Example:
    """A training example (B = 1) of a scene and what was seen of it; errors as ``make_lesson``."""
    lesson = make_lesson(scene, config)
    return Example(observation, lesson.expert, lesson.targets, (lesson.answer,))


def make_lesson(scene: Scene, config: DataConfig) -> Lesson:
    """What a scene teaches.

    A synthetic scene that nobody drives on in teaches no driving: its expert is NaN, its actions are -1.
    Raises ValueError where the log ends before the expert's last pose.
    """
    is_driven = scene.frames_without_ego == 0
    expert = scene.human_poses(PLAN_POSES) if is_driven else np.full((PLAN_POSES, 3), np.nan)
    action = meta_action(scene) if is_driven else None
    index = MapIndex.of(scene.map)
    window = grid_outline(scene.current, config)
    bev = rasterise(scene.current, index, window, config)
    boxes, box_classes = nearest_boxes(scene.current, config)
    polylines, polyline_classes = map_polylines(scene.current, index, window, config)
    arrays = (bev, boxes, box_classes, polylines, polyline_classes)
    targets = PerceptionTargets(
        *(torch.from_numpy(array).unsqueeze(0) for array in arrays),
        longitudinal=torch.tensor([LONGITUDINAL_ACTIONS.index(action.longitudinal) if action else -1]),
        lateral=torch.tensor([LATERAL_ACTIONS.index(action.lateral) if action else -1]),
    )
    answer = driver_answer(scene, action, expert) if action else ""
    return Lesson(torch.from_numpy(expert).float().unsqueeze(0), targets, answer)


def nearest_boxes(
    frame: LogFrame, config: DataConfig
) -> tuple[Float[np.ndarray, "A 6"], Int64[np.ndarray, "A"]]:
    """Objects whose centre lies in the grid, nearest first; padded with 0 and -1.

    x, y [m], heading [rad], length, width [m], speed [m/s] in the ego frame, and the index in
    ``DETECTION_CLASSES``.
    """
    distance = np.linalg.norm(frame.boxes[:, :2], axis=1)
    inside = np.abs(config.bev_area.to_unit(frame.boxes[:, :2])).max(axis=1, initial=0.0) <= 1
    order = np.argsort(distance, kind="stable")
    rows = order[inside[order]][: config.max_boxes]
    boxes = np.zeros((config.max_boxes, 6), dtype=np.float32)
    classes = np.full(config.max_boxes, -1, dtype=np.int64)
    boxes[: len(rows), :2] = frame.boxes[rows, :2]
    boxes[: len(rows), 2] = frame.boxes[rows, 6]
    boxes[: len(rows), 3:5] = frame.boxes[rows, 3:5]
    boxes[: len(rows), 5] = np.linalg.norm(frame.velocities[rows, :2], axis=1)
    names = [frame.names[row] for row in rows]
    known = [name if name in DETECTION_CLASSES else "static" for name in names]
    classes[: len(rows)] = [DETECTION_CLASSES.index(name) for name in known]
    return boxes, classes


def grid_outline(frame: LogFrame, config: DataConfig) -> Polygon:
    """The area of the grid, in the map frame."""
    corners = config.bev_area.to_metres(np.array([[1.0, 1.0], [-1.0, 1.0], [-1.0, -1.0], [1.0, -1.0]]))
    return Polygon(points_to_map(corners, frame.ego_pose_in_map))
