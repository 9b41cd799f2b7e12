"""Roads that Hypothesis draws: a winding road of several lanes with junctions, side roads and a car park.

Metres. The road starts at the origin along +x; an odd placement on the map comes later.
Stretches of road and junctions take turns, as every map of NAVSIM has a connector between two lanes.
"""

import math
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import shapely
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from driving.map_data import MapData, MapLane, Roadblock
from tests.reward_wm.epdms.drawn_lines import beside, between, curve, spine

ElementT = TypeVar("ElementT", MapLane, Roadblock)
STRETCHES_M = (90.0, 18.0, 60.0, 14.0, 80.0)
"""Road, junction, road, junction, road."""
SIDE_ROAD_M = 70.0
ROADBLOCK, ONCOMING, SIDE, TURN = 100, 200, 300, 500
"""Roadblock ids: of a stretch, of its oncoming lanes, of a side road, of the turn into it."""


@dataclass(frozen=True)
class Way:
    """Where one can drive: a centre line (V, 2), and the route along it."""

    line: np.ndarray
    route: tuple[str, ...]


@dataclass(frozen=True)
class Roads:
    """A map, and ways through it."""

    map: MapData
    ways: tuple[Way, ...]
    lights: tuple[str, ...]
    """Lane connectors."""


@st.composite
def drawn_roads(draw: st.DrawFn) -> Roads:
    """One to three lanes ahead, none to two oncoming, bends of 30 m radius and more."""
    bends = draw(st.lists(st.floats(-0.033, 0.033), min_size=1, max_size=4))
    width, ahead, oncoming = draw(st.floats(3.0, 4.0)), draw(st.integers(1, 3)), draw(st.integers(0, 2))
    limits = draw(st.lists(st.none() | st.floats(4.0, 25.0), min_size=1, max_size=3))
    builder = _Builder(spine(bends, sum(STRETCHES_M)), width + 0.0137, limits)
    for number in range(len(STRETCHES_M)):
        builder.add_stretch(number, ahead, oncoming)
    for junction in (1, 3):
        if draw(st.booleans()):
            builder.add_side_road(junction, draw(st.floats(-0.5, 0.5)), draw(st.booleans()), ahead, oncoming)
        if draw(st.sampled_from((True, True, True, False))):
            builder.pave_junction(junction)
    if draw(st.booleans()):
        builder.add_carpark(draw(st.floats(30.0, 200.0)), ahead, draw(st.sampled_from((0.0, 0.0, 0.9))))
    return builder.roads(ahead)


class _Builder:
    """Adds to a map, stretch by stretch."""

    def __init__(self, middle: np.ndarray, width_m: float, limits: list[float | None]) -> None:
        self.spine, self.width, self.limits = middle, width_m, limits
        self.ends = np.concatenate([[0.0], np.cumsum(STRETCHES_M)]).round().astype(int)
        self.lanes: dict[str, MapLane] = {}
        self.blocks: dict[str, Roadblock] = {}
        self.intersections: dict[str, BaseGeometry] = {}
        self.carparks: dict[str, BaseGeometry] = {}
        self.turns: list[tuple[int, str, str]] = []

    def add_stretch(self, number: int, ahead: int, oncoming: int) -> None:
        """Lanes of one stretch: those ahead to the right of the spine, oncoming ones to the left."""
        piece = self.spine[self.ends[number] : self.ends[number + 1] + 1]
        self._add_block(ROADBLOCK + number, piece, [-lane for lane in range(ahead)], number % 2 == 1)
        if oncoming:
            lanes = [lane + 1 for lane in range(oncoming)]
            self._add_block(ONCOMING + number, piece, lanes, number % 2 == 1, reverse=True)
        if number:
            for lane in range(ahead):
                self._link(_lane_id(ROADBLOCK + number - 1, lane), _lane_id(ROADBLOCK + number, lane))
            for lane in range(oncoming):
                self._link(_lane_id(ONCOMING + number, lane), _lane_id(ONCOMING + number - 1, lane))

    def add_side_road(self, junction: int, skew: float, to_left: bool, ahead: int, oncoming: int) -> None:
        """A road of one lane that leaves a junction, and a turn into it."""
        middle = self.spine[(self.ends[junction] + self.ends[junction + 1]) // 2]
        turn = (math.pi / 2 + skew) * (1 if to_left else -1)
        heading = middle[2] + turn
        aside = self.width * ((oncoming if to_left else ahead) + 0.5) + 6.0
        steps = aside + np.arange(0.0, SIDE_ROAD_M, 2.0)
        points = middle[:2] + np.outer(steps, [math.cos(heading), math.sin(heading)])
        side = np.column_stack([points, np.full(len(points), heading)])
        name = SIDE + junction
        self._add_block(name, side, [0], is_connector=False)
        lane = 0 if to_left else ahead - 1
        start = self.lanes[_lane_id(ROADBLOCK + junction - 1, lane)].baseline
        turning = curve(start[-1], start[-1] - start[-2], side[0, :2], side[1, :2] - side[0, :2])
        self._add_block(TURN + junction, turning, [0], is_connector=True)
        source, target = _lane_id(ROADBLOCK + junction - 1, lane), _lane_id(name, 0)
        self._link(source, _lane_id(TURN + junction, 0))
        self._link(_lane_id(TURN + junction, 0), target)
        self.turns.append((junction, source, target))

    def pave_junction(self, junction: int) -> None:
        """The intersection; a junction without one is not drivable."""
        names = (ROADBLOCK + junction, ONCOMING + junction, TURN + junction)
        areas = [self.blocks[str(name)].polygon for name in names if str(name) in self.blocks]
        self.intersections[str(400 + junction)] = shapely.GeometryCollection(areas).convex_hull

    def add_carpark(self, start_m: float, ahead: int, gap_m: float) -> None:
        """Along the right edge, or a little off it."""
        piece = self.spine[int(start_m) : int(start_m) + 40]
        edge = -(ahead - 0.5) * self.width - gap_m
        self.carparks["600"] = between(beside(piece, edge), beside(piece, edge - 9.0))

    def roads(self, ahead: int) -> Roads:
        """What was built."""
        route = tuple(str(ROADBLOCK + number) for number in range(len(STRETCHES_M)))
        ways = [Way(beside(self.spine, -i * self.width)[:, :2], route) for i in range(ahead)]
        for junction, source, target in self.turns:
            parts = (source, _lane_id(TURN + junction, 0), target)
            first = self.spine[: self.ends[junction - 1]]
            lead = beside(first, -int(source[-1]) * self.width)[:, :2]
            line = np.concatenate([lead, *(self.lanes[part].baseline for part in parts)])
            blocks = (str(TURN + junction), str(SIDE + junction))
            ways.append(Way(line[np.r_[True, np.diff(line, axis=0).any(axis=1)]], route[:junction] + blocks))
        lights = tuple(lane.id for lane in self.lanes.values() if lane.is_connector)
        town = MapData("us-ma-boston", self.lanes, self.blocks, self.intersections, self.carparks, {}, {})
        return Roads(town, tuple(ways), lights)

    def _add_block(
        self, name: int, piece: np.ndarray, places: list[int], is_connector: bool, reverse: bool = False
    ) -> None:
        """A lane group, or a connector of one, with lanes so many widths to the left of ``piece``."""
        for number, place in enumerate(places):
            line = beside(piece, place * self.width)[:, :2]
            lane = MapLane(
                id=_lane_id(name, number),
                polygon=self._strip(piece, place, place),
                baseline=line[::-1].copy() if reverse else line,
                roadblock_id=str(name),
                speed_limit_mps=self.limits[(name + number) % len(self.limits)],
                is_connector=is_connector,
                incoming=(),
                outgoing=(),
                lane_index=number,
            )
            self.lanes[lane.id] = lane
        area = self._strip(piece, max(places), min(places))
        ids = tuple(_lane_id(name, number) for number in range(len(places)))
        self.blocks[str(name)] = Roadblock(str(name), area, ids, is_connector, (), ())

    def _strip(self, piece: np.ndarray, left: int, right: int) -> shapely.Polygon:
        """From the left edge of one lane to the right edge of another; neighbours share their edges."""
        edges = ((left + 0.5) * self.width, (right - 0.5) * self.width)
        return between(*(beside(piece, edge) for edge in edges))

    def _link(self, source: str, target: str) -> None:
        """From one lane to the next, and the same for their roadblocks."""
        _join(self.lanes, source, target)
        _join(self.blocks, self.lanes[source].roadblock_id, self.lanes[target].roadblock_id)


def _join(table: dict[str, ElementT], source: str, target: str) -> None:
    one, other = table[source], table[target]
    table[source] = replace(one, outgoing=tuple(dict.fromkeys((*one.outgoing, target))))
    table[target] = replace(other, incoming=tuple(dict.fromkeys((*other.incoming, source))))


def _lane_id(block: int, number: int) -> str:
    return str(10 * block + number)
