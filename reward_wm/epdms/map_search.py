"""Which map elements lie near a place: trees over the layers of a map, built once a map."""

import weakref
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from driving.map_data import MapData, MapLane, Roadblock


@dataclass(frozen=True)
class Layer:
    """Named geometries with a tree over them."""

    ids: tuple[str, ...]
    tree: shapely.STRtree

    @classmethod
    def of(cls, geometries: dict[str, BaseGeometry]) -> "Layer":
        return cls(tuple(geometries), shapely.STRtree(list(geometries.values())))

    def touching(self, area: BaseGeometry) -> list[str]:
        """Ids of what shares a point with ``area``, in the order of the layer."""
        rows = np.sort(self.tree.query(area, predicate="intersects"))
        return [self.ids[row] for row in rows]

    def holding(self, place: shapely.Point) -> list[str]:
        """Ids of the polygons that ``place`` lies strictly inside of, in the order of the layer."""
        rows = np.sort(self.tree.query(place, predicate="within"))
        return [self.ids[row] for row in rows]

    def nearest(self, place: BaseGeometry) -> list[str]:
        """The id of the nearest geometry, in a list; empty for an empty layer."""
        return [self.ids[int(self.tree.nearest(place))]] if self.ids else []


@dataclass(frozen=True)
class MapSearch:
    """The layers that scoring asks for."""

    lane_groups: Layer
    lane_group_connectors: Layer
    lanes: Layer
    connectors: Layer
    intersections: Layer
    carparks: Layer
    _of: weakref.ref = field(repr=False)

    @classmethod
    def of(cls, map_data: MapData) -> "MapSearch":
        """The search of ``map_data``, built at the first call and kept as long as the map lives."""
        key = id(map_data)
        if key not in _searches:
            forget = weakref.ref(map_data, lambda _: _searches.pop(key, None))
            blocks, lanes = map_data.roadblocks.values(), map_data.lanes.values()
            _searches[key] = cls(
                Layer.of(_polygons(block for block in blocks if not block.is_connector)),
                Layer.of(_polygons(block for block in blocks if block.is_connector)),
                Layer.of(_polygons(lane for lane in lanes if not lane.is_connector)),
                Layer.of(_polygons(lane for lane in lanes if lane.is_connector)),
                Layer.of(map_data.intersections),
                Layer.of(map_data.carparks),
                forget,
            )
        return _searches[key]


_searches: dict[int, MapSearch] = {}


def _polygons(elements: Iterable[Roadblock] | Iterable[MapLane]) -> dict[str, BaseGeometry]:
    return {element.id: element.polygon for element in elements}
