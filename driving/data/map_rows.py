"""A town as rows of nuPlan's map layers: feature ids, columns and geometry in map coordinates.

A town is a district of a location, with an origin of its own in the location's UTM zone and a block of
feature ids of its own: its rows don't depend on which other towns are there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely import LineString, Point
from shapely.geometry.base import BaseGeometry

from driving.synth.town import Connector, LaneEdge, TownGeometry, Turn

ORIGINS = {
    "us-ma-boston": (330_000.0, 4_690_000.0),
    "us-nv-las-vegas-strip": (664_000.0, 3_998_000.0),
    "us-pa-pittsburgh-hazelwood": (587_000.0, 4_475_000.0),
    "sg-one-north": (365_000.0, 143_000.0),
}
"""Where district 0 of each location lies [m, UTM]."""
DISTRICT_SPACING_M = 4000.0
IDS_PER_DISTRICT = 100_000

LAYERS = (
    "baseline_paths", "boundaries", "carpark_areas", "crosswalks", "generic_drivable_areas",
    "gen_lane_connectors_scaled_width_polygons", "intersections", "lane_connectors", "lane_group_connectors",
    "lane_groups_polygons", "lanes_polygons", "road_segments", "stop_polygons", "traffic_lights", "walkways",
)  # fmt: skip
_BOUNDARY_TYPE = {
    LaneEdge.KERB: 0,
    LaneEdge.DASHED: 2,
    LaneEdge.SOLID: 2,
    LaneEdge.DOUBLE_YELLOW: 1,
}
_TURN_TYPE = {Turn.STRAIGHT: 0, Turn.LEFT: 1, Turn.RIGHT: 2}


@dataclass(frozen=True)
class District:
    """A town's place on the map: its location and its number there."""

    location: str
    number: int

    @property
    def origin(self) -> tuple[float, float]:
        """Map coordinates of the town's (0, 0) [m, UTM]."""
        x, y = ORIGINS[self.location]
        return x + DISTRICT_SPACING_M * (self.number % 8), y + DISTRICT_SPACING_M * (self.number // 8)


@dataclass(frozen=True)
class MapIds:
    """Feature ids of one town's lanes, connectors, roads and junctions (and stop lines, boundaries)."""

    lane: dict[str, int]
    connector: dict[str, int]
    group: dict[str, int]
    group_connector: dict[tuple[str, str], int]
    """(road, next road) -> id of the lane group connector between them."""
    junction: dict[str, int]
    stop_line: dict[str, int]
    """By lane."""
    first_free: int

    def route(self, roads: Sequence[str]) -> tuple[str, ...]:
        """Roadblock ids along a sequence of roads, connectors in between."""
        ids: list[int] = []
        for number, road in enumerate(roads):
            if number:
                ids.append(self.group_connector[roads[number - 1], road])
            ids.append(self.group[road])
        return tuple(str(i) for i in ids)


def number_features(town: TownGeometry, district: District) -> MapIds:
    """Gives every feature of a town that others refer to its id within the district's block."""
    following = iter(range(district.number * IDS_PER_DISTRICT + 1, (district.number + 1) * IDS_PER_DISTRICT))
    pairs = dict.fromkeys(_roads_of(town, connector) for connector in town.connectors.values())
    return MapIds(
        lane={key: next(following) for key in town.lanes},
        connector={key: next(following) for key in town.connectors},
        group={key: next(following) for key in town.groups},
        group_connector={pair: next(following) for pair in pairs},
        junction={key: next(following) for key in town.junctions},
        stop_line={line.lane_id: next(following) for line in town.stop_lines},
        first_free=next(following),
    )


def town_layers(town: TownGeometry, district: District) -> dict[str, list[dict[str, Any]]]:
    """The rows of every layer for one town, in map coordinates."""
    ids = number_features(town, district)
    sheet = _Sheet(np.array(district.origin), ids.first_free)
    _add_lanes(sheet, town, ids)
    _add_connectors(sheet, town, ids)
    for junction in town.junctions.values():
        kind = 1 if junction.signalled else 2
        sheet.add(
            "intersections",
            junction.polygon,
            ids.junction[junction.id],
            intersection_type_fid=kind,
            is_mini=0,
        )
    for line in town.stop_lines:
        kind = 1 if line.signalled else 0
        sheet.add("stop_polygons", line.polygon, ids.stop_line[line.lane_id], stop_polygon_type_fid=kind)
    for crossing in town.crossings.values():
        sheet.add(
            "crosswalks",
            crossing.polygon,
            intersection_fids=str(ids.junction.get(crossing.junction_id, "")),
        )
    for layer, areas in (("walkways", town.walkways), ("carpark_areas", town.carparks)):
        for area in areas:
            sheet.add(layer, area, heading=0.0)
    for group in town.groups.values():
        sheet.add("road_segments", group.polygon)
        sheet.add("generic_drivable_areas", group.polygon)
    return sheet.rows


class _Sheet:
    """Collects a town's rows, moves their geometry to the map and numbers what has no id yet."""

    def __init__(self, origin: np.ndarray, first_free: int) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {layer: [] for layer in LAYERS}
        self._origin = origin
        self._next = first_free

    def add(self, layer: str, geometry: BaseGeometry, fid: int | None = None, **columns: Any) -> int:
        if fid is None:
            fid, self._next = self._next, self._next + 1
        moved = shapely.transform(geometry, lambda xy: xy + self._origin)
        self.rows[layer].append({"fid": fid, **columns, "geometry": moved})
        return fid


def _add_lanes(sheet: _Sheet, town: TownGeometry, ids: MapIds) -> None:
    for group in town.groups.values():
        lanes = [town.lanes[lane_id] for lane_id in group.lane_ids]
        edges = [(lanes[0], lanes[0].width / 2, lanes[0].left_edge)] + [
            (lane, -lane.width / 2, lane.right_edge) for lane in lanes
        ]
        boundaries = [
            sheet.add(
                "boundaries",
                _offset(lane.centre, aside),
                boundary_segment_fids="",
                boundary_type_fid=_BOUNDARY_TYPE[edge],
            )
            for lane, aside, edge in edges
        ]
        fid = ids.group[group.id]
        sides = {"left_boundary_fid": boundaries[0], "right_boundary_fid": boundaries[-1]}
        sheet.add(
            "lane_groups_polygons",
            group.polygon,
            fid,
            from_edge_line_fid=0,
            to_edge_line_fid=0,
            **sides,
        )
        for lane in lanes:
            own = ids.lane[lane.id]
            sheet.add(
                "lanes_polygons", lane.polygon, own, lane_fid=own, lane_group_fid=fid,
                lane_index=lane.index + 1, left_boundary_fid=boundaries[lane.index],
                right_boundary_fid=boundaries[lane.index + 1],
                speed_limit_mps=lane.speed_limit_mps, lane_type_fid=0, from_edge_fid=0, to_edge_fid=0,
                left_has_reflectors=0, right_has_reflectors=0,
            )  # fmt: skip
            sheet.add(
                "baseline_paths",
                LineString(lane.centre),
                lane_fid=ids.lane[lane.id],
                lane_connector_fid=0,
                path_type_fid=0,
            )


def _add_connectors(sheet: _Sheet, town: TownGeometry, ids: MapIds) -> None:
    areas: dict[tuple[str, str], list[BaseGeometry]] = {}
    for connector in town.connectors.values():
        pair = _roads_of(town, connector)
        areas.setdefault(pair, []).append(connector.polygon)
        _add_connector(sheet, connector, pair, ids)
    for (start, end), polygons in areas.items():
        sheet.add(
            "lane_group_connectors", shapely.union_all(polygons), ids.group_connector[start, end],
            from_lane_group_fid=ids.group[start], to_lane_group_fid=ids.group[end],
            intersection_fid=ids.junction[town.groups[start].to_junction],
        )  # fmt: skip


def _add_connector(sheet: _Sheet, connector: Connector, pair: tuple[str, str], ids: MapIds) -> None:
    """A connector leaves its *exit* lane and enters its *entry* lane: nuPlan names them from its own side."""
    fid, centre = ids.connector[connector.id], LineString(connector.centre)
    sides = {
        name: sheet.add(
            "boundaries",
            _offset(connector.centre, aside),
            boundary_segment_fids="",
            boundary_type_fid=3,
        )
        for name, aside in (
            ("left_boundary_fid", connector.width / 2),
            ("right_boundary_fid", -connector.width / 2),
        )
    }
    shared = {
        "lane_group_connector_fid": ids.group_connector[pair],
        "intersection_fid": ids.junction[connector.junction_id],
    }
    stop_line = ids.stop_line.get(connector.from_lane, "") if connector.signal else ""
    sheet.add(
        "lane_connectors", centre, fid,
        exit_lane_fid=ids.lane[connector.from_lane], entry_lane_fid=ids.lane[connector.to_lane],
        exit_lane_group_fid=ids.group[pair[0]], entry_lane_group_fid=ids.group[pair[1]], **shared,
        speed_limit_mps=connector.speed_limit_mps, traffic_light_stop_line_fids=str(stop_line),
        turn_type_fid=_TURN_TYPE[connector.turn], overlap=0, bulb_fids="",
    )  # fmt: skip
    sheet.add(
        "gen_lane_connectors_scaled_width_polygons",
        connector.polygon,
        lane_connector_fid=fid,
        **sides,
        **shared,
    )
    sheet.add("baseline_paths", centre, lane_fid=0, lane_connector_fid=fid, path_type_fid=0)
    if connector.signal:
        sheet.add("traffic_lights", Point(connector.centre[0]), lane_connector_fid=fid)


def _roads_of(town: TownGeometry, connector: Connector) -> tuple[str, str]:
    return town.lanes[connector.from_lane].group_id, town.lanes[connector.to_lane].group_id


def _offset(centre: np.ndarray, aside: float) -> LineString:
    """The line moved to its left, vertex by vertex."""
    tangent = np.gradient(centre, axis=0)
    normal = np.stack([-tangent[:, 1], tangent[:, 0]], axis=1) / np.hypot(*tangent.T)[:, None]
    return LineString(centre + aside * normal)
