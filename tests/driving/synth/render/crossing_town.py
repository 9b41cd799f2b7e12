"""A hand-made town of one signalised crossing, for the renderer's tests.

Two roads of one lane each way meet at (0, 0); each arm is 60 m long. Eastbound traffic drives along
y = -1.75 and stops at x = -12; its signal head "east" hangs over the lane at x = -4.
"""

import numpy as np
from shapely import LineString, Polygon, box
from shapely.geometry.base import BaseGeometry
from shapely.ops import unary_union

from driving.synth.town import (
    Connector,
    Crossing,
    Junction,
    Lane,
    LaneEdge,
    LaneGroup,
    SignalHead,
    StopLine,
    TownGeometry,
    Turn,
)

WIDTH_M = 3.5
STOP_M = 12.0
ARM_M = 60.0
HEADINGS = {"east": 0.0, "north": np.pi / 2, "west": np.pi, "south": -np.pi / 2}


def crossing_town() -> TownGeometry:
    """Lanes "to_<way>" lead to the junction, "from_<way>" away from it."""
    lanes = {lane.id: lane for way in HEADINGS for lane in (_lane("to", way), _lane("from", way))}
    connectors = {f"over_{way}": _connector(way) for way in HEADINGS}
    junction = Junction("middle", True, box(-STOP_M, -STOP_M, STOP_M, STOP_M))
    road = unary_union([junction.polygon, *(lane.polygon for lane in lanes.values())])
    assert isinstance(road, Polygon)
    return TownGeometry(
        name="crossing",
        seed=1,
        lanes=lanes,
        groups={
            lane.group_id: LaneGroup(lane.group_id, (lane.id,), "a", "b", lane.polygon)
            for lane in lanes.values()
        },
        connectors=connectors,
        junctions={"middle": junction},
        crossings={"west": _crossing_west()},
        walkways=tuple(_parts(road.buffer(2.2, join_style="mitre").difference(road))),
        stop_lines=tuple(_stop_line(way) for way in HEADINGS),
        signal_heads=tuple(_head(way) for way in HEADINGS),
        carparks=(),
        road_surface=road,
    )


def _turn(way: str, points: list[tuple[float, float]]) -> np.ndarray:
    """Points given for eastbound traffic, turned to drive ``way``."""
    cos, sin = np.cos(HEADINGS[way]), np.sin(HEADINGS[way])
    return np.array(points) @ np.array([[cos, sin], [-sin, cos]])


def _line(way: str, start_x: float, end_x: float) -> np.ndarray:
    xs = np.linspace(start_x, end_x, 25)
    return _turn(way, [(float(x), -WIDTH_M / 2) for x in xs])


def _band(centre: np.ndarray, width: float = WIDTH_M) -> Polygon:
    return LineString(centre).buffer(width / 2, cap_style="flat")


def _lane(side: str, way: str) -> Lane:
    start, end = (-ARM_M, -STOP_M) if side == "to" else (STOP_M, ARM_M)
    centre = _line(way, start, end)
    return Lane(
        id=f"{side}_{way}",
        group_id=f"group_{side}_{way}",
        index=0,
        centre=centre,
        width=WIDTH_M,
        speed_limit_mps=11.1,
        left_edge=LaneEdge.DOUBLE_YELLOW,
        right_edge=LaneEdge.KERB,
        polygon=_band(centre),
    )


def _connector(way: str) -> Connector:
    centre = _line(way, -STOP_M, STOP_M)
    return Connector(
        f"over_{way}",
        f"to_{way}",
        f"from_{way}",
        "middle",
        centre,
        WIDTH_M,
        11.1,
        Turn.STRAIGHT,
        "tl:0",
        _band(centre),
    )


def _crossing_west() -> Crossing:
    centre = np.array([(-9.0, -3.5), (-9.0, 3.5)])
    return Crossing("west", "middle", centre, 3.5, _band(centre, 3.5))


def _stop_line(way: str) -> StopLine:
    corners = _turn(way, [(-STOP_M - 0.5, -WIDTH_M), (-STOP_M, 0.0)])
    return StopLine(f"stop_{way}", f"to_{way}", True, box(*corners.min(0), *corners.max(0)))


def _head(way: str) -> SignalHead:
    spot, pole = _turn(way, [(-4.0, -WIDTH_M / 2), (-4.0, -14.0)])
    heading = float(HEADINGS[way] + np.pi)
    return SignalHead(way, tuple(spot), 5.2, heading, tuple(pole), f"to_{way}", (f"over_{way}",), None)


def _parts(geometry: BaseGeometry) -> list[Polygon]:
    return list(getattr(geometry, "geoms", [geometry]))
