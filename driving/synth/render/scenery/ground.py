"""The ground as coverage maps: how much of each texel is asphalt, pavement, kerb and paint.

Coverage stays crisp when magnified (shading sharpens it at its half-way line) and fades rightly
when minified (mip levels). Colours come with shading.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import UInt8
from shapely import LineString, MultiLineString, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring, unary_union

from driving.synth.town import LaneEdge, TownGeometry

TEXEL_M = 0.1
MARGIN_M = 6.0
MIP_LEVELS = 6
KERB_WIDTH_M = 0.24
LINE_WIDTH_M = 0.16
DASH_M, GAP_M = 3.0, 4.5
BAR_M, BAR_GAP_M = 0.5, 0.6
MIN_PIECE_M = 0.3
YELLOW_INSET_M = 0.18
EDGE_LINE_INSET_M = 0.25
SUBPIXEL_BITS = 4

ROAD, PAVEMENT, KERB, PAINT = range(4)
"""Channels. PAINT is signed: 128 is bare, 255 white, 0 yellow."""


@dataclass(frozen=True)
class GroundMap:
    """Mip levels, finest first, (rows, columns, 4); texel (0, 0) starts at (x0, y0) [m], rows go with y."""

    levels: tuple[UInt8[np.ndarray, "H W 4"], ...]
    x0: float
    y0: float


def paved_area(town: TownGeometry) -> BaseGeometry:
    """All that is asphalt, pavement or kerb."""
    return unary_union([town.road_surface.buffer(KERB_WIDTH_M), *town.walkways])


def paint_ground(town: TownGeometry) -> GroundMap:
    """Draws the town's ground, as large as its paved area."""
    min_x, min_y, max_x, max_y = paved_area(town).bounds
    x0, y0 = min_x - MARGIN_M, min_y - MARGIN_M
    block = 1 << MIP_LEVELS
    columns = int(np.ceil((max_x + MARGIN_M - x0) / TEXEL_M / block)) * block
    rows = int(np.ceil((max_y + MARGIN_M - y0) / TEXEL_M / block)) * block
    canvas = _Canvas(x0, y0, (rows, columns))
    road, pavement, kerb = (np.zeros((rows, columns), np.uint8) for _ in range(3))
    canvas.fill(road, town.road_surface, 255)
    canvas.fill(pavement, unary_union(town.walkways), 255)
    canvas.fill(kerb, town.road_surface.buffer(KERB_WIDTH_M), 255)
    finest = cv2.merge([road, pavement, kerb, _paint_marks(canvas, town)])
    levels = [finest]
    for _ in range(MIP_LEVELS - 1):
        half = (levels[-1].shape[1] // 2, levels[-1].shape[0] // 2)
        levels.append(cv2.resize(levels[-1], half, interpolation=cv2.INTER_AREA))
    return GroundMap(tuple(levels), x0, y0)


@dataclass(frozen=True)
class _Canvas:
    x0: float
    y0: float
    shape: tuple[int, int]

    def fill(self, channel: np.ndarray, geometry: BaseGeometry, value: int) -> None:
        """Fills the polygons of ``geometry``, edges anti-aliased."""
        for polygon in getattr(geometry, "geoms", [geometry]):
            if not isinstance(polygon, Polygon) or polygon.is_empty:
                continue
            rings = [self._to_pixels(ring.coords) for ring in (polygon.exterior, *polygon.interiors)]
            cv2.fillPoly(channel, rings, value, lineType=cv2.LINE_AA, shift=SUBPIXEL_BITS)

    def _to_pixels(self, coordinates) -> np.ndarray:
        xy = (np.asarray(coordinates)[:, :2] - (self.x0, self.y0)) / TEXEL_M - 0.5
        return np.round(xy * (1 << SUBPIXEL_BITS)).astype(np.int32)


def _paint_marks(canvas: _Canvas, town: TownGeometry) -> np.ndarray:
    channel = np.full(canvas.shape, 128, np.uint8)
    for lane in town.lanes.values():
        centre, half = LineString(lane.centre), lane.width / 2
        if lane.left_edge is LaneEdge.DASHED:
            for dash in _pieces(centre.offset_curve(half), DASH_M, GAP_M):
                canvas.fill(channel, _strip(dash, LINE_WIDTH_M), 255)
        if lane.left_edge is LaneEdge.DOUBLE_YELLOW:
            canvas.fill(channel, _strip(centre.offset_curve(half - YELLOW_INSET_M), LINE_WIDTH_M), 0)
        if lane.right_edge is LaneEdge.SOLID:
            canvas.fill(channel, _strip(centre.offset_curve(-half), LINE_WIDTH_M), 255)
        if lane.right_edge is LaneEdge.KERB:
            canvas.fill(
                channel, _strip(centre.offset_curve(EDGE_LINE_INSET_M - half), 0.8 * LINE_WIDTH_M), 255
            )
    for stop_line in town.stop_lines:
        canvas.fill(channel, stop_line.polygon, 255)
    for crossing in town.crossings.values():
        for bar in _pieces(LineString(crossing.centre), BAR_M, BAR_GAP_M):
            canvas.fill(channel, _strip(bar, crossing.width), 255)
    return channel


def _strip(line: BaseGeometry, width: float) -> BaseGeometry:
    return line.buffer(width / 2, cap_style="flat")


def _pieces(line: LineString | MultiLineString, length_m: float, gap_m: float) -> list[BaseGeometry]:
    """Pieces of a line with gaps between them, half a gap before the first."""
    pieces: list[BaseGeometry] = []
    for part in getattr(line, "geoms", [line]):
        for start in np.arange(gap_m / 2, part.length - MIN_PIECE_M, length_m + gap_m):
            pieces.append(substring(part, start, min(start + length_m, part.length)))
    return pieces
