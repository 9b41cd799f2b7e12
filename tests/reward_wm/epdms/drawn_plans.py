"""Trajectories that Hypothesis draws: along the road, off it, kinked, standing, fast and backwards."""

import math
from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from driving.frames import map_to_local

STRAIGHT_ON_M = 150.0
"""A line goes on straight so far beyond its ends."""


@dataclass(frozen=True)
class Line:
    """A polyline (V, 2) by arc length, longer than it is."""

    points: np.ndarray

    def at(self, distance_m: np.ndarray, aside_m: np.ndarray | float = 0.0) -> np.ndarray:
        """Poses (n, 3) beside the line."""
        first, last = self.points[0] - self.points[1], self.points[-1] - self.points[-2]
        ends = [
            end + STRAIGHT_ON_M * step / np.hypot(*step)
            for end, step in ((self.points[0], first), (self.points[-1], last))
        ]
        points = np.concatenate([ends[:1], self.points, ends[1:]])
        steps = np.diff(points, axis=0)
        arc = np.concatenate([[0.0], np.cumsum(np.hypot(*steps.T))]) - STRAIGHT_ON_M
        middles = (arc[1:] + arc[:-1]) / 2
        heading = np.interp(distance_m, middles, np.unwrap(np.arctan2(steps[:, 1], steps[:, 0])))
        x, y = (np.interp(distance_m, arc, points[:, axis]) for axis in (0, 1))
        return np.column_stack([x - aside_m * np.sin(heading), y + aside_m * np.cos(heading), heading])


@dataclass(frozen=True)
class Motion:
    """Along a line: ``start_m`` at t = 0; who brakes stays stopped, and who starts backwards goes on so."""

    start_m: float
    speed_mps: float
    acceleration_mps2: float

    def distance_m(self, times_s: np.ndarray) -> np.ndarray:
        """Arc length at these times."""
        v, a = self.speed_mps, self.acceleration_mps2
        stop_s = -v / a if v * a < 0.0 else math.inf
        t = np.minimum(times_s, stop_s)
        return self.start_m + v * t + (0.5 * a * t**2 if a else 0.0)

    def speed_at(self, time_s: float) -> float:
        """Signed speed."""
        speed = self.speed_mps + self.acceleration_mps2 * time_s
        return speed if speed * self.speed_mps >= 0.0 else 0.0


@dataclass(frozen=True)
class Manoeuvre:
    """How to go on from anywhere: along a line, or freely by speed and curvature, and then kinked."""

    speed_mps: float
    acceleration_mps2: float
    curvature: float | None
    """1/m, of a free drive; None follows the line."""
    bending: float
    """How much a free drive's curvature grows, 1/(m s)."""
    aside_m: float
    """Where to drive beside the line."""
    kinks: tuple[tuple[float, float, float], ...]
    """Added to one pose after the other, again and again."""

    def poses(
        self, ego: np.ndarray, line: Line, at_m: float, aside_m: float, times: np.ndarray
    ) -> np.ndarray:
        """Poses (F, 3) in the frame of an ego that is at ``at_m`` and ``aside_m`` of the line."""
        motion = Motion(at_m, self.speed_mps, self.acceleration_mps2)
        if self.curvature is None:
            share = np.clip(times / 3.0, 0.0, 1.0)
            aside = aside_m + (self.aside_m - aside_m) * (1 - np.cos(np.pi * share)) / 2
            planned = map_to_local(line.at(motion.distance_m(times), aside), ego)
        else:
            planned = self._free(motion, times)
        kinks = np.array(self.kinks or [(0.0, 0.0, 0.0)])
        return planned + kinks[np.arange(len(times)) % len(kinks)]

    def _free(self, motion: Motion, times: np.ndarray) -> np.ndarray:
        fine = np.arange(0.0, times[-1] + 0.01, 0.02)
        steps = np.diff(motion.distance_m(fine))
        heading = np.concatenate(
            [[0.0], np.cumsum(steps * ((self.curvature or 0.0) + self.bending * fine[:-1]))]
        )
        x = np.concatenate([[0.0], np.cumsum(steps * np.cos(heading[:-1]))])
        y = np.concatenate([[0.0], np.cumsum(steps * np.sin(heading[:-1]))])
        return np.column_stack([np.interp(times, fine, column) for column in (x, y, heading)])


@st.composite
def drawn_manoeuvres(draw: st.DrawFn, speed_mps: float) -> Manoeuvre:
    """Of an ego that drives at ``speed_mps`` now."""
    kind = draw(st.sampled_from(("follow", "follow", "follow", "free", "kinked", "stand", "back", "fast")))
    small, any_aside = st.floats(-0.3, 0.3), st.floats(-6.0, 6.0)
    if kind == "stand":
        return Manoeuvre(0.0, 0.0, 0.0, 0.0, 0.0, ())
    if kind == "back":
        return Manoeuvre(draw(st.floats(-4.0, -0.1)), 0.0, draw(st.floats(-0.1, 0.1)), 0.0, 0.0, ())
    speed = draw(st.just(speed_mps) | st.floats(0.0, 16.0)) if kind != "fast" else draw(st.floats(16.0, 32.0))
    acceleration = draw(st.floats(-0.8, 0.8) | st.floats(-5.0, 4.0))
    if kind in ("free", "fast"):
        curvature = draw(st.floats(-0.01, 0.01) | st.floats(-0.12, 0.12))
        return Manoeuvre(speed, acceleration, curvature, draw(st.just(0.0) | st.floats(-0.02, 0.02)), 0.0, ())
    kinks = draw(st.lists(st.tuples(small, small, small), min_size=2, max_size=5)) if kind == "kinked" else ()
    return Manoeuvre(speed, acceleration, None, 0.0, draw(st.just(0.0) | any_aside), tuple(kinks))
