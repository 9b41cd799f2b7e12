"""Scenes that Hypothesis draws: an ego among agents of all classes, lights and routes, and plans for it.

Everything follows from a few drawn numbers. Two scenes of one log, half a second apart, so that extended
comfort has what it compares.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from hypothesis import strategies as st

from driving.frames import local_to_map
from driving.log_frame import LogFrame
from driving.scene import Scene
from driving.types import CAMERA_NAMES
from tests.reward_wm.epdms.changed_scenes import placed
from tests.reward_wm.epdms.drawn_actors import FRAMES, NOW, drawn_actors
from tests.reward_wm.epdms.drawn_plans import Line, Motion, drawn_manoeuvres
from tests.reward_wm.epdms.drawn_roads import Roads, Way, drawn_roads
from tests.worlds import camera_record

SCENE_FRAMES = 14
SAMPLINGS = ((0.5, 8), (0.1, 40))
"""Seconds between the poses of a plan, and their number."""
START_US = 1_600_000_000_000_000
PLACES = ((0.0, 0.0, 0.0), (331_234.5, 4_690_123.4, 2.6), (-310.7, 95.2, -1.1))
"""Where on the map, and how turned."""


@dataclass(frozen=True)
class DrawnLog:
    """A log of two scenes, and plans of equal number for each."""

    before: Scene
    now: Scene
    poses_before: torch.Tensor
    """(P, F, 3), ego frame."""
    poses_now: torch.Tensor
    interval_s: float

    def _repr_pretty_(self, printer: Any, _: bool) -> None:
        """For Hypothesis, short: what a log is made of fills pages."""
        frame = self.now.current
        agents = ", ".join(f"{token} {name}" for token, name in zip(frame.track_tokens, frame.names))
        route, plans = " ".join(frame.roadblock_ids), f"{len(self.poses_now)} plans every {self.interval_s} s"
        printer.text(f"DrawnLog(ego {frame.ego_pose_in_map}, route {route}, agents {agents}, {plans})")


@st.composite
def drawn_logs(
    draw: st.DrawFn,
    max_plans: int = 3,
    samplings: Sequence[tuple[float, int]] = SAMPLINGS,
) -> DrawnLog:
    """Logs on drawn roads, with plans of so many seconds and poses."""
    roads = draw(drawn_roads())
    way = draw(st.sampled_from(roads.ways))
    line, motion = Line(way.line), draw(_motions())
    aside = draw(st.sampled_from((0.4,) * 6 + (9.0, 9.0, 130.0))) * draw(st.floats(-1.0, 1.0)) + 0.0119
    turned = draw(st.just(0.0) | st.just(0.0) | st.floats(-0.6, 0.6))
    times = 0.5 * (np.arange(FRAMES) - NOW)
    poses = line.at(motion.distance_m(times), aside) + np.array([0.0, 0.0, turned])
    number = draw(st.integers(1, max_plans))
    manoeuvres = [draw(drawn_manoeuvres(motion.speed_mps)) for _ in range(number)]
    interval, count = draw(st.sampled_from(samplings))
    ahead = interval * np.arange(1, count + 1)
    plans = [
        [
            m.poses(poses[frame], line, float(motion.distance_m(times[frame])), aside, ahead)
            for m in manoeuvres
        ]
        for frame in (NOW, NOW + 1)
    ]
    place = np.array(draw(st.sampled_from(PLACES)))
    frames = _frames(draw, roads, way, motion, local_to_map(poses, place))
    town = placed(roads.map, place)
    return DrawnLog(
        Scene(frames[:SCENE_FRAMES], town),
        Scene(frames[1:], town),
        torch.from_numpy(np.array(plans[0])),
        torch.from_numpy(np.array(plans[1])),
        interval,
    )


@st.composite
def _motions(draw: st.DrawFn) -> Motion:
    """Mostly forward, sometimes standing or backwards; sometimes from the middle of a junction."""
    speed = draw(st.floats(1.0, 14.0) | st.floats(1.5, 6.0) | st.just(0.0) | st.floats(-3.0, -0.2))
    start = draw(st.floats(30.0, 170.0) | st.floats(70.0, 108.0) | st.floats(70.0, 108.0))
    return Motion(start, speed, draw(st.just(0.0) | st.floats(-3.0, 2.0)) if speed else 0.0)


def _frames(
    draw: st.DrawFn, roads: Roads, way: Way, motion: Motion, poses: np.ndarray
) -> tuple[LogFrame, ...]:
    name = "drawn"
    noise = draw(st.just((0.0, 0.0, 0.0, 0.0)) | st.tuples(*[st.floats(-1.0, 1.0)] * 4))
    jitter = draw(
        st.just([0] * FRAMES) | st.lists(st.integers(-12_000, 12_000), min_size=FRAMES, max_size=FRAMES)
    )
    pause = draw(st.just(0) | st.integers(0, 3_000_000))
    actors = [draw(drawn_actors()) for _ in range(draw(st.sampled_from((0, 2, 4, 6, 8))))]
    route, red = draw(_routes(way, roads.map.roadblocks)), draw(_reds(roads))
    frames = []
    for index, pose in enumerate(poses):
        token = hashlib.sha256(f"{name} {index}".encode()).hexdigest()[:16]
        speed = motion.speed_at(0.5 * (index - NOW))
        slowing = motion.acceleration_mps2 if speed else 0.0
        shown = [number for number, actor in enumerate(actors) if actor.seen[index]]
        rows = [actors[number].annotation(index, poses) for number in shown]
        table = np.array(rows, dtype=np.float32).reshape(-1, 10)
        frames.append(
            LogFrame(
                token=token,
                timestamp_us=START_US + 500_000 * index + jitter[index] - pause * (index < 2),
                log_name=name,
                location=roads.map.location,
                roadblock_ids=route,
                traffic_lights=tuple((light, light in red[index]) for light in roads.lights),
                ego_pose_in_map=pose,
                ego_velocity=np.array([speed + noise[0] * (index % 2), 0.2 * noise[1]], dtype=np.float32),
                ego_acceleration=np.array([slowing + noise[2], noise[3]], dtype=np.float32),
                driving_command=np.eye(4, dtype=np.float32)[1],
                boxes=table[:, :7],
                names=tuple(actors[number].kind for number in shown),
                velocities=table[:, 7:],
                track_tokens=tuple(f"track{number}" for number in shown),
                cameras={camera: camera_record(name, camera, token) for camera in CAMERA_NAMES},
                lidar_path=None,
            )
        )
    return tuple(frames)


def _routes(way: Way, blocks: Collection[str]) -> st.SearchStrategy[tuple[str, ...]]:
    """As it is, begun late, with a gap, with a block twice, cut short, the wrong way, or far from the way."""
    route, wrong = way.route, ("204", "203", "202", "201", "200")
    others = [route[1:], route[2:], route[:1] + route[2:], route + route[:1], route[:1], route[:2]]
    others += [route[::-1], route[-1:], route[:1] + route[-1:], tuple(b for b in wrong if b in blocks)]
    return st.just(route) | st.just(route) | st.sampled_from([other for other in others if other])


@st.composite
def _reds(draw: st.DrawFn, roads: Roads) -> tuple[frozenset[str], ...]:
    """Which connectors are red at each frame: none, all, or some that change once or not at all."""
    kind = draw(st.sampled_from(("none", "all", "all", "some")))
    if kind != "some":
        return (frozenset(roads.lights if kind == "all" else ()),) * FRAMES
    chosen = draw(st.just(frozenset(roads.lights)) | st.frozensets(st.sampled_from(roads.lights), min_size=1))
    change, starts_red = draw(st.just(0) | st.integers(0, FRAMES)), draw(st.booleans())
    return tuple(chosen if (index < change) == starts_red else frozenset() for index in range(FRAMES))
