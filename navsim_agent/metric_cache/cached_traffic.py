"""Tracks and red lights of a metric cache: what it says of each of the 41 samples at 10 Hz. Map frame."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from jaxtyping import Bool, Float64
from shapely.geometry.base import BaseGeometry

from driving.data.nuplan_records import Agent, Record
from driving.types import AGENT_CLASSES, SIMULATED_SAMPLES, SIMULATION_INTERVAL_S

RED_LIGHT = "red_light_"
"""Before the id of a lane connector in the devkit's list of what is in the way."""


@dataclass(frozen=True)
class Track:
    """One other road user or static object."""

    token: str
    kind: str
    """One of ``AGENT_CLASSES``."""
    half_size: Float64[np.ndarray, "2"]
    velocity: Float64[np.ndarray, "2"]
    """At the first appearance; zero for static objects."""
    is_current: bool
    """Annotated in the current frame, not only there at the first sample."""
    poses: Float64[np.ndarray, "T 3"]
    """Centre and heading, unwrapped; zero where absent."""
    present: Bool[np.ndarray, "T"]


@dataclass(frozen=True)
class RedLight:
    """A lane connector of the logged route that is red at some sample."""

    lane_id: str
    polygon: BaseGeometry
    is_red: Bool[np.ndarray, "T"]


def read_tracks(observation: Record, current: Record) -> tuple[Track, ...]:
    """All tracks, class after class, in the order of the log within one; ``current`` is annotated now.

    Raises ValueError, KeyError or TypeError where a record is not as the devkit v2.2 makes it.
    """
    if observation["_sample_interval"] != SIMULATION_INTERVAL_S:
        raise ValueError(f"its samples are {observation['_sample_interval']} s apart")
    annotated = {_token(item) for item in current["tracked_objects"]["tracked_objects"]}
    first: dict[str, Record] = {}
    places: dict[str, list[tuple[int, list[float]]]] = {}
    for sample, tracks in enumerate(_samples(observation, "_detections_tracks")):
        for item in tracks["tracked_objects"]["tracked_objects"]:
            token, pose = _token(item), item["_box"]["_center"]
            first.setdefault(token, item)
            places.setdefault(token, []).append((sample, [pose["x"], pose["y"], pose["heading"]]))
    return tuple(_track(token, item, places[token], token in annotated) for token, item in first.items())


def read_red_lights(observation: Record) -> tuple[RedLight, ...]:
    """The connectors by id. Raises as ``read_tracks`` does."""
    red: dict[str, Bool[np.ndarray, "T"]] = {}
    outlines: dict[str, bytes] = {}
    for sample, (tokens, geometries) in enumerate(_samples(observation, "_occupancy_maps_tl")):
        for token, geometry in zip(tokens, geometries, strict=True):
            lane = token.removeprefix(RED_LIGHT)
            outlines[lane] = geometry.wkb
            red.setdefault(lane, np.zeros(SIMULATED_SAMPLES, dtype=bool))[sample] = True
    return tuple(RedLight(lane, shapely.from_wkb(outlines[lane]), red[lane]) for lane in sorted(red))


def _samples(observation: Record, name: str) -> Sequence[Any]:
    samples = observation[name]
    if len(samples) < SIMULATED_SAMPLES:
        raise ValueError(f"{name} has {len(samples)} samples, {SIMULATED_SAMPLES} are needed")
    return samples[:SIMULATED_SAMPLES]


def _token(item: Record) -> str:
    return str(item["_metadata"]["track_token"])


def _track(token: str, first: Record, places: Sequence[tuple[int, list[float]]], is_current: bool) -> Track:
    number = first["_tracked_object_type"].number
    if number not in range(len(AGENT_CLASSES)):
        raise ValueError(f"track {token} is of unknown class {number}")
    is_agent = isinstance(first, Agent)
    velocity = [first["_velocity"]["_x"], first["_velocity"]["_y"]] if is_agent else [0.0, 0.0]
    size = first["_box"]["_length"], first["_box"]["_width"]
    samples = [sample for sample, _ in places]
    if len(set(samples)) < len(samples):
        raise ValueError(f"track {token} is twice in one sample")
    poses, present = np.zeros((SIMULATED_SAMPLES, 3)), np.zeros(SIMULATED_SAMPLES, dtype=bool)
    present[samples] = True
    poses[samples] = [pose for _, pose in places]
    poses[samples, 2] = np.unwrap(poses[samples, 2])
    track = Track(
        token=token,
        kind=AGENT_CLASSES[number],
        half_size=np.array(size, dtype=np.float64) / 2.0,
        velocity=np.array(velocity, dtype=np.float64),
        is_current=is_current,
        poses=poses,
        present=present,
    )
    if not all(np.isfinite(numbers).all() for numbers in (track.half_size, track.velocity, poses)):
        raise ValueError(f"track {token} holds a number that is not finite")
    return track
