"""The line the ego's rear axle follows: the centre lines of the lanes it drove, blended at lane changes and
smoothed.

Frame: town metres. A path is sampled every SPACING_M along its length `s`.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from jaxtyping import Float64
from scipy.ndimage import gaussian_filter1d
from shapely import LineString

from driving.synth.town import Connector, Lane, Polyline, TownGeometry, Turn
from driving.synth.traffic import Track

SPACING_M = 0.5
SMOOTHING_M = 2.5
"""Standard deviation of the Gaussian that takes the kinks out of the centre lines."""
RUN_OUT_M = 15.0
"""Straight piece before the first and after the last lane, so that smoothing doesn't bend the ends."""
LANE_CHANGE_S = 4.5
LANE_CHANGE_LEAD_M = 3.0
"""How much earlier the rear axle starts a lane change than SUMO's front bumper would."""


@dataclass(frozen=True)
class EgoPath:
    """A smooth line with heading and curvature, and where along it turns and roads lie."""

    xy: Float64[np.ndarray, "V 2"]
    heading: Float64[np.ndarray, " V"]
    """Unwrapped [rad]."""
    curvature: Float64[np.ndarray, " V"]
    """Per metre, positive to the left."""
    roads: tuple[str, ...]
    """Roads (lane groups) in driving order."""
    road_ends_s: tuple[float, ...]
    """Where along the path each road ends; the next one starts beyond the junction."""
    turns: tuple[tuple[float, float, Turn], ...]
    """(first s, last s, way) of each connector."""

    @property
    def s(self) -> Float64[np.ndarray, " V"]:
        return np.arange(len(self.xy)) * SPACING_M


@dataclass(frozen=True)
class _Stretch:
    """One road of a drive: the lanes used and the step at which each was entered."""

    lanes: list[Lane]
    entered: list[int]


def path_of(track: Track, town: TownGeometry) -> EgoPath | None:
    """The path behind a SUMO track; None where the track jumps between lanes that no connector joins."""
    stretches = _stretches(track, town)
    ways = []
    for before, after in zip(stretches, stretches[1:], strict=False):
        way = _connector_between(before.lanes[-1], after.lanes[0], town)
        if way is None:
            return None
        ways.append(way)
    pieces, roads, marks = [], [], []
    for number, stretch in enumerate(stretches):
        pieces.append(_blend(stretch, track))
        roads.append(stretch.lanes[0].group_id)
        if number < len(ways):
            pieces.append(ways[number].centre)
            marks.append((pieces[-1][0], pieces[-1][-1], ways[number].turn))
    return _finish(np.concatenate(pieces), tuple(roads), marks)


def _stretches(track: Track, town: TownGeometry) -> list[_Stretch]:
    stretches: list[_Stretch] = []
    for step, lane_id in enumerate(track.lane):
        if lane_id not in town.lanes:
            continue
        lane = town.lanes[lane_id]
        if not stretches or stretches[-1].lanes[-1].group_id != lane.group_id:
            stretches.append(_Stretch([lane], [step]))
        elif stretches[-1].lanes[-1].id != lane_id:
            stretches[-1].lanes.append(lane)
            stretches[-1].entered.append(step)
    return stretches


def _connector_between(start: Lane, end: Lane, town: TownGeometry) -> Connector | None:
    return next((c for c in town.connectors_from[start.id] if c.to_lane == end.id), None)


def _blend(stretch: _Stretch, track: Track) -> Polyline:
    """One road's line: along the first lane, over to the next where SUMO changed lanes, and so on."""
    length = LineString(stretch.lanes[0].centre).length
    fractions = np.linspace(0.0, 1.0, max(int(length / SPACING_M), 8))
    line = _along(stretch.lanes[0], fractions)
    earliest = 0.0
    for lane, step in zip(stretch.lanes[1:], stretch.entered[1:], strict=True):
        s = LineString(lane.centre).project(shapely.Point(track.xy[step])) - LANE_CHANGE_LEAD_M
        extent = float(np.clip(track.speed[step] * LANE_CHANGE_S, 14.0, 0.9 * length))
        first = float(np.clip(s - extent / 2, earliest, max(length - extent, earliest)))
        u = np.clip((fractions * length - first) / extent, 0.0, 1.0)
        weight = (u**3 * (10 - 15 * u + 6 * u**2))[:, None]
        line = (1 - weight) * line + weight * _along(lane, fractions)
        earliest = first
    return line


def _along(lane: Lane, fractions: Float64[np.ndarray, " V"]) -> Float64[np.ndarray, "V 2"]:
    points = shapely.line_interpolate_point(LineString(lane.centre), fractions, normalized=True)
    return shapely.get_coordinates(points)


def _finish(
    points: Polyline, roads: tuple[str, ...], marks: list[tuple[np.ndarray, np.ndarray, Turn]]
) -> EgoPath:
    """Even spacing, Gaussian smoothing, headings and curvature."""
    steps = np.hypot(*np.diff(points, axis=0).T)
    points = points[np.concatenate([[True], steps > 1e-3])]
    ends = [_straight_on(points[1], points[0])[::-1], points, _straight_on(points[-2], points[-1])]
    rough = _evenly(np.concatenate(ends))
    xy = _evenly(gaussian_filter1d(rough, SMOOTHING_M / SPACING_M, axis=0, mode="nearest"))
    tangent = np.gradient(xy, axis=0)
    heading = np.unwrap(np.arctan2(tangent[:, 1], tangent[:, 0]))
    curvature = np.gradient(heading, SPACING_M)
    turns, after = [], 0
    for first, last, turn in marks:
        begin = after + int(np.argmin(np.hypot(*(xy[after : after + 2000] - first).T)))
        after = begin + int(np.argmin(np.hypot(*(xy[begin : begin + 160] - last).T)))
        turns.append((begin * SPACING_M, after * SPACING_M, turn))
    road_ends = (*(begin for begin, _, _ in turns), len(xy) * SPACING_M)
    return EgoPath(xy, heading, curvature, roads, road_ends, tuple(turns))


def _straight_on(before: np.ndarray, last: np.ndarray) -> Polyline:
    """Points that continue the line from `before` through `last`."""
    direction = (last - before) / np.hypot(*(last - before))
    return last + direction * np.arange(SPACING_M, RUN_OUT_M, SPACING_M)[:, None]


def _evenly(points: Polyline) -> Float64[np.ndarray, "V 2"]:
    line = LineString(points)
    return shapely.get_coordinates(
        shapely.line_interpolate_point(line, np.arange(0.0, line.length, SPACING_M))
    )
