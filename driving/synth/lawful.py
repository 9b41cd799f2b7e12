"""What a driver did right and wrong, moment by moment: the world's own, simple judge.

It decides which windows of a drive become benchmark scenes. It is no scorer: `reward_wm.epdms` is, and the
official devkit above all. Frame: town metres; ego poses are rear axle x, y, heading.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from jaxtyping import Bool, Float64
from shapely import Polygon
from shapely.ops import unary_union

from driving.frames import box_corners
from driving.synth.stage import BoxTable, Stage
from driving.synth.town import TownGeometry
from driving.synth.traffic import STEP_S
from driving.vehicle import PACIFICA

NEAR_M = 14.0
"""Boxes whose middles are farther apart than this don't touch the ego (a bus is 12 m long)."""
TTC_HORIZONS_STEPS = (3, 6, 9)
BEHIND_COSINE = -0.87
"""Of the angle beyond which an object counts as behind, 150 degrees."""
STANDING_MPS = 0.05


@dataclass(frozen=True)
class Motion:
    """Where an ego is, or would be, at successive steps of a run."""

    first: int
    """Step of the first pose."""
    poses: Float64[np.ndarray, "T 3"]
    """Rear axle x, y [m], heading [rad]."""
    speed: Float64[np.ndarray, " T"]

    @cached_property
    def corners(self) -> Float64[np.ndarray, "T 4 2"]:
        """Corners of the ego's box."""
        shift = PACIFICA.rear_axle_to_centre_m
        heading = self.poses[:, 2]
        centre = self.poses[:, :2] + shift * np.stack([np.cos(heading), np.sin(heading)], axis=1)
        length, width = np.full(len(heading), PACIFICA.length_m), np.full(len(heading), PACIFICA.width_m)
        return box_corners(centre, heading, length, width)

    @cached_property
    def polygons(self) -> np.ndarray:
        """(T,) shapely polygons of the ego's box."""
        return np.asarray(shapely.polygons(self.corners))

    @cached_property
    def pushed_ahead(self) -> dict[int, np.ndarray]:
        """Number of steps -> (T,) boxes of an ego that drove straight on from each pose for so long."""
        forward = np.stack([np.cos(self.poses[:, 2]), np.sin(self.poses[:, 2])], axis=1)
        pushes = {later: forward * (self.speed * STEP_S * later)[:, None] for later in TTC_HORIZONS_STEPS}
        return {
            later: np.asarray(shapely.polygons(self.corners + push[:, None]))
            for later, push in pushes.items()
        }


class Drivable:
    """The areas a car may be in, as the official scorer sees them: roads, junctions, car parks."""

    def __init__(self, town: TownGeometry, margin_m: float = 0.0) -> None:
        """With a margin, the areas end so far before the kerb."""
        parts = [
            *(g.polygon for g in town.groups.values()),
            *(j.polygon for j in town.junctions.values()),
            *town.carparks,
        ]
        self._area = unary_union(parts).buffer(-margin_m) if margin_m else unary_union(parts)
        shapely.prepare(self._area)

    def holds(self, motion: Motion) -> Bool[np.ndarray, " T"]:
        """Whether all four corners are inside, at each pose."""
        x, y = np.moveaxis(motion.corners, -1, 0)
        inside: np.ndarray = np.asarray(shapely.contains_xy(self._area, x, y))
        return np.all(inside, axis=1)


class Surroundings:
    """What one ego may collide with and which lights rule its route."""

    def __init__(self, stage: Stage, ego_id: str, route: Sequence[str]) -> None:
        self._stage, self._ego_id = stage, ego_id
        pairs = set(zip(route, route[1:], strict=False))
        lanes = stage.town.lanes
        self._route_connectors = [
            connector
            for connector in stage.town.connectors.values()
            if connector.signal
            and (lanes[connector.from_lane].group_id, lanes[connector.to_lane].group_id) in pairs
        ]

    def hit(self, motion: Motion, k: int) -> bool:
        """Whether the ego's box at its k-th pose overlaps another."""
        table = self._stage.boxes(motion.first + k)
        near = np.hypot(*(table.centre - motion.poses[k, :2]).T) < NEAR_M
        return self._overlaps(motion.polygons[k], table, near)

    def runs_red(self, motion: Motion, k: int) -> bool:
        """Whether the ego's box at its k-th pose touches a connector of its route while that is red."""
        colour, step = self._stage.record.colour, motion.first + k
        red = [c.polygon for c in self._route_connectors if colour(str(c.signal), step) == "r"]
        return bool(red) and bool(np.any(shapely.intersects(motion.polygons[k], np.array(red))))

    def too_close(self, motion: Motion, k: int) -> bool:
        """Whether straight on from the k-th pose, for up to 0.9 s, lies something that is not behind."""
        if motion.speed[k] < STANDING_MPS:
            return False
        pose = motion.poses[k]
        forward = np.array([np.cos(pose[2]), np.sin(pose[2])])
        for later in TTC_HORIZONS_STEPS:
            table = self._stage.boxes(motion.first + k + later)
            aside = table.centre - pose[:2]
            distance = np.hypot(*aside.T)
            reach = NEAR_M + STEP_S * later * motion.speed[k]
            near = (distance < reach) & (aside @ forward > BEHIND_COSINE * distance)
            if self._overlaps(motion.pushed_ahead[later][k], table, near):
                return True
        return False

    def _overlaps(self, polygon: Polygon, table: BoxTable, near: Bool[np.ndarray, " A"]) -> bool:
        candidates = np.flatnonzero(near & (table.track_ids != self._ego_id))
        if not len(candidates):
            return False
        return bool(np.any(shapely.intersects(polygon, shapely.polygons(table.corners[candidates]))))
