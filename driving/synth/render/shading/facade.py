"""Kernel: the face of a house wall, averaged over the pixel so that far windows don't flicker."""

import numpy as np
from numba import njit

from driving.synth.render.shading.noise import hash01

STOREY_M = 3.1


@njit(cache=True, fastmath=True)
def window_share(style: int, along_m: float, height_m: float, footprint_m: float) -> tuple[float, float]:
    """How much of the pixel is window (0..1), and how bright that window's inside is (0..1).

    along_m runs level along the wall, height_m from the ground; footprint_m: a pixel on the wall.
    """
    pitch = 2.0 + 1.8 * hash01(style, 1)
    storey = int(np.floor(height_m / STOREY_M))
    shop = storey == 0 and hash01(style, 2) < 0.5
    wide = 0.86 if shop else 0.34 + 0.34 * hash01(style, 3)
    low, tall = (0.12, 0.70) if shop else (0.28, 0.34 + 0.22 * hash01(style, 4))
    pane = int(np.floor(along_m / pitch))
    share = _pulses(along_m / pitch, wide, footprint_m / pitch)
    share *= _pulses(height_m / STOREY_M - low + (1 - tall) / 2, tall, footprint_m / STOREY_M)
    inside = hash01(pane * 7 + style, storey * 13 + 5)
    return share, inside


@njit(cache=True, fastmath=True)
def ledge_share(height_m: float, footprint_m: float) -> float:
    """How much of the pixel is the ledge between two storeys."""
    return _pulses(height_m / STOREY_M + 0.47, 0.06, footprint_m / STOREY_M)


@njit(cache=True, fastmath=True)
def _pulses(x: float, share: float, footprint: float) -> float:
    """Pulses of period 1, on for ``share`` around the half-way point, averaged over ``footprint``."""
    half = max(footprint, 1e-3) / 2
    return min(
        max((_pulse_integral(x + half, share) - _pulse_integral(x - half, share)) / (2 * half), 0.0), 1.0
    )


@njit(cache=True, fastmath=True)
def _pulse_integral(x: float, share: float) -> float:
    whole = np.floor(x)
    return whole * share + min(max(x - whole - (1 - share) / 2, 0.0), share)
