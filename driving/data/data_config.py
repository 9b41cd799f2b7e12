"""What an example holds and how large it is."""

from dataclasses import dataclass, field

from driving.bev_area import BevArea
from driving.types import CAMERA_NAMES


@dataclass
class DataConfig:
    """Cameras, picture size and the sizes of the targets. Metres and pixels.

    Raises ValueError with the value that cannot be used.
    """

    cameras: list[str] = field(default_factory=lambda: ["CAM_L0", "CAM_F0", "CAM_R0"])
    """Whose pictures are read; none for logs without sensor blobs, which a blind planner can use."""
    image_height: int = 128
    image_width: int = 224
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
        unknown = [name for name in self.cameras if name not in CAMERA_NAMES]
        if unknown or len(set(self.cameras)) != len(self.cameras):
            raise ValueError(f"cameras={self.cameras}: some of {CAMERA_NAMES}, each once")
        if self.bev_extent_m <= 0:
            raise ValueError(f"bev_extent_m={self.bev_extent_m} must be positive")
        least = {"image_height": 8, "image_width": 8, "bev_cells": 8, "polyline_points": 2}
        least |= {"max_boxes": 1, "max_polylines": 1}
        for name, minimum in least.items():
            if getattr(self, name) < minimum:
                raise ValueError(f"{name}={getattr(self, name)} must be at least {minimum}")

    @property
    def bev_area(self) -> BevArea:
        """What the grid covers."""
        return BevArea(self.bev_extent_m, self.bev_ahead_m)
