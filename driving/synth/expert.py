"""The ego's logged driving: SUMO's decisions, driven by a car that obeys kinematics.

SUMO decides when to go, stop, yield and change lanes; the expert keeps its progress along the road, smooths
it, and moves the rear axle along a smooth path with the heading of its tangent. So velocity, acceleration
and poses agree exactly, there is no sideslip, and the driving is comfortable. A symmetric kernel never
carries the car beyond the place where SUMO stopped.

Frame: town metres, rear axle; vx, ax along the heading; the lateral acceleration is v^2 times curvature.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64
from scipy.ndimage import gaussian_filter1d

from driving.synth.ego_path import SPACING_M, EgoPath, path_of
from driving.synth.town import TownGeometry, Turn
from driving.synth.traffic import STEP_S, Track
from driving.vehicle import PACIFICA

PROGRESS_SMOOTHING_S = 0.5
COMMAND_AHEAD_M = 20.0
COMMAND_AHEAD_S = 4.0


@dataclass(frozen=True)
class Drive:
    """An ego's whole trip, one entry a step (10 Hz) from step `first` of the run."""

    id: str
    first: int
    path: EgoPath
    s: Float64[np.ndarray, " T"]
    """Rear axle along the path [m]."""
    pose: Float64[np.ndarray, "T 3"]
    """Rear axle x, y [m], heading [rad]."""
    speed: Float64[np.ndarray, " T"]
    acceleration: Float64[np.ndarray, "T 2"]
    """Along and across the heading [m/s^2]."""

    def command(self, k: int) -> Turn:
        """Which way the route leads within the next 20 m or 4 s, whichever is farther."""
        ahead = max(COMMAND_AHEAD_M, COMMAND_AHEAD_S * self.speed[k])
        for first, last, turn in self.path.turns:
            if turn is not Turn.STRAIGHT and first < self.s[k] + ahead and self.s[k] < last:
                return turn
        return Turn.STRAIGHT

    def road_index(self, k: int) -> int:
        """Number, along the route, of the road the rear axle is on; beyond its end, the next one."""
        return int(np.searchsorted(self.path.road_ends_s, self.s[k]))


def refit(track: Track, town: TownGeometry) -> Drive | None:
    """The expert's version of one SUMO track of the ego's type; None where its lanes don't join up."""
    path = path_of(track, town)
    if path is None:
        return None
    front_s = _progress(track.xy, path)
    sigma = PROGRESS_SMOOTHING_S / STEP_S
    s = gaussian_filter1d(front_s - PACIFICA.front_length_m, sigma, mode="nearest")
    s = np.maximum.accumulate(s)
    speed = np.gradient(s, STEP_S)
    place = s / SPACING_M
    grid = np.arange(len(path.xy))
    x, y, heading, curvature = (
        np.interp(place, grid, v) for v in (path.xy[:, 0], path.xy[:, 1], path.heading, path.curvature)
    )
    acceleration = np.stack([np.gradient(speed, STEP_S), speed**2 * curvature], axis=1)
    return Drive(track.id, track.first, path, s, np.stack([x, y, heading], axis=1), speed, acceleration)


def _progress(xy: Float64[np.ndarray, "T 2"], path: EgoPath) -> Float64[np.ndarray, " T"]:
    """How far along the path each point lies; never goes back, and looks nearby only, since paths cross."""
    found = np.empty(len(xy))
    near = int(np.argmin(np.hypot(*(path.xy - xy[0]).T)))
    for k, point in enumerate(xy):
        low = max(near - 8, 0)
        window = path.xy[low : near + 24]
        near = low + int(np.argmin(np.hypot(*(window - point).T)))
        along = (point - path.xy[near]) @ np.array([np.cos(path.heading[near]), np.sin(path.heading[near])])
        found[k] = near * SPACING_M + float(np.clip(along, -SPACING_M, SPACING_M))
    return np.maximum.accumulate(found)
