"""Hand-made scenes, named by what they show. Map frame, metres; the ego starts near the origin.

A world is a map, the ego's path and speed, and actors on paths of their own. ``scene(...)`` turns
them into a ``Scene`` of 4 observed and 10 future frames at 2 Hz, the current one being frame 3.
"""

import hashlib
import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from driving.frames import map_to_local
from driving.log_frame import CameraRecord, LogFrame
from driving.map_data import MapData, MapLane
from driving.scene import Scene
from driving.types import CAMERA_NAMES, HISTORY_FRAMES
from tests.world_maps import (
    ARM_END_M,
    HALF_CROSSING_M,
    crossing_connector,
    crossing_map,
    line,
    straight_map,
)

FUTURE_FRAMES = 10
FRAME_S = 0.5
FRONT_M = 4.049
"""From the rear axle to the front bumper."""
SIZES_M = {
    "vehicle": (4.8, 2.0, 1.6),
    "pedestrian": (0.7, 0.7, 1.8),
    "bicycle": (1.8, 0.7, 1.8),
    "traffic_cone": (0.4, 0.4, 0.8),
    "barrier": (0.5, 2.0, 1.0),
    "czone_sign": (0.5, 0.5, 1.5),
    "generic_object": (1.0, 1.0, 1.0),
}


@dataclass(frozen=True)
class Drive:
    """A motion along a path (V, 2): ``start_m`` is the arc length at the current frame (t = 0).

    Speed is ``speed_mps + acceleration_mps2 * t``, never below zero: who brakes, stays stopped.
    """

    path: np.ndarray
    start_m: float
    speed_mps: float
    acceleration_mps2: float = 0.0

    def at(self, time_s: float) -> tuple[np.ndarray, float, float]:
        """Pose (3,) in the map frame, speed [m/s] and acceleration [m/s^2] at ``time_s``."""
        moving_s, acceleration = time_s, self.acceleration_mps2
        if self.speed_mps + acceleration * time_s < 0.0:
            moving_s, acceleration = -self.speed_mps / acceleration, 0.0
        speed = self.speed_mps + self.acceleration_mps2 * moving_s
        travelled = self.speed_mps * moving_s + self.acceleration_mps2 * moving_s**2 / 2
        return _pose_on(self.path, self.start_m + travelled), speed, acceleration


@dataclass(frozen=True)
class Actor:
    """A road user or object; the drive moves the centre of its box."""

    track_token: str
    kind: str
    drive: Drive


def scene(
    world_map: MapData,
    ego: Drive,
    route: tuple[str, ...],
    actors: tuple[Actor, ...] = (),
    red: tuple[str, ...] = (),
    command: str = "straight",
    name: str = "hand_made",
    future_frames: int = FUTURE_FRAMES,
) -> Scene:
    """A scene of ``ego`` among ``actors``, with the lane connectors ``red`` red throughout."""
    lights = tuple((lane.id, lane.id in red) for lane in world_map.lanes.values() if lane.is_connector)
    frames = [
        _frame(index, ego, actors, command, name, world_map.location)
        for index in range(HISTORY_FRAMES + future_frames)
    ]
    return Scene(
        tuple(replace(frame, roadblock_ids=route, traffic_lights=lights) for frame in frames),
        world_map,
    )


def straight_road(
    speed_mps: float = 8.0,
    acceleration_mps2: float = 0.0,
    actors: tuple[Actor, ...] = (),
    name: str = "straight_road",
) -> Scene:
    """Right lane of two at y = 0; the left lane is at y = 3.5, an oncoming one at y = 7."""
    ego = Drive(line((-60.0, 0.0), (240.0, 0.0)), 60.0, speed_mps, acceleration_mps2)
    return scene(straight_map(), ego, ("100",), actors, name=name)


def standing_still() -> Scene:
    """On the straight road, not moving."""
    return straight_road(speed_mps=0.0, name="standing_still")


def stopped_car_ahead(gap_m: float = 12.0, speed_mps: float = 6.0) -> Scene:
    """A stopped car ``gap_m`` before the front bumper at t = 0; the expert stops short."""
    centre_m = 60.0 + FRONT_M + gap_m + 2.4
    car = Actor("car", "vehicle", Drive(line((-60.0, 0.0), (240.0, 0.0)), centre_m, 0.0))
    braking = -(speed_mps**2) / (2 * max(gap_m - 2.0, 0.5))
    return straight_road(speed_mps, braking, (car,), "stopped_car_ahead")


def car_in_front(gap_m: float = 15.0, speed_mps: float = 8.0) -> Scene:
    """A car as fast as the ego, ``gap_m`` before its bumper."""
    centre_m = 60.0 + FRONT_M + gap_m + 2.4
    car = Actor("car", "vehicle", Drive(line((-60.0, 0.0), (240.0, 0.0)), centre_m, speed_mps))
    return straight_road(speed_mps, 0.0, (car,), "car_in_front")


def pedestrian_crosses(distance_m: float = 18.0) -> Scene:
    """A pedestrian walks over the road ``distance_m`` before the rear axle; the expert brakes."""
    path = line((distance_m, -6.0), (distance_m, 12.0))
    walker = Actor("walker", "pedestrian", Drive(path, 4.0, 1.2))
    return straight_road(7.0, -2.5, (walker,), "pedestrian_crosses")


def lane_change_left(speed_mps: float = 8.0) -> Scene:
    """From the right lane into the left one within four seconds."""
    x = np.arange(-60.0, 240.0, 1.0)
    y = 3.5 * (1 - np.cos(np.pi * np.clip((x - 2.0) / 26.0, 0.0, 1.0))) / 2
    ego = Drive(np.stack([x, y], axis=1), 60.0, speed_mps)
    return scene(straight_map(), ego, ("100",), command="left", name="lane_change_left")


def crossing_with_red_light(
    speed_mps: float = 6.0, distance_to_line_m: float = 15.0, stops: bool = True
) -> Scene:
    """Before a signalised crossing, straight on, red for the ego; the expert stops, or not.

    ``distance_to_line_m`` is from the front bumper to the end of the lane at t = 0.
    """
    return _straight_over_crossing(speed_mps, distance_to_line_m, stops, red=True)


def crossing_with_green_light(speed_mps: float = 6.0, distance_to_line_m: float = 15.0) -> Scene:
    """The same crossing, green: the expert drives on."""
    return _straight_over_crossing(speed_mps, distance_to_line_m, stops=False, red=False)


def approaching_crossing(arm: str = "west", speed_mps: float = 5.0) -> Scene:
    """Straight on towards the crossing from ``arm``, the front 12 m before the line, green."""
    out = {"west": "east", "east": "west", "north": "south", "south": "north"}[arm]
    return _over_crossing(crossing_connector(arm, out), speed_mps, 12.0, name=f"from_{arm}")


def turning_at_crossing(side: str = "left", speed_mps: float = 5.0) -> Scene:
    """A turn to ``side`` (left, right) at the crossing, green; the front is 2 m before the line."""
    out = {"left": "north", "right": "south"}[side]
    connector = crossing_connector("west", out)
    return _over_crossing(connector, speed_mps, 2.0, command=side, name=f"turning_{side}")


def _straight_over_crossing(speed_mps: float, distance_to_line_m: float, stops: bool, red: bool) -> Scene:
    braking = -(speed_mps**2) / (2 * max(distance_to_line_m - 1.0, 0.5)) if stops else 0.0
    connector = crossing_connector("west", "east")
    reds = crossing_map().lanes[connector.incoming[0]].outgoing if red else ()
    name = "crossing_" + ("red" if red else "green") + ("_stops" if stops else "")
    return _over_crossing(connector, speed_mps, distance_to_line_m, braking, reds, name=name)


def _over_crossing(
    connector: MapLane,
    speed_mps: float,
    distance_to_line_m: float,
    acceleration_mps2: float = 0.0,
    red: tuple[str, ...] = (),
    command: str = "straight",
    name: str = "crossing",
) -> Scene:
    world_map = crossing_map()
    approach, leave = (world_map.lanes[i[0]] for i in (connector.incoming, connector.outgoing))
    path = np.concatenate([approach.baseline, connector.baseline[1:], leave.baseline[1:]])
    start_m = ARM_END_M - HALF_CROSSING_M - FRONT_M - distance_to_line_m
    ego = Drive(path, start_m, speed_mps, acceleration_mps2)
    route = (approach.roadblock_id, connector.roadblock_id, leave.roadblock_id)
    return scene(world_map, ego, route, (), red, command, name)


def _frame(
    index: int, ego: Drive, actors: tuple[Actor, ...], command: str, name: str, location: str
) -> LogFrame:
    time_s = (index - (HISTORY_FRAMES - 1)) * FRAME_S
    pose, speed, acceleration = ego.at(time_s)
    boxes, velocities = np.zeros((len(actors), 7)), np.zeros((len(actors), 3))
    for row, actor in enumerate(actors):
        actor_pose, actor_speed, _ = actor.drive.at(time_s)
        x, y, heading = map_to_local(actor_pose, pose)
        length, width, height = SIZES_M[actor.kind]
        boxes[row] = (x, y, height / 2, length, width, height, heading)
        velocities[row, :2] = actor_speed * math.cos(heading), actor_speed * math.sin(heading)
    token = hashlib.sha256(name.encode()).hexdigest()[:12] + f"{index:04x}"
    return LogFrame(
        token=token,
        timestamp_us=1_600_000_000_000_000 + index * 500_000,
        log_name=name,
        location=location,
        roadblock_ids=(),
        traffic_lights=(),
        ego_pose_in_map=pose,
        ego_velocity=np.array([speed, 0.0], dtype=np.float32),
        ego_acceleration=np.array([acceleration, 0.0], dtype=np.float32),
        driving_command=np.eye(4, dtype=np.float32)[("left", "straight", "right").index(command)],
        boxes=boxes.astype(np.float32),
        names=tuple(actor.kind for actor in actors),
        velocities=velocities.astype(np.float32),
        track_tokens=tuple(actor.track_token for actor in actors),
        cameras={camera: camera_record(name, camera, token) for camera in CAMERA_NAMES},
        lidar_path=None,
    )


def camera_record(log_name: str, camera: str, token: str) -> CameraRecord:
    """A camera 1.6 m above the rear axle, pinhole, 480 x 270 pixels."""
    yaw = math.radians({"F": 0, "L": 55, "R": -55, "B": 180}[camera[4]] * (1 + int(camera[5])))
    forward, right = (math.cos(yaw), math.sin(yaw), 0.0), (math.sin(yaw), -math.cos(yaw), 0.0)
    return CameraRecord(
        path=Path(log_name) / camera / f"{token}.jpg",
        sensor_to_lidar_rotation=np.stack([right, (0.0, 0.0, -1.0), forward], axis=1),
        sensor_to_lidar_translation=np.array([1.6, 0.0, 1.6]),
        intrinsics=np.array([[384.0, 0.0, 240.0], [0.0, 384.0, 135.0], [0.0, 0.0, 1.0]]),
        distortion=np.zeros(5),
    )


def _pose_on(path: np.ndarray, distance_m: float) -> np.ndarray:
    steps = np.linalg.norm(np.diff(path, axis=0), axis=1)
    arc_length = np.concatenate([[0.0], np.cumsum(steps)])
    if not 0.0 <= distance_m <= arc_length[-1]:
        raise ValueError(f"{distance_m:.1f} m is beyond a path of {arc_length[-1]:.1f} m")
    segment = min(int(np.searchsorted(arc_length, distance_m, side="right")) - 1, len(steps) - 1)
    x, y = (np.interp(distance_m, arc_length, path[:, axis]) for axis in (0, 1))
    direction = path[segment + 1] - path[segment]
    return np.array([x, y, math.atan2(direction[1], direction[0])])
