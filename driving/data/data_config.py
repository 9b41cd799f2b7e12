"""What an example holds and how large it is."""

from dataclasses import dataclass

from driving.bev_area import BevArea
from driving.observation_config import ObservationConfig


@dataclass
class DataConfig(ObservationConfig):
    """What is observed, and the sizes of the targets. Metres and pixels.

    Raises ValueError with the value that cannot be used.
    """

    bev_extent_m: float = BevArea.extent_m
    """Half the side of the square that the BEV grid and all targets cover."""
    bev_ahead_m: float = BevArea.ahead_m
    """How far ahead of the rear axle the square's middle lies."""
    bev_cells: int = 64
    """Rows, and columns, of the BEV grid."""
    max_boxes: int = 32
    max_polylines: int = 48
    polyline_points: int = 8

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.bev_extent_m <= 0:
            raise ValueError(f"bev_extent_m={self.bev_extent_m} must be positive")
        least = {"bev_cells": 8, "polyline_points": 2, "max_boxes": 1, "max_polylines": 1}
        for name, minimum in least.items():
            if getattr(self, name) < minimum:
                raise ValueError(f"{name}={getattr(self, name)} must be at least {minimum}")

    @property
    def bev_area(self) -> BevArea:
        """What the grid covers."""
        return BevArea(self.bev_extent_m, self.bev_ahead_m)

    @property
    def observation(self) -> ObservationConfig:
        """What a planner sees of an example."""
        return ObservationConfig(list(self.cameras), self.image_height, self.image_width)
