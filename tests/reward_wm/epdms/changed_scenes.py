"""Scenes changed in ways that should not matter: put elsewhere, in another order, with strangers far off."""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import shapely
import shapely.affinity
from jaxtyping import Float64
from shapely.geometry.base import BaseGeometry

from driving.frames import local_to_map, points_to_map
from driving.log_frame import LogFrame
from driving.map_data import MapData
from driving.scene import Scene


def placed(map_data: MapData, motion: Float64[np.ndarray, "3"]) -> MapData:
    """The map turned and moved by a pose (3,)."""
    cos, sin = math.cos(motion[2]), math.sin(motion[2])

    def move(area: BaseGeometry) -> BaseGeometry:
        return shapely.affinity.affine_transform(area, [cos, -sin, sin, cos, motion[0], motion[1]])

    lanes = {
        key: replace(lane, polygon=move(lane.polygon), baseline=points_to_map(lane.baseline, motion))
        for key, lane in map_data.lanes.items()
    }
    blocks = {key: replace(block, polygon=move(block.polygon)) for key, block in map_data.roadblocks.items()}
    intersections = {key: move(area) for key, area in map_data.intersections.items()}
    carparks = {key: move(area) for key, area in map_data.carparks.items()}
    return replace(map_data, lanes=lanes, roadblocks=blocks, intersections=intersections, carparks=carparks)


def placed_scene(scene: Scene, motion: Float64[np.ndarray, "3"]) -> Scene:
    """The scene with map and log turned and moved; boxes are relative to the ego and stay."""
    frames = [replace(f, ego_pose_in_map=local_to_map(f.ego_pose_in_map, motion)) for f in scene.frames]
    return replace(scene, frames=tuple(frames), map=placed(scene.map, motion))


def changed(scene: Scene, change: Callable[[LogFrame], LogFrame]) -> Scene:
    """The scene with every frame changed."""
    return replace(scene, frames=tuple(change(frame) for frame in scene.frames))


def reordered(frame: LogFrame, order: list[int]) -> LogFrame:
    """Its agents in another order; ``order`` may name more than there are."""
    rows = [row for row in order if row < len(frame.names)]
    return replace(
        frame,
        boxes=frame.boxes[rows],
        velocities=frame.velocities[rows],
        names=tuple(frame.names[row] for row in rows),
        track_tokens=tuple(frame.track_tokens[row] for row in rows),
    )


def with_far_agents(frame: LogFrame) -> LogFrame:
    """A car and a cone half a kilometre off."""
    boxes = np.array(
        [[500.0, 0.0, 0.8, 4.6, 1.9, 1.6, 0.3], [0.0, -500.0, 0.4, 0.4, 0.4, 0.8, 0.0]], np.float32
    )
    return replace(
        frame,
        boxes=np.concatenate([frame.boxes, boxes]),
        velocities=np.concatenate(
            [frame.velocities, np.array([[8.0, 2.5, 0.0], [0.0, 0.0, 0.0]], np.float32)]
        ),
        names=(*frame.names, "vehicle", "traffic_cone"),
        track_tokens=(*frame.track_tokens, "far car", "far cone"),
    )
