"""The maps of the hand-made scenes: a straight road and a signalised crossing. Metres."""

import math
from functools import cache

import numpy as np
from shapely.geometry import LineString, Polygon, box

from driving.map_data import MapData, MapLane, Roadblock

LANE_WIDTH_M = 3.5
SPEED_LIMIT_MPS = 13.9
HALF_CROSSING_M = 10.0
ARM_END_M = 80.0
ARMS = ("east", "north", "west", "south")
"""Counter-clockwise; arm k lies in the direction of k quarter turns from +x."""


def line(start: tuple[float, float], end: tuple[float, float], spacing_m: float = 1.0) -> np.ndarray:
    """Points (V, 2) from ``start`` to ``end``."""
    count = max(round(math.dist(start, end) / spacing_m), 4) + 1
    return np.linspace(start, end, count)


def arc(start: np.ndarray, heading_rad: float, radius_m: float, turn_rad: float) -> np.ndarray:
    """Points (V, 2) of a circle leaving ``start`` along ``heading_rad``; positive turns left."""
    side = math.copysign(1.0, turn_rad)
    centre = start + radius_m * side * np.array([-math.sin(heading_rad), math.cos(heading_rad)])
    count = max(int(abs(turn_rad) * radius_m), 4) + 1
    angles = heading_rad - side * math.pi / 2 + np.linspace(0.0, turn_rad, count)
    return centre + radius_m * np.stack([np.cos(angles), np.sin(angles)], axis=1)


def lane(
    lane_id: str,
    baseline: np.ndarray,
    roadblock_id: str,
    is_connector: bool = False,
    incoming: tuple[str, ...] = (),
    outgoing: tuple[str, ...] = (),
    lane_index: int = 0,
) -> MapLane:
    """A lane of the usual width round its centre line."""
    polygon = LineString(baseline).buffer(LANE_WIDTH_M / 2, cap_style="flat")
    return MapLane(
        lane_id,
        polygon,
        baseline,
        roadblock_id,
        SPEED_LIMIT_MPS,
        is_connector,
        incoming,
        outgoing,
        lane_index,
    )


def roadblock(
    block_id: str,
    lanes: list[MapLane],
    incoming: tuple[str, ...] = (),
    outgoing: tuple[str, ...] = (),
) -> Roadblock:
    """The lane group, or lane group connector, of parallel ``lanes``."""
    polygon = lanes[0].polygon
    for other in lanes[1:]:
        polygon = polygon.union(other.polygon)
    ids = tuple(member.id for member in lanes)
    return Roadblock(block_id, polygon, ids, lanes[0].is_connector, incoming, outgoing)


@cache
def straight_map() -> MapData:
    """Two lanes along +x at y = 0 (id 2) and y = 3.5 (id 1), roadblock 100; one oncoming, 101."""
    left = lane("1", line((-60.0, 3.5), (240.0, 3.5)), "100", lane_index=0)
    right = lane("2", line((-60.0, 0.0), (240.0, 0.0)), "100", lane_index=1)
    oncoming = lane("3", line((240.0, 7.0), (-60.0, 7.0)), "101")
    return MapData(
        location="us-ma-boston",
        lanes={item.id: item for item in (left, right, oncoming)},
        roadblocks={"100": roadblock("100", [left, right]), "101": roadblock("101", [oncoming])},
        intersections={},
        carparks={},
        crosswalks={"50": box(16.5, -1.75, 19.5, 8.75)},
        walkways={"60": box(-60.0, -4.75, 240.0, -1.75), "61": box(-60.0, 8.75, 240.0, 11.75)},
    )


@cache
def crossing_map() -> MapData:
    """A signalised crossing of two roads, one lane a direction, its middle at the origin.

    Ids: approaching lane of arm k is 1+k, leaving lane 11+k, their roadblocks 101+k and 111+k; the
    connector from arm i to arm j is 200+10*i+j, its roadblock 300+10*i+j.
    """
    lanes: dict[str, MapLane] = {}
    blocks: dict[str, Roadblock] = {}
    for arm in range(4):
        into, out = _turned((ARM_END_M, 1.75), arm), _turned((HALF_CROSSING_M, -1.75), arm)
        into_end, out_end = _turned((HALF_CROSSING_M, 1.75), arm), _turned((ARM_END_M, -1.75), arm)
        others = [other for other in range(4) if other != arm]
        leaving_ids = tuple(str(200 + 10 * arm + other) for other in others)
        reaching_ids = tuple(str(200 + 10 * other + arm) for other in others)
        approach = lane(f"{1 + arm}", line(into, into_end), f"{101 + arm}", outgoing=leaving_ids)
        leave = lane(f"{11 + arm}", line(out, out_end), f"{111 + arm}", incoming=reaching_ids)
        lanes |= {approach.id: approach, leave.id: leave}
        after = tuple(str(300 + 10 * arm + other) for other in others)
        before = tuple(str(300 + 10 * other + arm) for other in others)
        blocks[f"{101 + arm}"] = roadblock(f"{101 + arm}", [approach], outgoing=after)
        blocks[f"{111 + arm}"] = roadblock(f"{111 + arm}", [leave], incoming=before)
    for start in range(4):
        for end in [other for other in range(4) if other != start]:
            connector = _connector(start, end)
            lanes[connector.id] = connector
            blocks[connector.roadblock_id] = roadblock(
                connector.roadblock_id, [connector], (f"{101 + start}",), (f"{111 + end}",)
            )
    return MapData(
        location="us-pa-pittsburgh-hazelwood",
        lanes=lanes,
        roadblocks=blocks,
        intersections={"400": box(-HALF_CROSSING_M, -HALF_CROSSING_M, HALF_CROSSING_M, HALF_CROSSING_M)},
        carparks={"500": box(20.0, 6.0, 40.0, 20.0)},
        crosswalks={str(50 + arm): _turned_box(6.5, -3.5, 9.5, 3.5, arm) for arm in range(4)},
        walkways={str(60 + arm): _turned_box(10.0, -6.0, 80.0, -3.5, arm) for arm in range(4)},
    )


def crossing_connector(start_arm: str, end_arm: str) -> MapLane:
    """The connector that enters from ``start_arm`` and leaves by ``end_arm``."""
    return crossing_map().lanes[str(200 + 10 * ARMS.index(start_arm) + ARMS.index(end_arm))]


def _connector(start: int, end: int) -> MapLane:
    entry, exit_ = _turned((HALF_CROSSING_M, 1.75), start), _turned((HALF_CROSSING_M, -1.75), end)
    heading = start * math.pi / 2 + math.pi
    quarter_turns = (end - start) % 4  # 1: to the next arm counter-clockwise, a right turn
    if quarter_turns == 2:
        baseline = line(entry, exit_)
    else:
        turn, radius = {
            1: (-math.pi / 2, HALF_CROSSING_M - 1.75),
            3: (math.pi / 2, HALF_CROSSING_M + 1.75),
        }[quarter_turns]
        baseline = arc(np.array(entry), heading, radius, turn)
    return lane(
        str(200 + 10 * start + end),
        baseline,
        str(300 + 10 * start + end),
        is_connector=True,
        incoming=(str(1 + start),),
        outgoing=(str(11 + end),),
    )


def _turned(point: tuple[float, float], quarter_turns: int) -> tuple[float, float]:
    x, y = point
    for _ in range(quarter_turns):
        x, y = -y, x
    return x, y


def _turned_box(x0: float, y0: float, x1: float, y1: float, quarter_turns: int) -> Polygon:
    corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
    return Polygon([_turned(corner, quarter_turns) for corner in corners])
