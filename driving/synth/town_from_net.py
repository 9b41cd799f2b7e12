"""From a SUMO net to a TownGeometry: merges internal lanes into connectors, paints edges, joins areas."""

import math
from pathlib import Path

import numpy as np
import shapely
import sumolib
from shapely import LineString, Polygon
from shapely.ops import substring, unary_union

from driving.synth.roads import PARKING_CLASS, PARKING_WIDTH_M
from driving.synth.signal_heads import hang_signal_heads
from driving.synth.town import (
    Connector,
    Crossing,
    Junction,
    Lane,
    LaneEdge,
    LaneGroup,
    Polyline,
    StopLine,
    TownGeometry,
    Turn,
)

POINT_SPACING_M = 1.0
"""Between vertices of a centre line; the devkit's reactive traffic raises on sparse ones."""
SEAM_OVERLAP_M = 0.15
"""How far neighbouring areas overlap: the scorer's `contains` is strict, a seam would count as off-road."""
SWEPT_MARGIN_M = 0.4
"""What a junction's asphalt has beyond its connectors on either side."""
TURN_ANGLE_RAD = math.radians(35)
"""A connector that bends less than this counts as straight on."""


def build_town(net_file: Path, name: str, seed: int) -> TownGeometry:
    """Reads a net with pavements and crossings (as `roads.build_net` makes them)."""
    net = sumolib.net.readNet(
        str(net_file), withInternal=True, withPedestrianConnections=True, withPrograms=True
    )
    roads = [edge for edge in net.getEdges(withInternal=False) if _car_lanes(edge)]
    lanes = {lane.id: lane for edge in roads for lane in _lanes(edge)}
    connectors = {c.id: c for edge in roads for c in _connectors(net, edge, lanes)}
    groups = {edge.getID(): _group(edge, lanes) for edge in roads}
    crossings = {
        c.id: c
        for edge in net.getEdges(withInternal=True)
        if edge.getFunction() == "crossing"
        for c in [_crossing(edge)]
    }
    junctions = {j.id: j for node in net.getNodes() for j in _junction(node, connectors, crossings)}
    stop_lines = tuple(line for edge in roads for line in _stop_lines(edge, lanes, connectors))
    carparks = tuple(
        band(g.parking, PARKING_WIDTH_M + 0.04) for g in groups.values() if g.parking is not None
    )
    asphalt = (
        [*carparks]
        + [group.polygon for group in groups.values()]
        + [junction.polygon for junction in junctions.values()]
    )
    surface = unary_union(asphalt).buffer(0.3).buffer(-0.3)
    return TownGeometry(
        name=name, seed=seed, lanes=lanes, groups=groups, connectors=connectors, junctions=junctions,
        crossings=crossings, walkways=_walkways(net, surface), stop_lines=stop_lines,
        signal_heads=hang_signal_heads(net, lanes, connectors, surface), carparks=carparks,
        road_surface=surface,
    )  # fmt: skip


def resample(points: Polyline, spacing_m: float = POINT_SPACING_M) -> Polyline:
    """The same line with vertices at even distances, at least five, first and last kept."""
    line = LineString(points)
    count = max(math.ceil(line.length / spacing_m), 4)
    return shapely.get_coordinates(
        shapely.line_interpolate_point(line, np.linspace(0, 1, count + 1), normalized=True)
    )


def band(centre: Polyline, width: float) -> Polygon:
    """The area within half a width of a line, square at both ends."""
    return LineString(centre).buffer(width / 2, cap_style="flat", join_style="round", quad_segs=4)


def _car_lanes(edge) -> list:
    """A SUMO edge's lanes for cars, left to right."""
    return [lane for lane in edge.getLanes() if lane.allows("passenger")][::-1]


def _is_parking(lane) -> bool:
    return lane.allows(PARKING_CLASS) and not lane.allows("passenger") and not lane.allows("pedestrian")


def _lanes(edge) -> list[Lane]:
    found = _car_lanes(edge)
    lanes = []
    for index, lane in enumerate(found):
        centre = resample(np.array(lane.getShape())[:, :2])
        left = LaneEdge.DOUBLE_YELLOW if index == 0 else LaneEdge.DASHED
        right = (
            LaneEdge.DASHED
            if index < len(found) - 1
            else LaneEdge.SOLID
            if any(map(_is_parking, edge.getLanes()))
            else LaneEdge.KERB
        )
        polygon = band(centre, lane.getWidth())
        lanes.append(
            Lane(
                lane.getID(),
                edge.getID(),
                index,
                centre,
                lane.getWidth(),
                lane.getSpeed(),
                left,
                right,
                polygon,
            )
        )
    return lanes


def _group(edge, lanes: dict[str, Lane]) -> LaneGroup:
    ids = tuple(lane.getID() for lane in _car_lanes(edge))
    polygon = unary_union([band(lanes[i].centre, lanes[i].width + 0.04) for i in ids])
    assert isinstance(polygon, Polygon)
    strip = next((lane for lane in edge.getLanes() if _is_parking(lane)), None)
    parking = resample(np.array(strip.getShape())[:, :2]) if strip else None
    return LaneGroup(
        edge.getID(), ids, edge.getFromNode().getID(), edge.getToNode().getID(), polygon, parking
    )


def _connectors(net, edge, lanes: dict[str, Lane]) -> list[Connector]:
    found = []
    for lane in _car_lanes(edge):
        for connection in lane.getOutgoing():
            target = connection.getToLane().getID()
            if target in lanes:
                found.append(_connector(net, connection, lanes[lane.getID()], lanes[target]))
    return found


def _connector(net, connection, start: Lane, end: Lane) -> Connector:
    """One way through a junction, along its chain of internal lanes (two where one may wait inside)."""
    points, speeds, via = [start.centre[-1]], [], connection.getViaLaneID()
    first = via
    while via:
        internal = net.getLane(via)
        points += [np.array(point[:2]) for point in internal.getShape()]
        speeds.append(internal.getSpeed())
        via = next((c.getViaLaneID() for c in internal.getOutgoing()), "")
    points.append(end.centre[0])
    kept = [points[0]] + [b for a, b in zip(points, points[1:], strict=False) if np.hypot(*(b - a)) > 0.02]
    centre = resample(np.array(kept), 0.75)
    traffic_light = connection.getTLSID()
    width = min(start.width, end.width)
    return Connector(
        id=first or f"{start.id}>{end.id}",
        from_lane=start.id,
        to_lane=end.id,
        junction_id=connection.getFromLane().getEdge().getToNode().getID(),
        centre=centre,
        width=width,
        speed_limit_mps=min([*speeds, start.speed_limit_mps]),
        turn=_turn(start.centre, end.centre),
        signal=f"{traffic_light}:{connection.getTLLinkIndex()}" if traffic_light else None,
        polygon=band(centre, width),
    )


def _turn(start: Polyline, end: Polyline) -> Turn:
    before, after = start[-1] - start[-3], end[2] - end[0]
    angle = math.atan2(before[0] * after[1] - before[1] * after[0], before @ after)
    if abs(angle) < TURN_ANGLE_RAD:
        return Turn.STRAIGHT
    return Turn.LEFT if angle > 0 else Turn.RIGHT


def _crossing(edge) -> Crossing:
    lane = edge.getLanes()[0]
    centre = np.array(lane.getShape())[:, :2]
    return Crossing(
        edge.getID(),
        edge.getID().split("_c")[0].lstrip(":"),
        centre,
        lane.getWidth(),
        band(centre, lane.getWidth()),
    )


def _junction(node, connectors: dict[str, Connector], crossings: dict[str, Crossing]) -> list[Junction]:
    shape = node.getShape()
    ways = [c for c in connectors.values() if c.junction_id == node.getID()]
    if len(shape) < 3 or not ways:
        return []
    swept = [band(c.centre, c.width + 2 * SWEPT_MARGIN_M) for c in ways]
    own = [c.polygon for c in crossings.values() if c.junction_id == node.getID()]
    area = unary_union([Polygon([p[:2] for p in shape]).buffer(SEAM_OVERLAP_M), *swept, *own]).buffer(
        SEAM_OVERLAP_M
    )
    area = max(getattr(area, "geoms", [area]), key=lambda part: part.area)
    return [Junction(node.getID(), node.getType().startswith("traffic_light"), Polygon(area.exterior))]


def _stop_lines(edge, lanes: dict[str, Lane], connectors: dict[str, Connector]) -> list[StopLine]:
    """Across every lane whose ways on are signalled or have to give way."""
    found = []
    for lane in _car_lanes(edge):
        ways = [c for c in connectors.values() if c.from_lane == lane.getID()]
        gives_way = any(connection.getState() in "mswoO" for connection in lane.getOutgoing())
        signalled = any(c.signal for c in ways)
        if signalled or gives_way:
            line = LineString(lanes[lane.getID()].centre)
            last = substring(line, line.length - 0.5, line.length)
            found.append(
                StopLine(
                    f"stop:{lane.getID()}",
                    lane.getID(),
                    signalled,
                    last.buffer(lane.getWidth() / 2 - 0.1, cap_style="flat"),
                )
            )
    return found


def _walkways(net, surface) -> tuple[Polygon, ...]:
    """Pavements along the roads and around the corners, as far as they are not asphalt."""
    areas = []
    for edge in net.getEdges(withInternal=True):
        for lane in edge.getLanes():
            if edge.getFunction() == "walkingarea" and len(lane.getShape()) >= 3:
                areas.append(Polygon([point[:2] for point in lane.getShape()]).buffer(0))
            elif not edge.getFunction() and lane.allows("pedestrian") and not lane.allows("passenger"):
                areas.append(band(np.array(lane.getShape())[:, :2], lane.getWidth()))
    paved = unary_union(areas).difference(surface)
    return tuple(part for part in getattr(paved, "geoms", [paved]) if part.area > 0.5)
