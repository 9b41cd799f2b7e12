"""The BEV target: what occupies which cell around the ego.

Rows grow with x (forward), columns with y (left); cell (r, c) covers one square of the grid's area
of the ego frame (``driving.bev_area``), row 0 lying behind the ego.
"""

from collections.abc import Iterable

import cv2
import numpy as np
from jaxtyping import Bool, Float, UInt8
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from driving.data.data_config import DataConfig
from driving.data.map_index import MapIndex, near
from driving.frames import box_corners, points_to_local
from driving.log_frame import LogFrame
from driving.targets import BEV_CLASSES

OBJECT_LAYERS = {
    "vehicle": "vehicle",
    "bicycle": "vehicle",
    "pedestrian": "pedestrian",
    "traffic_cone": "static",
    "barrier": "static",
    "czone_sign": "static",
    "generic_object": "static",
}
"""Annotated class -> BEV class."""

_SUBPIXEL_BITS = 4


def rasterise(
    frame: LogFrame, index: MapIndex, window: Polygon, config: DataConfig
) -> Bool[np.ndarray, "classes H W"]:
    """Map and objects of a frame by ``BEV_CLASSES``; ``window`` is the grid's outline in the map.

    A cell counts as occupied where an outline touches it, too, so small objects do not vanish.
    """
    canvas = np.zeros((len(BEV_CLASSES), config.bev_cells, config.bev_cells), dtype=np.uint8)
    layer: dict[str, np.ndarray] = dict(zip(BEV_CLASSES, canvas, strict=True))
    origin = frame.ego_pose_in_map
    for name in ("drivable", "walkway", "crosswalk"):
        tree = {"drivable": index.drivable, "walkway": index.walkways}.get(name, index.crosswalks)
        for geometry in near(tree, window):
            _fill(layer[name], (points_to_local(r, origin) for r in _rings(geometry)), config)
    for baseline in near(index.baselines, window):
        points = points_to_local(np.asarray(baseline.coords), origin)
        cells = [_to_cells(points, config)]
        cv2.polylines(layer["centre_line"], cells, False, 1, shift=_SUBPIXEL_BITS)
    boxes = frame.boxes.astype(np.float64)
    corners = box_corners(boxes[:, :2], boxes[:, 6], boxes[:, 3], boxes[:, 4])
    for name, outline in zip(frame.names, corners, strict=True):
        if np.abs(config.bev_area.to_unit(outline)).max() < 2:
            _fill(layer[OBJECT_LAYERS[name]], [outline], config)
    return canvas.astype(bool)


def _fill(
    layer: UInt8[np.ndarray, "H W"], rings: Iterable[Float[np.ndarray, "V 2"]], config: DataConfig
) -> None:
    """Paint a polygon; further rings are its holes."""
    cells = [_to_cells(ring, config) for ring in rings]
    cv2.fillPoly(layer, cells, 1, shift=_SUBPIXEL_BITS)


def _to_cells(points: Float[np.ndarray, "V 2"], config: DataConfig) -> np.ndarray:
    """Points of the ego frame as OpenCV wants them: (column, row) in sub-pixels."""
    cells = (config.bev_area.to_unit(points) + 1) / 2 * config.bev_cells - 0.5
    return np.round(cells[:, ::-1] * 2**_SUBPIXEL_BITS).astype(np.int32)


def _rings(geometry: BaseGeometry) -> list[np.ndarray]:
    parts = geometry.geoms if isinstance(geometry, MultiPolygon) else [geometry]
    polygons = [part for part in parts if isinstance(part, Polygon)]
    return [np.asarray(r.coords) for p in polygons for r in (p.exterior, *p.interiors)]
