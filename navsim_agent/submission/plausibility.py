"""Plans that no car drives, and mistakes that look like them. Poses (N, n, 3) in the ego frame."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64

from driving.frames import wrap_angle

Poses = Float64[np.ndarray, "N n 3"]
Mask = Bool[np.ndarray, "N"]

FASTEST_MPS = 45.0
HARDEST_MPS2 = 12.0
"""Braking of a car on a dry road is 10."""
TIGHTEST_1_PER_M = 0.4
"""A car of this wheel base turns with 0.2 at most."""
FAR_M = 500.0
MOVING_M = 0.5
"""Shorter steps have no direction."""


@dataclass(frozen=True)
class Oddity:
    """One way in which a plan can be odd."""

    what: str
    cure: str
    finds: Callable[[Poses, float], Mask]
    """(poses, interval in seconds) -> which plans are odd in this way."""


def _steps(poses: Poses) -> Float64[np.ndarray, "N n 2"]:
    """Displacements, the first one from the origin."""
    return np.diff(poses[..., :2], axis=1, prepend=0.0)


def _lengths(poses: Poses) -> Float64[np.ndarray, "N n"]:
    return np.linalg.norm(_steps(poses), axis=-1)


def _far_away(poses: Poses, interval_s: float) -> Mask:
    return np.any(np.abs(poses[..., :2]) > FAR_M, axis=(1, 2))


def _in_degrees(poses: Poses, interval_s: float) -> Mask:
    """Where headings are more than a full turn, or follow the path as soon as they are taken as degrees."""
    heading, moving = poses[..., 2], _lengths(poses) > MOVING_M
    steps = _steps(poses)
    direction = np.arctan2(steps[..., 1], steps[..., 0])
    off = np.where(moving, np.abs(wrap_angle(heading - direction)), 0.0).max(axis=1)
    off_as_degrees = np.where(moving, np.abs(wrap_angle(np.radians(heading) - direction)), 0.0).max(axis=1)
    return np.any(np.abs(heading) > 2 * np.pi, axis=1) | ((off > 0.7) & (off_as_degrees < 0.2))


def _sideways(poses: Poses, interval_s: float) -> Mask:
    first = poses[:, 0, :2]
    return (np.linalg.norm(first, axis=-1) > MOVING_M) & (np.abs(first[:, 1]) > np.abs(first[:, 0]))


def _backwards(poses: Poses, interval_s: float) -> Mask:
    """Where the car reverses, or moves against its heading."""
    steps, heading = _steps(poses), poses[..., 2]
    along = steps[..., 0] * np.cos(heading) + steps[..., 1] * np.sin(heading)
    return np.any(along < -MOVING_M, axis=1)


def _too_fast(poses: Poses, interval_s: float) -> Mask:
    return np.any(_lengths(poses) > FASTEST_MPS * interval_s, axis=1)


def _too_hard(poses: Poses, interval_s: float) -> Mask:
    speeds = _lengths(poses) / interval_s
    return np.any(np.abs(np.diff(speeds, axis=1)) > HARDEST_MPS2 * interval_s, axis=1)


def _too_tight(poses: Poses, interval_s: float) -> Mask:
    turns = np.abs(wrap_angle(np.diff(poses[..., 2], axis=1, prepend=0.0)))
    lengths = _lengths(poses)
    return np.any((lengths > MOVING_M) & (turns > TIGHTEST_1_PER_M * lengths), axis=1)


def _jumps(poses: Poses, interval_s: float) -> Mask:
    lengths = _lengths(poses)
    usual = np.median(lengths, axis=1, keepdims=True)
    return np.any(lengths > 3 * usual + 10.0 * interval_s, axis=1)


def _all_zero(poses: Poses, interval_s: float) -> Mask:
    return np.all(poses == 0.0, axis=(1, 2))


def same_everywhere(poses: Poses) -> bool:
    """Whether several plans are all the same, and something else than standing still."""
    return len(poses) > 1 and bool(poses.any()) and bool((poses == poses[0]).all())


ODDITIES = (
    Oddity(
        f"poses lie more than {FAR_M:g} m away",
        "poses must be in the ego frame, not in the map's",
        _far_away,
    ),
    Oddity("headings look like degrees", "give radians", _in_degrees),
    Oddity("the car starts sideways", "x is forward, y is left: are they swapped?", _sideways),
    Oddity(
        "the car drives backwards", "x is forward, time goes on: is a sign or the order turned?", _backwards
    ),
    Oddity("a pose jumps away from the one before", "are the poses in order of time, without gaps?", _jumps),
    Oddity(f"faster than {FASTEST_MPS:g} m/s", "metres, and the right interval?", _too_fast),
    Oddity(f"speed changes by more than {HARDEST_MPS2:g} m/s2", "metres, and the right interval?", _too_hard),
    Oddity("turns tighter than a car can", "does the heading belong to the path?", _too_tight),
    Oddity("all poses are exactly zero", "did the planner fail, and zeros were stored instead?", _all_zero),
)
