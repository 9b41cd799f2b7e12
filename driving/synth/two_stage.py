"""The second stage of a log: scenes that start 4 s after a first-stage scene, elsewhere than the log.

A first-stage scene comes with the one half a second before it, and so does every second-stage scene: pairs
are what the official two-stage score is made of. Traffic is the logged one; it does not know where the ego
is.
"""

import hashlib
import math
from dataclasses import dataclass, replace

import numpy as np

from driving.data.map_rows import District, MapIds
from driving.data.synthetic_scene import SyntheticScene
from driving.data.two_stage import TwoStageMapping
from driving.data.write_splits import TWO_STAGE_FUTURE_FRAMES
from driving.log_frame import LogFrame
from driving.synth.compose_log import camera_record, compose_frame, frame_token, sweep_path
from driving.synth.config import SensorConfig, TwoStageConfig
from driving.synth.expert import Drive
from driving.synth.lawful import Drivable, Motion, Surroundings
from driving.synth.perturbed_drive import Perturbation, perturb
from driving.synth.render.rig import CameraRig
from driving.synth.scenarios import END_OF_ROUTE_M, SETTLE_STEPS, STEPS_PER_FRAME, LogPlan
from driving.synth.stage import Stage
from driving.types import HISTORY_FRAMES

FARTHEST = Perturbation(lead_s=1.0, lateral_m=1.2, heading_rad=math.radians(4.0))
"""The last start of a scene lies within these bounds; the first ones are nearer, by the square."""
ATTEMPTS = 20
"""Draws for each start, until one is such that a driver gets away with it."""


@dataclass(frozen=True)
class Start:
    """One displaced ego at the end of a first-stage scene, with the frames of its two scenes."""

    name: str
    """Folder of its pictures."""
    drive: Drive
    steps: tuple[int, ...]
    """Of ``frames``; the first one is the oldest that the earlier scene's planner sees."""
    frames: tuple[LogFrame, ...]
    now: SyntheticScene
    before: SyntheticScene


@dataclass(frozen=True)
class Town:
    """What all second-stage scenes of a town share."""

    stage: Stage
    number: int
    seed: int
    district: District
    ids: MapIds
    rig: CameraRig
    sensors: SensorConfig

    @property
    def seen(self) -> range:
        """Indices of a start's frames that a planner sees, with whatever sensors there are."""
        first = 0 if self.sensors.history else HISTORY_FRAMES - 1
        return range(first, HISTORY_FRAMES + 1)


def second_stage(
    town: Town, plan: LogPlan, log_name: str, config: TwoStageConfig
) -> list[tuple[TwoStageMapping, list[Start]]]:
    """First-stage scenes of a log with their starts; those without any start are left out."""
    drivable = Drivable(town.stage.town)
    surroundings = Surroundings(town.stage, plan.drive.id, plan.drive.path.roads)
    found = []
    for current in _first_stage(plan, config.scenes_per_log):
        rng = np.random.default_rng([town.seed, int(frame_token(log_name, current), 16)])
        starts: list[Start] = []
        for number in range(config.starts):
            scale = ((number + 1) / config.starts) ** 2
            drive = _draw(plan, current, scale, rng, drivable, surroundings)
            if drive is not None:
                starts.append(_compose(town, plan, log_name, current, number, drive, config))
        if starts:
            pairs = tuple((start.now.token, start.before.token) for start in starts)
            tokens = frame_token(log_name, current), frame_token(log_name, current - 1)
            found.append((TwoStageMapping(*tokens, pairs), starts))
    return found


def _first_stage(plan: LogPlan, count: int) -> list[int]:
    """Current frames of benchmark scenes that follow another one and whose drive goes on for 8 s more."""
    horizon = 2 * TWO_STAGE_FUTURE_FRAMES * STEPS_PER_FRAME
    drive, candidates = plan.drive, list[int]()
    for current in plan.benchmark:
        last = plan.steps[current] - drive.first + horizon
        follows = current - 1 in plan.challenges and current - 1 not in candidates
        on_route = last < len(drive.s) - SETTLE_STEPS and drive.s[last] < drive.path.s[-1] - END_OF_ROUTE_M
        if follows and on_route:
            candidates.append(current)
    chosen = np.linspace(0, len(candidates) - 1, min(count, len(candidates))).round().astype(int)
    return [candidates[index] for index in chosen]


def _draw(
    plan: LogPlan,
    current: int,
    scale: float,
    rng: np.random.Generator,
    drivable: Drivable,
    surroundings: Surroundings,
) -> Drive | None:
    """A displaced drive that stays on the road, free and lawful; the larger the scale, the farther."""
    begin = plan.steps[current] + TWO_STAGE_FUTURE_FRAMES * STEPS_PER_FRAME
    first = begin - HISTORY_FRAMES * STEPS_PER_FRAME - plan.drive.first
    last = begin + TWO_STAGE_FUTURE_FRAMES * STEPS_PER_FRAME - plan.drive.first
    frames = range(first, last + 1, STEPS_PER_FRAME)
    for _ in range(ATTEMPTS):
        lead, lateral, heading = rng.uniform(-scale, scale, 3)
        wish = Perturbation(
            lead * FARTHEST.lead_s, lateral * FARTHEST.lateral_m, heading * FARTHEST.heading_rad
        )
        drive = perturb(plan.drive, begin, wish)
        motion = Motion(drive.first, drive.pose, drive.speed)
        if drivable.holds(motion)[first : last + 1].all() and not any(
            surroundings.hit(motion, k) or surroundings.runs_red(motion, k) for k in frames
        ):
            return drive
    return None


def _compose(
    town: Town,
    plan: LogPlan,
    log_name: str,
    current: int,
    number: int,
    drive: Drive,
    config: TwoStageConfig,
) -> Start:
    """Both scenes of a start. The earlier one's frames are the later one's, half a second earlier."""
    name = f"{log_name}-{current:03d}-{number:02d}"
    first = current + TWO_STAGE_FUTURE_FRAMES - HISTORY_FRAMES
    count = HISTORY_FRAMES + 1 + TWO_STAGE_FUTURE_FRAMES
    steps = tuple(plan.steps[0] + index * STEPS_PER_FRAME for index in range(first, first + count))
    frames = tuple(
        compose_frame(
            town.stage,
            drive,
            step,
            log_name,
            synthetic_token(town.number, name, index),
            town.district,
            town.ids,
            town.rig,
        )
        for index, step in enumerate(steps)
    )
    frames = tuple(
        _with_sensors(town, frame, name) if index in town.seen else replace(frame, cameras={})
        for index, frame in enumerate(frames)
    )
    end = current + TWO_STAGE_FUTURE_FRAMES
    known = HISTORY_FRAMES + (TWO_STAGE_FUTURE_FRAMES if config.ego_future else 0)
    scenes = (
        SyntheticScene(
            frames=frames[1 - back : len(frames) - back],
            ego_frames=known,
            original_last_token=frame_token(log_name, end - back),
            original_token=frame_token(log_name, current - back),
        )
        for back in (0, 1)
    )
    return Start(name, drive, steps, frames, *scenes)


def _with_sensors(town: Town, frame: LogFrame, folder: str) -> LogFrame:
    """The frame with what its sensors leave in a folder of the start's own."""
    names = town.rig.cameras if town.sensors.cameras else ()
    cameras = {name: camera_record(town.rig, name, folder, frame.token) for name in names}
    sweep = sweep_path(folder, frame.token) if town.sensors.lidar else None
    return replace(frame, cameras=cameras, lidar_path=sweep)


def synthetic_token(town_number: int, name: str, index: int) -> str:
    """17 hexadecimal digits; the first three are the town's, so that a town's files can be found."""
    digest = hashlib.sha256(f"{name}/{index}".encode()).hexdigest()
    return f"{town_number:03x}{digest[:14]}"
