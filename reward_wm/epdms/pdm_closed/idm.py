"""The intelligent driver model that PDM-Closed's proposals follow. Metres, seconds."""

import numpy as np
from jaxtyping import Float64

from reward_wm.epdms.states import INTERVAL_S

SPEED_FRACTIONS = np.array([0.2, 0.4, 0.6, 0.8, 1.0])
FALLBACK_LIMIT_MPS = 15.0
LEAST_GAP_M = 1.0
HEADWAY_S = 1.5
MAX_ACCELERATION = 1.5
MAX_DECELERATION = 3.0
EXPONENT = 10


def target_speeds(speed_limit_mps: float | None) -> Float64[np.ndarray, "n"]:
    """Wanted speed of each policy: a share of the limit of the starting lane."""
    return SPEED_FRACTIONS * (FALLBACK_LIMIT_MPS if speed_limit_mps is None else speed_limit_mps)


def drive_on(
    progress: Float64[np.ndarray, "n"],
    speed: Float64[np.ndarray, "n"],
    lead: Float64[np.ndarray, "n 3"],
    target: Float64[np.ndarray, "n"],
) -> tuple[Float64[np.ndarray, "n"], Float64[np.ndarray, "n"]]:
    """Progress and speed 0.1 s later. ``lead``: progress, speed and rear length of who is ahead."""
    closing = speed * (speed - lead[:, 1]) / (2 * np.sqrt(MAX_ACCELERATION * MAX_DECELERATION))
    wanted_gap = LEAST_GAP_M + speed * HEADWAY_S + closing
    gap = np.maximum(lead[:, 0] - progress - lead[:, 2], LEAST_GAP_M)
    free = (speed / target) ** EXPONENT
    acceleration = MAX_ACCELERATION * (1 - free - (wanted_gap / gap) ** 2)
    acceleration = np.clip(acceleration, -MAX_DECELERATION, MAX_ACCELERATION)
    return progress + INTERVAL_S * speed, speed + INTERVAL_S * acceleration
