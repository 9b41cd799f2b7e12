"""Comfort, signal by signal, with scipy's filter."""

import math
from collections.abc import Sequence

import numpy as np
from scipy.signal import savgol_filter

from tests.reference.knife_edges import KnifeEdges

CENTRE_M = 1.461


def slow_history_comfort(past: Sequence[np.ndarray], states: np.ndarray, edges: KnifeEdges) -> float:
    """HC of one drive; without a past it is 1."""
    if not len(past):
        return 1.0
    everything = [*past, *states]
    forward = _smooth([s[5] + CENTRE_M * s[9] ** 2 + CENTRE_M * s[10] for s in everything])
    magnitude = _smooth([math.hypot(s[5], s[6]) for s in everything])
    headings = [s[2] for s in everything]
    bounded = {
        "braking": ([-a for a in forward], 4.05),
        "acceleration": (forward, 2.40),
        "sideways": (_absolute(_smooth([s[6] for s in everything])), 4.89),
        "jerk": (_absolute(_filter(magnitude, 15, 2, 1)), 8.37),
        "forward jerk": (_absolute(_filter(forward, 15, 2, 1)), 4.13),
        "yaw acceleration": (_absolute(_filter(np.unwrap(headings), 5, 3, 2)), 1.93),
        "yaw rate": (_absolute(_filter(np.unwrap(headings), 5, 2, 1)), 0.95),
    }
    easy = [
        not edges.above(value, bound, name) for name, (signal, bound) in bounded.items() for value in signal
    ]
    return float(all(easy))


def slow_extended_comfort(now: np.ndarray, before: np.ndarray, edges: KnifeEdges) -> float:
    """EC of a drive and of one that began half a second before."""
    pairs = list(zip(now[:-5], before[5:], strict=True))
    accelerations = [_smooth([math.hypot(pair[i][5], pair[i][6]) for pair in pairs]) for i in (0, 1)]
    headings = [np.unwrap([pair[i][2] for pair in pairs]) for i in (0, 1)]
    compared = [
        ("acceleration", accelerations, 0.7),
        ("jerk", [_filter(signal, 15, 2, 1) for signal in accelerations], 0.5),
        ("yaw rate", [_filter(signal, 5, 2, 1) for signal in headings], 0.1),
        ("yaw acceleration", [_filter(signal, 5, 2, 2) for signal in headings], 0.1),
    ]
    easy = []
    for name, (one, other), bound in compared:
        squares = [(a - b) ** 2 for a, b in zip(one, other, strict=True)]
        easy.append(not edges.above(math.sqrt(sum(squares) / len(squares)), bound, f"change of {name}"))
    return float(all(easy))


def _smooth(signal: Sequence[float]) -> np.ndarray:
    return _filter(signal, 8, 2, 0)


def _filter(signal: Sequence[float] | np.ndarray, window: int, degree: int, derivative: int) -> np.ndarray:
    filtered = savgol_filter(np.asarray(signal), window, degree, deriv=derivative, delta=0.1)
    return np.round(np.asarray(filtered), 8)


def _absolute(signal: np.ndarray) -> list[float]:
    return [abs(value) for value in signal]
