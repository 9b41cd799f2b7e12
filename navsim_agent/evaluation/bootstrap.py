"""Intervals of mean scores, by bootstrap over logs.

Scenes of one log lie half a second apart and share town, weather and traffic, so they are not
independent. A resample draws whole logs with replacement; each drawn log brings all its scenes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64


@dataclass
class BootstrapConfig:
    """How intervals are made."""

    resamples: int = 2000
    confidence: float = 0.95
    """Share of resampled means inside the interval."""
    seed: int = 0

    def __post_init__(self) -> None:
        if self.resamples < 1:
            raise ValueError(f"resamples must be at least 1, got {self.resamples}")
        if not 0.0 < self.confidence < 1.0:
            raise ValueError(f"confidence must lie between 0 and 1, got {self.confidence}")


@dataclass(frozen=True)
class Interval:
    """A mean and the percentile interval round it; NaN where nothing can be said."""

    mean: float
    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        """Whether the whole interval lies on one side of zero."""
        return self.low > 0.0 or self.high < 0.0


def mean_interval(
    values: Float64[np.ndarray, "B"], log_names: Sequence[str], config: BootstrapConfig
) -> Interval:
    """Mean of ``values`` without NaN, with its interval over resampled logs.

    With values from fewer than two logs the bounds are NaN: one log says nothing about the spread.
    """
    known = np.isfinite(values)
    if not known.any():
        return Interval(np.nan, np.nan, np.nan)
    logs, log_of_scene = np.unique(np.asarray(log_names)[known], return_inverse=True)
    sums = np.bincount(log_of_scene, weights=values[known])
    counts = np.bincount(log_of_scene)
    mean = float(sums.sum() / counts.sum())
    if len(logs) < 2:
        return Interval(mean, np.nan, np.nan)
    generator = np.random.default_rng(config.seed)
    draws = generator.multinomial(len(logs), np.full(len(logs), 1 / len(logs)), config.resamples)
    means = (draws @ sums) / (draws @ counts)
    tail = (1.0 - config.confidence) / 2
    low, high = np.quantile(means, [tail, 1.0 - tail])
    return Interval(mean, float(low), float(high))


def paired_difference(
    values: Float64[np.ndarray, "B"],
    baseline: Float64[np.ndarray, "B"],
    log_names: Sequence[str],
    config: BootstrapConfig,
) -> Interval:
    """Mean of ``values - baseline`` of the same scenes: what two agents share cancels out."""
    return mean_interval(values - baseline, log_names, config)
