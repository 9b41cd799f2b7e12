"""Which drives become logs and which of their windows become benchmark scenes.

A log is a stretch of one drive at 2 Hz. A scene is a window of 4 past and 10 future frames. NAVSIM keeps a
window when driving straight on at constant speed fails there and when the human's own drive is sound; so do
we, by simple geometry, and ask one thing more: keeping the acceleration and the curvature of the moment must
fail, too. Else more than half of the benchmark is won by dead reckoning (a car that is braking for the light
goes on braking), and eyes are of little use.
"""

import math
from collections import Counter
from dataclasses import dataclass
from enum import Enum

import numpy as np
from jaxtyping import Bool

from driving.synth.expert import Drive
from driving.synth.lawful import STANDING_MPS, Drivable, Motion, Surroundings
from driving.synth.stage import Stage
from driving.synth.traffic import STEP_S
from driving.types import HISTORY_FRAMES

STEPS_PER_FRAME = 5
FUTURE_FRAMES = 10
HORIZON_FRAMES = 8
"""Scored part of the future: 4 s."""
SETTLE_STEPS = 25
"""Left out at either end of a drive, where SUMO inserts and removes the car."""
END_OF_ROUTE_M = 60.0
DEVIATION_M = 10.0
"""Straight on has failed where it ends this far from the logged drive."""
KERB_MARGIN_M = 0.15
"""Room that a sound drive leaves to the kerb, for the tracker that the scorer lets follow it."""
MAX_JERK_MPS3 = 3.8
ACCELERATION_BOUNDS_MPS2 = (-3.6, 2.3)
MAX_LATERAL_MPS2 = 3.6


class Challenge(str, Enum):
    """Why driving straight on fails in a scene; the first of these that holds."""

    RED_LIGHT = "red light"
    COLLISION = "collision"
    OFF_ROAD = "off road"
    SLOWER = "slower"
    """The logged drive falls behind: it brakes."""
    FASTER = "faster"
    """The logged drive pulls ahead: it starts or speeds up."""


WORTH = {
    Challenge.RED_LIGHT: 1.0,
    Challenge.COLLISION: 1.0,
    Challenge.OFF_ROAD: 1.0,
    Challenge.SLOWER: 0.2,
    Challenge.FASTER: 0.5,
}
"""Straight on loses everything in the first three, and only progress or smoothness in the others."""


@dataclass(frozen=True)
class LogPlan:
    """A stretch of a drive to be written as one log."""

    drive: Drive
    steps: tuple[int, ...]
    """Steps of the run, one a frame."""
    challenges: dict[int, Challenge]
    """Index of the current frame of each benchmark scene -> what makes it hard."""

    @property
    def benchmark(self) -> tuple[int, ...]:
        """Indices of the frames that are current frames of benchmark scenes."""
        return tuple(self.challenges)

    def sensor_frames(self, history: bool) -> list[int]:
        """Indices of the frames that a planner sees in some benchmark scene."""
        reach = HISTORY_FRAMES if history else 1
        return sorted({k - back for k in self.benchmark for back in range(reach)})


def plan_logs(stage: Stage, drives: list[Drive], frames_per_log: int, count: int) -> list[LogPlan]:
    """At most `count` stretches rich in benchmark scenes of all kinds; in order of ego and time."""
    drivable, clear = Drivable(stage.town), Drivable(stage.town, KERB_MARGIN_M)
    plans = [
        plan
        for drive in drives
        for plan in _plans_of(stage, drive, drivable, clear, frames_per_log)
        if plan.challenges
    ]
    chosen: set[int] = set()
    have: Counter[Challenge] = Counter()
    while len(chosen) < min(count, len(plans)):
        best = max((i for i in range(len(plans)) if i not in chosen), key=lambda i: _gain(plans[i], have))
        chosen.add(best)
        have.update(plans[best].challenges.values())
    return [plans[i] for i in sorted(chosen)]


def _gain(plan: LogPlan, have: Counter[Challenge]) -> float:
    """What a log adds to a collection: the more there is of a kind, the less another scene of it is worth."""
    brings = Counter(plan.challenges.values())
    return sum(
        WORTH[kind] * (math.sqrt(have[kind] + number) - math.sqrt(have[kind]))
        for kind, number in brings.items()
    )


def _plans_of(stage: Stage, drive: Drive, drivable: Drivable, clear: Drivable, frames: int) -> list[LogPlan]:
    first, last = SETTLE_STEPS, len(drive.s) - SETTLE_STEPS
    reach = np.flatnonzero(drive.s > drive.path.s[-1] - END_OF_ROUTE_M)
    last = min(last, int(reach[0])) if len(reach) else last
    length = (frames - 1) * STEPS_PER_FRAME + 1
    starts = range(first, last - length + 1, frames * STEPS_PER_FRAME)
    if not starts:
        return []
    surroundings = Surroundings(stage, drive.id, drive.path.roads)
    sound = _sound_steps(drive, clear, surroundings)
    plans = []
    for start in starts:
        ks = [start + frame * STEPS_PER_FRAME for frame in range(frames)]
        currents = range(HISTORY_FRAMES - 1, frames - FUTURE_FRAMES)
        found = {c: _challenge(drive, ks[c], sound, drivable, surroundings) for c in currents}
        kept = {c: challenge for c, challenge in found.items() if challenge}
        plans.append(LogPlan(drive, tuple(drive.first + k for k in ks), kept))
    return plans


def _sound_steps(drive: Drive, clear: Drivable, surroundings: Surroundings) -> Bool[np.ndarray, " T"]:
    """Where the logged drive is on the road, hits nothing, keeps distance, obeys lights and is smooth."""
    ax, ay = drive.acceleration.T
    low, high = ACCELERATION_BOUNDS_MPS2
    motion = Motion(drive.first, drive.pose, drive.speed)
    sound = clear.holds(motion) & (ax > low) & (ax < high) & (np.abs(ay) < MAX_LATERAL_MPS2)
    sound &= np.abs(np.gradient(ax, STEP_S)) < MAX_JERK_MPS3
    for k in range(0, len(sound), 2):
        if (
            surroundings.hit(motion, k)
            or surroundings.runs_red(motion, k)
            or surroundings.too_close(motion, k)
        ):
            sound[max(k - 1, 0) : k + 2] = False
    return sound


def _challenge(
    drive: Drive, k: int, sound: Bool[np.ndarray, " T"], drivable: Drivable, surroundings: Surroundings
) -> Challenge | None:
    """What is hard about the window that is at k now; None where it is easy or the drive not sound."""
    past, horizon = (HISTORY_FRAMES - 1) * STEPS_PER_FRAME, HORIZON_FRAMES * STEPS_PER_FRAME
    if not sound[k - past : k + horizon + 1].all():
        return None
    ax, ay = drive.acceleration[k]
    curvature = ay / drive.speed[k] ** 2 if drive.speed[k] > STANDING_MPS else 0.0
    straight = _failure(drive, carry_on(drive, k, horizon, 0.0, 0.0), k, drivable, surroundings)
    bent = _failure(drive, carry_on(drive, k, horizon, ax, curvature), k, drivable, surroundings)
    return straight if straight and bent else None


def _failure(
    drive: Drive, guess: Motion, k: int, drivable: Drivable, surroundings: Surroundings
) -> Challenge | None:
    """What goes wrong where the ego moves by this guess from k on; None where it ends near its log."""
    horizon = len(guess.poses) - 1
    every = range(STEPS_PER_FRAME, horizon + 1, STEPS_PER_FRAME)
    if any(surroundings.runs_red(guess, i) for i in every):
        return Challenge.RED_LIGHT
    if any(surroundings.hit(guess, i) for i in every):
        return Challenge.COLLISION
    if not drivable.holds(guess).all():
        return Challenge.OFF_ROAD
    gap = guess.poses[-1, :2] - drive.pose[k + horizon, :2]
    if np.hypot(*gap) < DEVIATION_M:
        return None
    travelled = drive.s[k + horizon] - drive.s[k]
    return Challenge.SLOWER if travelled < drive.speed[k] * horizon * STEP_S else Challenge.FASTER


def carry_on(drive: Drive, k: int, horizon: int, acceleration: float, curvature: float) -> Motion:
    """A car that keeps acceleration (down to a stop) and curvature from k on, 0 .. horizon steps."""
    speed = np.maximum(drive.speed[k] + acceleration * STEP_S * np.arange(horizon + 1), 0.0)
    ahead = np.concatenate([[0.0], np.cumsum((speed[1:] + speed[:-1]) / 2 * STEP_S)])
    x, y, heading = drive.pose[k]
    bend = curvature * ahead / 2
    chord = ahead * np.sinc(bend / np.pi)  # of the arc with that curvature
    poses = np.stack(
        [
            x + chord * np.cos(heading + bend),
            y + chord * np.sin(heading + bend),
            heading + 2 * bend,
        ],
        axis=1,
    )
    return Motion(drive.first + k, poses, speed)
