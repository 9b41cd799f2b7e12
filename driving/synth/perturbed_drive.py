"""A drive as it would have been from a pose beside the logged one, and how a driver finds back.

The perturbed ego drives earlier or later than the logged one and beside its path. Up to the moment of the
start it runs on a straight line relative to the path, at an angle if there is one; then it bends back to the
path. Position, heading, speed and acceleration agree as they do in the logged drive.
"""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float64

from driving.synth.ego_path import SPACING_M
from driving.synth.expert import Drive
from driving.synth.traffic import STEP_S

RECOVERY_S = 3.0
LEAST_RECOVERY_M = 12.0


@dataclass(frozen=True)
class Perturbation:
    """How a start differs from the logged pose of its moment."""

    lead_s: float
    """How much earlier than the logged ego it is everywhere; negative: later."""
    lateral_m: float
    """To the left of the path."""
    heading_rad: float
    """Against the path, counter-clockwise."""


def perturb(drive: Drive, step: int, perturbation: Perturbation) -> Drive:
    """The drive of an ego that is displaced so at a step of the run; the other traffic does not know."""
    steps = np.arange(len(drive.s))
    s, speed = (np.interp(steps + perturbation.lead_s / STEP_S, steps, v) for v in (drive.s, drive.speed))
    path, places, start = drive.path, np.arange(len(drive.path.xy)), step - drive.first
    x, y, heading, curvature = (
        np.interp(s / SPACING_M, places, v)
        for v in (path.xy[:, 0], path.xy[:, 1], path.heading, path.curvature)
    )
    slope = np.tan(perturbation.heading_rad)
    reach = max(RECOVERY_S * float(speed[start]), LEAST_RECOVERY_M)
    offset, drift = _offset(s - s[start], perturbation.lateral_m, slope, reach)
    along = 1.0 - curvature * offset
    new_heading = heading + np.arctan2(drift, along)
    new_speed = speed * np.hypot(along, drift)
    beside = x - np.sin(heading) * offset, y + np.cos(heading) * offset
    turning = new_speed * np.gradient(new_heading, STEP_S)
    return replace(
        drive,
        s=s,
        pose=np.stack([*beside, new_heading], axis=1),
        speed=new_speed,
        acceleration=np.stack([np.gradient(new_speed, STEP_S), turning], axis=1),
    )


def _offset(
    ahead: Float64[np.ndarray, " T"], lateral_m: float, slope: float, reach_m: float
) -> tuple[Float64[np.ndarray, " T"], Float64[np.ndarray, " T"]]:
    """Offset from the path, and its slope, at each distance beyond the start: a line, then a quintic."""
    u = np.clip(ahead / reach_m, 0.0, 1.0)
    from_offset, slope_of_offset = 1 - 10 * u**3 + 15 * u**4 - 6 * u**5, -30 * (u**2 - 2 * u**3 + u**4)
    from_slope, slope_of_slope = (
        u - 6 * u**3 + 8 * u**4 - 3 * u**5,
        1 - 18 * u**2 + 32 * u**3 - 15 * u**4,
    )
    behind = ahead < 0.0
    offset = np.where(
        behind, lateral_m + slope * ahead, lateral_m * from_offset + slope * reach_m * from_slope
    )
    drift = np.where(behind, slope, lateral_m / reach_m * slope_of_offset + slope * slope_of_slope)
    return offset, drift
