"""What a metric cache says of its scene, as arrays. Map frame: metres, radians, microseconds.

Reproduces which pose the devkit takes for the ego's: a cache stores the centre of its box, and the rear
axle is worked out from that.
"""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from jaxtyping import Float64, Int64
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from driving.errors import DataError
from driving.types import PLAN_INTERVAL_S, PLAN_POSES
from driving.vehicle import PACIFICA
from navsim_agent.metric_cache import devkit_records as devkit
from navsim_agent.metric_cache.cached_traffic import RedLight, Track, read_red_lights, read_tracks
from navsim_agent.metric_cache.safe_load import load_metric_cache_pickle
from reward_wm.epdms.states import STATE_FIELDS

ORIGINAL = 0
"""The devkit's number for a scene that somebody drove; 1 is a synthetic one."""
POLYGONS = (3, 6)
"""Shapely's type numbers of polygons and multipolygons."""


@dataclass(frozen=True)
class EgoTrack:
    """The ego at some moments."""

    times_us: Int64[np.ndarray, "n"]
    states: Float64[np.ndarray, "n S"]


@dataclass(frozen=True)
class Areas:
    """Polygons of the map round the ego, in the devkit's order."""

    ids: tuple[str, ...]
    layers: tuple[int, ...]
    """The devkit's numbers of its semantic map layers."""
    geometries: tuple[BaseGeometry, ...]


@dataclass(frozen=True)
class MetricCache:
    """One scene of a metric cache."""

    token: str
    log_name: str
    timestamp_us: int
    location: str
    is_synthetic: bool
    ego: Float64[np.ndarray, "S"]
    past: EgoTrack
    """Frames of the log, the current one last."""
    plan: EgoTrack
    """PDM-Closed's, as planned."""
    human_poses: Float64[np.ndarray, "F 3"] | None
    """Ego frame; a synthetic scene has none."""
    centreline: Float64[np.ndarray, "V 2"]
    route_lane_ids: frozenset[str]
    areas: Areas
    tracks: tuple[Track, ...]
    red_lights: tuple[RedLight, ...]


def read_metric_cache(path: Path) -> MetricCache:
    """The cache in one file; its token is the name of the folder that it lies in.

    Raises DataError with the path as ``load_metric_cache_pickle`` does, and where the file holds
    something else, was written by a devkit whose caches have other fields, is another token's, is of
    another vehicle, or holds a number that is not finite.
    """
    with _garbage_kept():
        return _read(path)


def _read(path: Path) -> MetricCache:
    root = load_metric_cache_pickle(path)
    if not isinstance(root, devkit.MetricCache):
        raise DataError(f"{path}: holds a {type(root).__name__}, not a MetricCache of the devkit")
    try:
        return _parse(root, path.parent.name)
    except KeyError as error:
        raise DataError(f"{path}: no metric cache of the devkit v2.2, it lacks {error.args[0]}") from None
    except (ValueError, TypeError, IndexError, AttributeError, OverflowError, ShapelyError) as error:
        reason = " ".join(str(error).split())
        raise DataError(f"{path}: no metric cache of the devkit v2.2 ({reason})") from None


@contextmanager
def _garbage_kept() -> Iterator[None]:
    """No garbage collection in this block: of thousands of records none is garbage yet."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _parse(root: devkit.MetricCache, token: str) -> MetricCache:
    made_for = root["file_path"].parent.name
    if made_for != token:
        raise ValueError(f"it was made for token {made_for}")
    observation, is_synthetic = root["observation"], root["scene_type"].number != ORIGINAL
    centreline = [[point["x"], point["y"]] for point in root["centerline"]["discrete_path"]]
    return MetricCache(
        token=token,
        log_name=str(root["log_name"]),
        timestamp_us=int(root["timepoint"]["time_us"]),
        location=str(root["map_parameters"]["map_name"]),
        is_synthetic=is_synthetic,
        ego=_finite([_state(root["ego_state"])], STATE_FIELDS)[0],
        past=_ego_track(root["past_human_trajectory"]["trajectory"], "past_human_trajectory"),
        plan=_ego_track(root["trajectory"]["trajectory"], "trajectory"),
        human_poses=None if is_synthetic else _human_poses(root["human_trajectory"]),
        centreline=_finite(centreline, 2),
        route_lane_ids=frozenset(map(str, root["route_lane_ids"])),
        areas=_areas(root["drivable_area_map"]),
        tracks=read_tracks(observation, root["current_tracked_objects"][0]),
        red_lights=read_red_lights(observation),
    )


def _ego_track(states: Sequence[devkit.Record], name: str) -> EgoTrack:
    times = [int(state["_time_point"]["time_us"]) for state in states]
    if len(times) < 2 or (np.diff(times) <= 0).any():
        raise ValueError(f"the moments of {name} are {times}")
    return EgoTrack(np.array(times, dtype=np.int64), _finite([_state(one) for one in states], STATE_FIELDS))


def _state(state: devkit.Record) -> list[Any]:
    footprint, motion = state["_car_footprint"], state["_dynamic_car_state"]
    _check_vehicle(footprint["_vehicle_parameters"])
    centre, back = footprint["_center"], -PACIFICA.rear_axle_to_centre_m
    velocity, acceleration = motion["_rear_axle_velocity_2d"], motion["_rear_axle_acceleration_2d"]
    return [
        centre["x"] + back * np.cos(centre["heading"]),
        centre["y"] + back * np.sin(centre["heading"]),
        centre["heading"],
        velocity["_x"],
        velocity["_y"],
        acceleration["_x"],
        acceleration["_y"],
        state["_tire_steering_angle"],
        motion["_tire_steering_rate"],
        motion["_angular_velocity"],
        motion["_angular_acceleration"],
    ]


def _check_vehicle(stored: devkit.Record) -> None:
    found = (stored["width"], stored["front_length"], stored["rear_length"])
    known = (PACIFICA.width_m, PACIFICA.front_length_m, PACIFICA.rear_length_m)
    if found != known:
        raise ValueError(f"its ego is {found} m wide, long in front and behind; the scorer's is {known}")


def _human_poses(trajectory: devkit.Record) -> Float64[np.ndarray, "F 3"]:
    poses, interval = _finite(trajectory["poses"], 3), trajectory["trajectory_sampling"]["interval_length"]
    if len(poses) != PLAN_POSES or interval != PLAN_INTERVAL_S:
        raise ValueError(f"its human trajectory has {len(poses)} poses {interval} s apart")
    return poses


def _areas(stored: devkit.Record) -> Areas:
    ids = tuple(map(str, stored["tokens"]))
    layers = tuple(layer.number for layer in stored["map_types"])
    geometries = tuple(shapely.from_wkb([one.wkb for one in stored["geometries"]]))
    if not len(ids) == len(layers) == len(geometries):
        raise ValueError(f"its map has {len(ids)} ids, {len(layers)} layers, {len(geometries)} polygons")
    if not np.isin(shapely.get_type_id(geometries), POLYGONS).all():
        raise ValueError("its map has something else than polygons")
    return Areas(ids, layers, geometries)


def _finite(rows: Any, columns: int) -> Float64[np.ndarray, "n c"]:
    array = np.asarray(rows, dtype=np.float64)
    if array.ndim != 2 or array.shape[1] != columns:
        raise ValueError(f"numbers of shape {array.shape} where (n, {columns}) should be")
    if not np.isfinite(array).all():
        raise ValueError(f"it holds {array[~np.isfinite(array)][0]}")
    return array
