"""What a scene's log says at the 41 simulated samples, track by track and sample by sample.

Scene frame: axes of the map, origin on the ego's rear axle at the current moment.
"""

import math
from dataclasses import dataclass

import numpy as np
import shapely
import shapely.affinity
from shapely.geometry.base import BaseGeometry

from driving.log_frame import LogFrame
from driving.scene import Scene
from tests.reference.knife_edges import KnifeEdges
from tests.reference.slow_geometry import box, ego_box

SAMPLES, SAMPLES_A_FRAME, FRAMES = 41, 5, 9
ROAD_USERS = ("vehicle", "pedestrian", "bicycle")


@dataclass(frozen=True)
class SlowAgent:
    """Another road user or a static object."""

    token: str
    is_road_user: bool
    is_stopped: bool
    """At its first appearance, or a static object."""
    boxes: list[shapely.Polygon | None]
    """At each sample; None while it is absent."""


def start_state(frame: LogFrame, origin: np.ndarray) -> np.ndarray:
    """A logged ego state (11,); steering and turning are unknown, zero."""
    x, y, heading = frame.ego_pose_in_map
    motion = [float(value) for value in (*frame.ego_velocity, *frame.ego_acceleration)]
    return np.array([x - origin[0], y - origin[1], heading, *motion, 0.0, 0.0, 0.0, 0.0])


def past_states(scene: Scene) -> list[np.ndarray]:
    """States every 0.1 s from the oldest frame on, without the last two tenths."""
    frames = scene.frames[:4]
    times = [frame.timestamp_us for frame in frames]
    states = [start_state(frame, scene.current.ego_pose_in_map) for frame in frames]
    for before, after in zip(states[:-1], states[1:], strict=True):
        after[2] = unwrapped(after[2], before[2])
    moments = list(range(times[0], times[-1], 100_000))[:-1]
    return [np.array([np.interp(t, times, column) for column in np.transpose(states)]) for t in moments]


def replayed_agents(scene: Scene, edges: KnifeEdges) -> list[SlowAgent]:
    """Everybody who is seen within four seconds, but for those in whose box the ego starts."""
    frames = scene.frames[3 : 3 + FRAMES]
    tokens = dict.fromkeys(token for frame in frames for token in frame.track_tokens)
    agents = [_agent(token, frames, edges) for token in tokens]
    ego = ego_box(start_state(scene.current, scene.current.ego_pose_in_map))
    return [
        agent
        for agent in agents
        if agent.boxes[0] is None or not edges.meet(ego, agent.boxes[0], "overlap at the start")
    ]


def red_areas(scene: Scene) -> list[list[shapely.Polygon]]:
    """At each sample the polygons of the connectors of the logged route that are red."""
    blocks = [scene.map.roadblocks[block] for block in scene.current.roadblock_ids]
    on_route = {lane for block in blocks for lane in block.lane_ids}
    areas = []
    for sample in range(SAMPLES):
        lights = scene.frames[3 + sample // SAMPLES_A_FRAME].traffic_lights
        red = {lane for lane, is_red in lights if is_red and lane in on_route}
        areas.append([in_scene(scene, scene.map.lanes[lane].polygon) for lane in sorted(red)])
    return areas


def in_scene(scene: Scene, area: BaseGeometry) -> BaseGeometry:
    """A geometry of the map in the scene frame."""
    x, y, _ = scene.current.ego_pose_in_map
    return shapely.affinity.translate(area, -x, -y)


def unwrapped(angle: float, before: float) -> float:
    """The angle, whole turns added or taken off, that is nearest to ``before``."""
    return angle - 2 * math.pi * round((angle - before) / (2 * math.pi))


def _agent(token: str, frames: tuple[LogFrame, ...], edges: KnifeEdges) -> SlowAgent:
    seen = {
        i: frame.track_tokens.index(token) for i, frame in enumerate(frames) if token in frame.track_tokens
    }
    poses = {i: _pose(frames[i], row, frames[0].ego_pose_in_map) for i, row in seen.items()}
    first, last = min(seen), max(seen)
    frame, row = frames[first], seen[first]
    is_road_user = frame.names[row] in ROAD_USERS
    speed = math.hypot(*(float(value) for value in frame.velocities[row][:2]))
    half = [float(size) / 2 for size in frame.boxes[row][3:5]]
    boxes: list[shapely.Polygon | None] = []
    for sample in range(SAMPLES):
        at = sample / SAMPLES_A_FRAME
        if first == last:
            boxes.append(box(*poses[first], *half))
        elif first <= at <= last:
            boxes.append(box(*_between(poses, at), *half))
        else:
            boxes.append(None)
    stopped = not is_road_user or not edges.above(speed, 0.05, "speed of an agent")
    return SlowAgent(token, is_road_user, stopped, boxes)


def _pose(frame: LogFrame, row: int, origin: np.ndarray) -> tuple[float, float, float]:
    """Of an annotated box, in the scene frame."""
    x, y, heading = (float(frame.boxes[row][column]) for column in (0, 1, 6))
    ego_x, ego_y, turn = frame.ego_pose_in_map
    return (
        ego_x - origin[0] + math.cos(turn) * x - math.sin(turn) * y,
        ego_y - origin[1] + math.sin(turn) * x + math.cos(turn) * y,
        heading + turn,
    )


def _between(poses: dict[int, tuple[float, float, float]], at: float) -> list[float]:
    """Linearly between the annotations before and after ``at``, the shorter way round."""
    before = max(frame for frame in poses if frame <= at)
    after = min((frame for frame in poses if frame >= at), default=before)
    if before == after:
        return list(poses[before])
    share = (at - before) / (after - before)
    one, other = poses[before], list(poses[after])
    other[2] = unwrapped(other[2], one[2])
    return [a + share * (b - a) for a, b in zip(one, other, strict=True)]
