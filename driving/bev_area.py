"""Which part of the ego frame a bird's-eye-view grid covers."""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from torch import Tensor

Points = TypeVar("Points", np.ndarray, Tensor)


@dataclass(frozen=True)
class BevArea:
    """The square of x in [ahead_m - extent_m, ahead_m + extent_m] and y in [-extent_m, extent_m].

    Ego frame, metres. Cameras that look ahead see nothing of what is behind, and a plan goes
    forward: so the middle of the grid lies ahead of the rear axle.
    """

    extent_m: float = 28.0
    ahead_m: float = 20.0

    def __post_init__(self) -> None:
        if not self.extent_m > 0:
            raise ValueError(f"a BEV grid needs a positive extent, not {self.extent_m} m")

    def to_unit(self, points: Points) -> Points:
        """Points (..., 2) of the ego frame as fractions of the extent: [-1, 1] inside the grid."""
        if isinstance(points, Tensor):
            return (points - points.new_tensor([self.ahead_m, 0.0])) / self.extent_m
        return (points - np.array([self.ahead_m, 0.0])) / self.extent_m

    def to_metres(self, points: Points) -> Points:
        """The inverse of ``to_unit``."""
        if isinstance(points, Tensor):
            return points * self.extent_m + points.new_tensor([self.ahead_m, 0.0])
        return points * self.extent_m + np.array([self.ahead_m, 0.0])
