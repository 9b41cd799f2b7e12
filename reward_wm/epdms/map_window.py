"""The map elements that the scorer sees from a place: what touches a square of 200 m round it."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import shapely
import torch
from jaxtyping import Float64
from shapely.geometry.base import BaseGeometry

from driving.map_data import MapData
from reward_wm.epdms.compiled import DRIVABLE, INTERSECTION, LANE, ON_ROUTE
from reward_wm.epdms.footprint import ego_centre
from reward_wm.epdms.map_search import MapSearch
from reward_wm.epdms.polygons import Polygons
from reward_wm.epdms.roads import Roads

RADIUS_M = 100.0
NODE_CAPACITY = 10


@dataclass(frozen=True)
class NearbyMap:
    """Lane groups, then lanes and connectors, then intersections, then car parks; map frame."""

    ids: tuple[str, ...]
    geometries: tuple[BaseGeometry, ...]
    kinds: tuple[int, ...]

    @classmethod
    def around(cls, map_data: MapData, ego: Float64[np.ndarray, "3"]) -> "NearbyMap":
        """What touches the square round the centre of an ego whose rear axle is at ``ego``."""
        x, y = ego_centre(ego)
        square = shapely.box(x - RADIUS_M, y - RADIUS_M, x + RADIUS_M, y + RADIUS_M)
        search = MapSearch.of(map_data)
        groups = search.lane_groups.touching(square)
        blocks = groups + search.lane_group_connectors.touching(square)
        lanes = [lane for block in blocks for lane in map_data.roadblocks[block].lane_ids]
        intersections = search.intersections.touching(square)
        carparks = search.carparks.touching(square)
        rows = [(item, map_data.roadblocks[item].polygon, DRIVABLE) for item in groups]
        rows += [(item, map_data.lanes[item].polygon, LANE) for item in lanes]
        both = DRIVABLE | INTERSECTION
        rows += [(item, map_data.intersections[item], both) for item in intersections]
        rows += [(item, map_data.carparks[item], DRIVABLE) for item in carparks]
        return cls(*(tuple(column) for column in zip(*rows, strict=True))) if rows else cls((), (), ())

    def ids_touching(self, place: shapely.Point) -> list[str]:
        """Ids, of whatever layer, of the polygons that hold a point, in the devkit's order."""
        tree = shapely.STRtree(self.geometries, node_capacity=NODE_CAPACITY)
        return [self.ids[row] for row in tree.query(place, predicate="intersects")]

    def roads(self, route_lane_ids: Collection[str], origin: Float64[np.ndarray, "2"]) -> Roads:
        """The same as arrays in the scene frame, lanes of the route marked."""
        on_route = set(route_lane_ids)
        kinds = [
            kind | ON_ROUTE if kind == LANE and item in on_route else kind
            for item, kind in zip(self.ids, self.kinds, strict=True)
        ]
        kind = torch.tensor(kinds, dtype=torch.uint8)
        return Roads(Polygons.of(self.geometries, origin), kind, self.ids)
