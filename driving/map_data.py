"""The map of one location as plain objects. Privileged. Map frame, metres."""

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float64
from shapely.geometry.base import BaseGeometry


@dataclass(frozen=True)
class MapLane:
    """A lane, or a lane connector across an intersection."""

    id: str
    polygon: BaseGeometry
    baseline: Float64[np.ndarray, "V 2"]
    """Centre line in driving direction, every stored vertex."""
    roadblock_id: str
    """Lane group, or lane group connector."""
    speed_limit_mps: float | None
    is_connector: bool
    incoming: tuple[str, ...]
    outgoing: tuple[str, ...]
    lane_index: int
    """Grows to the right; 0 where the map does not say."""


@dataclass(frozen=True)
class Roadblock:
    """A lane group, or a lane group connector, with the lanes inside it."""

    id: str
    polygon: BaseGeometry
    lane_ids: tuple[str, ...]
    is_connector: bool
    incoming: tuple[str, ...]
    outgoing: tuple[str, ...]


@dataclass(frozen=True)
class MapData:
    """All layers of a location that scoring, targets or pictures need, keyed by the map's own ids."""

    location: str
    lanes: dict[str, MapLane]
    """Lanes and lane connectors."""
    roadblocks: dict[str, Roadblock]
    intersections: dict[str, BaseGeometry]
    carparks: dict[str, BaseGeometry]
    crosswalks: dict[str, BaseGeometry]
    walkways: dict[str, BaseGeometry]
    stop_polygons: dict[str, BaseGeometry] = field(default_factory=dict)
