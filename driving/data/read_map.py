"""Read one location of a nuPlan map into ``MapData``. Map frame, metres.

A lane connector's polygon comes from ``gen_lane_connectors_scaled_width_polygons``, every centre
line from ``baseline_paths``. A lane or connector that the map gives no polygon or no centre line is
left out, with a warning; neighbours outside the map are left out without one.
"""

import warnings
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from jaxtyping import Float64
from shapely.geometry.base import BaseGeometry

from driving.data.map_layers import (
    LOCATIONS,
    find_map,
    ids,
    projected_crs,
    read_areas,
    read_layer,
)
from driving.map_data import MapData, MapLane, Roadblock

AREA_LAYERS = {
    "intersections": "intersections",
    "carparks": "carpark_areas",
    "crosswalks": "crosswalks",
    "walkways": "walkways",
    "stop_polygons": "stop_polygons",
}
"""Field of ``MapData`` -> layer of the file."""


@lru_cache(maxsize=len(LOCATIONS))
def read_map(maps_root: Path, location: str) -> MapData:
    """The map of a location; the same object however often a process asks.

    Raises DataError naming the file where it is missing or unreadable, or lacks a layer or column.
    """
    path = find_map(maps_root, location)
    crs = projected_crs(path)
    lanes = _read_lanes(path, crs)
    areas = {name: read_areas(path, layer, crs) for name, layer in AREA_LAYERS.items()}
    return MapData(location, lanes, _read_roadblocks(path, crs, lanes), **areas)


@dataclass(frozen=True)
class _Neighbours:
    """Who leads to whom: edges of the graph come from the connectors' two id columns."""

    incoming: dict[str, list[str]]
    outgoing: dict[str, list[str]]

    @classmethod
    def of(cls, connectors: gpd.GeoDataFrame, from_column: str, to_column: str) -> "_Neighbours":
        incoming, outgoing = defaultdict(list), defaultdict(list)
        columns = ids(connectors[from_column]), ids(connectors[to_column])
        for connector, start, end in zip(connectors.index, *columns, strict=True):
            incoming[connector].append(start)
            outgoing[start].append(connector)
            outgoing[connector].append(end)
            incoming[end].append(connector)
        return cls(dict(incoming), dict(outgoing))

    def edges(self, item: str, known: dict[str, BaseGeometry]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Incoming and outgoing neighbours of ``item`` that are known."""
        return (
            tuple(other for other in self.incoming.get(item, ()) if other in known),
            tuple(other for other in self.outgoing.get(item, ()) if other in known),
        )


def _read_lanes(path: Path, crs: str) -> dict[str, MapLane]:
    lane_columns = ["lane_group_fid", "speed_limit_mps", "lane_index"]
    lanes = read_layer(path, "lanes_polygons", lane_columns, crs)
    edge_columns = ["exit_lane_fid", "entry_lane_fid"]
    connector_columns = [*edge_columns, "lane_group_connector_fid", "speed_limit_mps"]
    connectors = read_layer(path, "lane_connectors", connector_columns, crs)
    baselines = _read_baselines(path, crs)
    polygons = {**_read_connector_polygons(path, crs), **dict(lanes.geometry)}
    polygons = {item: polygons[item] for item in polygons if item in baselines}
    left_out = sum(item not in polygons for item in (*lanes.index, *connectors.index))
    if left_out:
        warnings.warn(f"{path}: {left_out} lanes lack polygon or centre line", stacklevel=2)
    neighbours = _Neighbours.of(connectors, *edge_columns)
    groups = ids(lanes["lane_group_fid"]) + ids(connectors["lane_group_connector_fid"])
    limits = [*lanes["speed_limit_mps"], *connectors["speed_limit_mps"]]
    indices = [*lanes["lane_index"].fillna(0), *np.zeros(len(connectors))]
    is_connector = [False] * len(lanes) + [True] * len(connectors)
    rows = zip((*lanes.index, *connectors.index), groups, limits, is_connector, indices)
    return {
        item: MapLane(
            item,
            polygons[item],
            baselines[item],
            group,
            None if pd.isna(limit) else float(limit),
            connects,
            *neighbours.edges(item, polygons),
            int(index),
        )
        for item, group, limit, connects, index in rows
        if item in polygons
    }


def _read_connector_polygons(path: Path, crs: str) -> dict[str, BaseGeometry]:
    layer = "gen_lane_connectors_scaled_width_polygons"
    rows = read_layer(path, layer, ["lane_connector_fid"], crs)
    return dict(zip(ids(rows["lane_connector_fid"]), rows.geometry, strict=True))


def _read_baselines(path: Path, crs: str) -> dict[str, Float64[np.ndarray, "V 2"]]:
    """Centre lines by the id of their lane or lane connector; 0 and NaN mean neither."""
    rows = read_layer(path, "baseline_paths", ["lane_fid", "lane_connector_fid"], crs)
    baselines = {}
    for column in ("lane_fid", "lane_connector_fid"):
        for item, geometry in zip(ids(rows[column]), rows.geometry, strict=True):
            if item not in ("", "0"):
                baselines[item] = np.asarray(geometry.coords, dtype=np.float64)
    return baselines


def _read_roadblocks(path: Path, crs: str, lanes: dict[str, MapLane]) -> dict[str, Roadblock]:
    edge_columns = ["from_lane_group_fid", "to_lane_group_fid"]
    connectors = read_layer(path, "lane_group_connectors", edge_columns, crs)
    groups = read_areas(path, "lane_groups_polygons", crs)
    polygons = {**groups, **dict(connectors.geometry)}
    neighbours = _Neighbours.of(connectors, *edge_columns)
    members: dict[str, list[str]] = defaultdict(list)
    for lane in lanes.values():
        members[lane.roadblock_id].append(lane.id)
    return {
        item: Roadblock(
            item,
            polygon,
            tuple(members[item]),
            item not in groups,
            *neighbours.edges(item, polygons),
        )
        for item, polygon in polygons.items()
    }
