"""The vectorised map target: lanes, connectors, red connectors and crosswalks as short polylines."""

import numpy as np
import shapely
from jaxtyping import Bool, Float, Float64, Int64
from shapely.geometry import Polygon

from driving.data.data_config import DataConfig
from driving.data.map_index import MapIndex, near
from driving.frames import points_to_local
from driving.log_frame import LogFrame
from driving.targets import MAP_CLASSES

_STEP_M = 1.0


def map_polylines(
    frame: LogFrame, index: MapIndex, window: Polygon, config: DataConfig
) -> tuple[Float[np.ndarray, "L V 2"], Int64[np.ndarray, "L"]]:
    """Polylines in the ego frame, nearest first, and their ``MAP_CLASSES``; padded with 0 and -1.

    A centre line keeps its direction and is cut at the border of [-extent, extent]; a crosswalk is
    its outline.
    """
    red = {connector for connector, is_red in frame.traffic_lights if is_red}
    pieces: list[tuple[float, int, np.ndarray]] = []
    for row in np.sort(index.baselines.query(window, predicate="intersects")):
        lane = index.lanes[row]
        kind = "lane" if not lane.is_connector else "connector"
        kind = "red_connector" if lane.is_connector and lane.id in red else kind
        points = points_to_local(_resample_by_step(lane.baseline), frame.ego_pose_in_map)
        pieces += _pieces_inside(points, kind, config)
    for crosswalk in near(index.crosswalks, window):
        outline = shapely.get_coordinates(crosswalk.convex_hull)
        points = points_to_local(_resample_by_step(outline), frame.ego_pose_in_map)
        pieces += _pieces_inside(points, "crosswalk", config)
    pieces = sorted(pieces, key=lambda piece: piece[0])[: config.max_polylines]
    polylines = np.zeros((config.max_polylines, config.polyline_points, 2), dtype=np.float32)
    classes = np.full(config.max_polylines, -1, dtype=np.int64)
    for row, (_, kind, points) in enumerate(pieces):
        polylines[row], classes[row] = points, kind
    return polylines, classes


def resample(points: Float[np.ndarray, "V 2"], count: int) -> Float64[np.ndarray, "count 2"]:
    """``count`` points evenly spaced along a polyline, ends included."""
    lengths = np.linalg.norm(np.diff(points, axis=0), axis=1)
    along = np.concatenate([[0.0], np.cumsum(lengths)])
    wanted = np.linspace(0.0, along[-1], count)
    return np.stack([np.interp(wanted, along, points[:, axis]) for axis in (0, 1)], axis=1)


def _resample_by_step(points: Float[np.ndarray, "V 2"]) -> Float64[np.ndarray, "count 2"]:
    length = np.linalg.norm(np.diff(points, axis=0), axis=1).sum()
    return resample(points, max(int(np.ceil(length / _STEP_M)), 1) + 1)


def _pieces_inside(
    points: Float[np.ndarray, "V 2"], kind: str, config: DataConfig
) -> list[tuple[float, int, np.ndarray]]:
    """(distance to the ego, class, V points) of every stretch inside the grid."""
    inside = np.abs(config.bev_area.to_unit(points)).max(axis=1) <= 1
    return [
        (
            float(np.linalg.norm(points[run], axis=1).min()),
            MAP_CLASSES.index(kind),
            resample(points[run], config.polyline_points),
        )
        for run in _runs(inside)
    ]


def _runs(mask: Bool[np.ndarray, "V"]) -> list[slice]:
    """Stretches of at least two true entries."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    starts, ends = edges[::2], edges[1::2]
    return [slice(s, e) for s, e in zip(starts, ends, strict=True) if e - s >= 2]
