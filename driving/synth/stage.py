"""One town while SUMO's traffic passes through it: who stands where at a step, and what the signals show.

Frame: town metres. Steps are SUMO's, 10 Hz.
"""

import math
import zlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float64

from driving.frames import box_corners
from driving.synth.actors import Actor, Category
from driving.synth.fleet import CLOSURE_TYPE
from driving.synth.static_objects import closure_objects
from driving.synth.town import TownGeometry
from driving.synth.traffic import Track, TrafficRecord

CATEGORY_OF_STYLE = {"bicycle": Category.BICYCLE}
BRAKING_MPS2 = -0.4


@dataclass(frozen=True)
class BoxTable:
    """All boxes of one moment as arrays; an Actor a row would be slow where only geometry counts."""

    track_ids: np.ndarray
    """(A,) of str."""
    centre: Float64[np.ndarray, "A 2"]
    corners: Float64[np.ndarray, "A 4 2"]


@dataclass(frozen=True)
class Stage:
    """A town, one run of its traffic, and what stands in it throughout."""

    town: TownGeometry
    record: TrafficRecord
    static: tuple[Actor, ...]

    @cached_property
    def _standing(self) -> tuple[Actor, ...]:
        """All static objects, closures included."""
        closures = [track for track in self.record.vehicles.values() if track.type_id == CLOSURE_TYPE]
        return (*self.static, *(actor for track in closures for actor in closure_objects(track)))

    @cached_property
    def _standing_xy(self) -> Float64[np.ndarray, "A 2"]:
        return np.array([(a.x, a.y) for a in self._standing]).reshape(-1, 2)

    def actors(self, step: int, centre: tuple[float, float], radius_m: float, without: str) -> list[Actor]:
        """Everybody and everything within a radius at a step, except the ego's own track."""
        near = np.hypot(*(self._standing_xy - centre).T) < radius_m
        standing = [actor for actor, is_near in zip(self._standing, near) if is_near]
        moving = [
            actor
            for actor in self._moving(step)
            if actor.track_id != without and math.hypot(actor.x - centre[0], actor.y - centre[1]) < radius_m
        ]
        return standing + moving

    def boxes(self, step: int) -> BoxTable:
        """Everybody and everything at a step; remembered, since many drives ask for the same steps."""
        if step not in self._tables:
            self._tables[step] = _table([*self._standing, *self._moving(step)])
        return self._tables[step]

    @cached_property
    def _tables(self) -> dict[int, BoxTable]:
        return {}

    def _moving(self, step: int) -> list[Actor]:
        """Vehicles and persons at a step, closures left out."""
        found = []
        for tracks, make in ((self.record.vehicles, self._vehicle), (self.record.persons, self._person)):
            for track in tracks.values():
                k = track.index(step)
                if k is not None and track.type_id != CLOSURE_TYPE:
                    found.append(make(track, k))
        return found

    def signal_states(self, step: int) -> dict[str, str]:
        """Head id -> 'r', 'y' or 'g'."""
        ruling = {
            head.id: self.town.connectors[head.connector_ids[0]].signal for head in self.town.signal_heads
        }
        return {head: self.record.colour(signal, step) for head, signal in ruling.items() if signal}

    def red_connectors(self, step: int) -> dict[str, bool]:
        """Every signalled connector -> whether its lamp is red."""
        signalled = [c for c in self.town.connectors.values() if c.signal]
        return {c.id: self.record.colour(c.signal, step) == "r" for c in signalled if c.signal}

    def _vehicle(self, track: Track, k: int) -> Actor:
        kind = self.record.types[track.type_id]
        x, y, heading = track.xy[k, 0], track.xy[k, 1], track.heading[k]
        return Actor(
            track_id=track.id,
            category=CATEGORY_OF_STYLE.get(kind.style, Category.VEHICLE),
            style=kind.style,
            x=float(x - math.cos(heading) * kind.length / 2),
            y=float(y - math.sin(heading) * kind.length / 2),
            heading=float(heading),
            length=kind.length,
            width=kind.width,
            height=kind.height,
            speed=float(track.speed[k]),
            braking=bool(track.acceleration[k] < BRAKING_MPS2 or track.speed[k] < 0.3),
            colour_seed=_colour_seed(track.id),
        )

    def _person(self, track: Track, k: int) -> Actor:
        seed = _colour_seed(track.id)
        height = 1.5 + 0.4 * (seed % 1000) / 1000
        xy, heading, speed = track.xy[k], float(track.heading[k]), float(track.speed[k])
        return Actor(
            track.id,
            Category.PEDESTRIAN,
            "adult",
            float(xy[0]),
            float(xy[1]),
            heading,
            0.6,
            0.6,
            height,
            speed,
            False,
            seed,
        )


def _colour_seed(track_id: str) -> int:
    """Stable over runs and processes, unlike hash()."""
    return zlib.crc32(track_id.encode())


def _table(actors: list[Actor]) -> BoxTable:
    rows = np.array([(a.x, a.y, a.heading, a.length, a.width) for a in actors]).reshape(-1, 5)
    corners = box_corners(rows[:, :2], rows[:, 2], rows[:, 3], rows[:, 4])
    return BoxTable(np.array([a.track_id for a in actors], dtype=str), rows[:, :2], corners)
