"""What the log says of the next four seconds, at 10 Hz: agents, red lights, and the ego's past.

Reproduces the devkit's metric caching. Annotations every half second are interpolated linearly
between a track's first and last appearance, gaps bridged; size, class and speed class are those of
the first one. Quirks: a track that is annotated in a single frame is present all the time; agents
that overlap the ego's box at the start are removed for good.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float64, Int64
from torch import Tensor

from driving.errors import DataError
from driving.frames import wrap_angle
from driving.log_frame import LogFrame
from driving.scene import Scene
from reward_wm.epdms.polygons import Polygons
from reward_wm.epdms.red_lights import RedLights
from reward_wm.epdms.reference_poses import interpolation_weights
from reward_wm.epdms.states import (
    CENTRE_OFFSET_M,
    HALF_LENGTH_M,
    HALF_WIDTH_M,
    SAMPLES,
    STATE_FIELDS,
)
from reward_wm.epdms.traffic import Traffic, boxes_meet

SAMPLES_A_FRAME = 5
ROAD_USERS = ("vehicle", "pedestrian", "bicycle")
STOPPED_MPS = 5e-2


@dataclass(frozen=True)
class Annotations:
    """The boxes of one frame in the scene frame."""

    poses: Float64[np.ndarray, "A 3"]
    half_size: Float64[np.ndarray, "A 2"]
    speed_mps: Float64[np.ndarray, "A"]
    """Zero for static objects."""
    velocity: Float64[np.ndarray, "A 2"]
    is_road_user: Bool[np.ndarray, "A"]
    names: tuple[str, ...]
    tokens: tuple[str, ...]

    @classmethod
    def of(cls, frame: LogFrame, origin: Float64[np.ndarray, "2"]) -> "Annotations":
        """What a frame annotates; ``origin`` is the scene frame's, in the map frame."""
        boxes = np.asarray(frame.boxes, dtype=np.float64).reshape(-1, 7)
        velocities = np.asarray(frame.velocities, dtype=np.float64).reshape(-1, 3)
        heading = frame.ego_pose_in_map[2]
        rotation = np.array([[np.cos(heading), np.sin(heading)], [-np.sin(heading), np.cos(heading)]])
        position = boxes[:, :2] @ rotation + (frame.ego_pose_in_map[:2] - origin)
        is_road_user = np.array([name in ROAD_USERS for name in frame.names], dtype=bool)
        velocity = velocities[:, :2] @ rotation * is_road_user[:, None]
        return cls(
            np.column_stack([position, wrap_angle(boxes[:, 6] + heading)]),
            boxes[:, 3:5] / 2.0,
            np.hypot(velocity[:, 0], velocity[:, 1]),
            velocity,
            is_road_user,
            frame.names,
            frame.track_tokens,
        )


@dataclass(frozen=True)
class LoggedTracks:
    """Every track of the current and the next four seconds."""

    tokens: tuple[str, ...]
    traffic: Traffic
    overlaps_ego: Bool[Tensor, "A"]
    """At the start: what log replay leaves out."""
    is_vehicle: Bool[Tensor, "A"]
    is_current: Bool[Tensor, "A"]
    """Annotated in the current frame; these come first, in the order of the log."""
    velocity: Float64[Tensor, "A 2"]
    """At the first appearance; zero for static objects."""

    @property
    def replayed(self) -> Traffic:
        """Log replay."""
        return self.traffic.keep(~self.overlaps_ego)

    def kept_first(self) -> Int64[Tensor, "A"]:
        """All rows, those that overlap the ego at the end."""
        return torch.cat([(~self.overlaps_ego).nonzero(), self.overlaps_ego.nonzero()])[:, 0]


def logged_tracks(scene: Scene, samples: int = SAMPLES) -> LoggedTracks:
    """All tracks of so many samples in the order of their first appearance.

    Raises DataError where a frame annotates a track twice.
    """
    origin = scene.current.ego_pose_in_map[:2]
    frames = (scene.current, *scene.future[: samples // SAMPLES_A_FRAME])
    annotations = [Annotations.of(frame, origin) for frame in frames]
    seen: dict[str, list[tuple[int, int]]] = {}
    for step, annotation in enumerate(annotations):
        for row, token in enumerate(annotation.tokens):
            if token in annotation.tokens[:row]:
                raise DataError(
                    f"scene {scene.token}: frame {frames[step].token} annotates track {token} twice"
                )
            seen.setdefault(token, []).append((step, row))
    traffic = _stack([_track(annotations, places, samples) for places in seen.values()], samples)
    first = [(annotations[places[0][0]], *places[0]) for places in seen.values()]
    velocity = np.array([annotation.velocity[row] for annotation, _, row in first]).reshape(-1, 2)
    return LoggedTracks(
        tokens=tuple(seen),
        traffic=traffic,
        overlaps_ego=overlaps_ego(traffic, float(scene.current.ego_pose_in_map[2])),
        is_vehicle=torch.tensor([a.names[row] == "vehicle" for a, _, row in first], dtype=torch.bool),
        is_current=torch.tensor([step == 0 for _, step, _ in first], dtype=torch.bool),
        velocity=torch.from_numpy(velocity),
    )


def replay_red_lights(scene: Scene, route_lane_ids: Sequence[str]) -> tuple[RedLights, tuple[str, ...]]:
    """Connectors of the route that are red some time, and their ids. A state holds half a second."""
    frames = (scene.current, *scene.future[: SAMPLES // SAMPLES_A_FRAME])
    on_route = set(route_lane_ids)
    red_at = [{lane for lane, is_red in frame.traffic_lights if is_red} & on_route for frame in frames]
    ids = tuple(sorted(set().union(*red_at)))
    frame_of_sample = torch.arange(SAMPLES) // SAMPLES_A_FRAME
    is_red = torch.tensor([[lane in red for red in red_at] for lane in ids], dtype=torch.bool)
    is_red = is_red.reshape(len(ids), len(frames))[:, frame_of_sample]
    geometries = [scene.map.lanes[lane].polygon for lane in ids]
    return RedLights(Polygons.of(geometries, scene.current.ego_pose_in_map[:2]), is_red), ids


def current_state(scene: Scene) -> Float64[Tensor, "S"]:
    """The logged state at the current moment; steering and turning are zero, unknown as they are."""
    return torch.from_numpy(_logged_states([scene.current], scene.current.ego_pose_in_map)[0])


def history(scene: Scene) -> Float64[Tensor, "n S"]:
    """The past at 10 Hz, from the oldest frame on; the last 0.2 s are missing (a quirk)."""
    frames = scene.frames[: len(scene.frames) - len(scene.future)]
    states = _logged_states(frames, scene.current.ego_pose_in_map)
    states[:, 2] = np.unwrap(states[:, 2])
    times_us = np.array([frame.timestamp_us for frame in frames])
    samples_us = np.arange(times_us[0], times_us[-1], 100_000)[:-1]
    return interpolation_weights(times_us, samples_us) @ torch.from_numpy(states)


def _logged_states(
    frames: Sequence[LogFrame], origin: Float64[np.ndarray, "3"]
) -> Float64[np.ndarray, "n S"]:
    states = np.zeros((len(frames), STATE_FIELDS))
    for row, frame in enumerate(frames):
        states[row, :2] = frame.ego_pose_in_map[:2] - origin[:2]
        states[row, 2] = frame.ego_pose_in_map[2]
        states[row, 3:5] = np.asarray(frame.ego_velocity, dtype=np.float32)
        states[row, 5:7] = np.asarray(frame.ego_acceleration, dtype=np.float32)
    return states


def _track(
    annotations: Sequence[Annotations], places: Sequence[tuple[int, int]], count: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, bool, bool]:
    """Poses, presence, half size, road user or not, stopped or not, of one track."""
    first = annotations[places[0][0]], places[0][1]
    steps = np.array([step for step, _ in places])
    poses = np.stack([annotations[step].poses[row] for step, row in places])
    poses[:, 2] = np.unwrap(poses[:, 2])
    samples = np.arange(count)
    at = steps * SAMPLES_A_FRAME
    dense = np.column_stack([np.interp(samples, at, poses[:, axis]) for axis in range(3)])
    present = (samples >= at[0]) & (samples <= at[-1]) | (len(set(steps)) == 1)
    is_stopped = bool(first[0].speed_mps[first[1]] <= STOPPED_MPS)
    is_road_user = bool(first[0].is_road_user[first[1]])
    return dense * present[:, None], present, first[0].half_size[first[1]], is_road_user, is_stopped


def _stack(tracks: Sequence[tuple[np.ndarray, np.ndarray, np.ndarray, bool, bool]], samples: int) -> Traffic:
    count = len(tracks)
    poses, present, sizes, road_users, stopped = zip(*tracks, strict=True) if count else [[]] * 5
    return Traffic(
        torch.from_numpy(np.array(poses, dtype=np.float64).reshape(count, samples, 3)),
        torch.from_numpy(np.array(present, dtype=bool).reshape(count, samples)),
        torch.from_numpy(np.array(sizes, dtype=np.float64).reshape(count, 2)),
        torch.tensor(road_users, dtype=torch.bool),
        torch.tensor(stopped, dtype=torch.bool),
    )


def overlaps_ego(traffic: Traffic, heading_rad: float) -> Bool[Tensor, "A"]:
    """Whose box meets the ego's at the start; the ego heads to ``heading_rad`` at the scene's origin."""
    cos, sin = np.cos(heading_rad), np.sin(heading_rad)
    pose = traffic.poses.new_tensor([CENTRE_OFFSET_M * cos, CENTRE_OFFSET_M * sin, heading_rad])
    size = pose.new_tensor([HALF_LENGTH_M, HALF_WIDTH_M]).expand(len(traffic.poses), 2)
    meets = boxes_meet(pose.expand(len(size), 3), size, traffic.poses[:, 0], traffic.half_size)
    return meets & traffic.present[:, 0]
