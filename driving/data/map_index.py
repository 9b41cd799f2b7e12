"""Which map elements lie near the ego: spatial indices, built once a map."""

import weakref
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from driving.map_data import MapData, MapLane


@dataclass(frozen=True)
class MapIndex:
    """The layers of a map, each with a spatial index."""

    lanes: tuple[MapLane, ...]
    """In the order of ``lane_areas`` and ``baselines``."""
    lane_areas: shapely.STRtree
    baselines: shapely.STRtree
    drivable: shapely.STRtree
    """What EPDMS calls drivable: roadblocks without connectors, intersections, car parks."""
    walkways: shapely.STRtree
    crosswalks: shapely.STRtree
    _of: weakref.ref = field(repr=False)

    @classmethod
    def of(cls, map_data: MapData) -> "MapIndex":
        """The index of ``map_data``, built at the first call and kept as long as the map lives."""
        key = id(map_data)
        if key not in _indices:
            forget = weakref.ref(map_data, lambda _: _indices.pop(key, None))
            _indices[key] = cls._build(map_data, forget)
        return _indices[key]

    @classmethod
    def _build(cls, map_data: MapData, map_reference: weakref.ref) -> "MapIndex":
        lanes = tuple(map_data.lanes.values())
        blocks = [b.polygon for b in map_data.roadblocks.values() if not b.is_connector]
        return cls(
            lanes=lanes,
            lane_areas=_tree(lane.polygon for lane in lanes),
            baselines=_tree(shapely.linestrings(lane.baseline) for lane in lanes),
            drivable=_tree([*blocks, *map_data.intersections.values(), *map_data.carparks.values()]),
            walkways=_tree(map_data.walkways.values()),
            crosswalks=_tree(map_data.crosswalks.values()),
            _of=map_reference,
        )


_indices: dict[int, MapIndex] = {}


def near(tree: shapely.STRtree, window: Polygon) -> list[BaseGeometry]:
    """The geometries that touch ``window``, in the order of the layer."""
    return list(tree.geometries[np.sort(tree.query(window, predicate="intersects"))])


def _tree(geometries: Iterable[Any]) -> shapely.STRtree:
    return shapely.STRtree(list(geometries))
