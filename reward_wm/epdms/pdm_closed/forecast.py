"""The future as PDM-Closed expects it: everything goes on at its present velocity, lights stay.

Reproduces the devkit's observation of the current frame. Quirks: the world moves every 0.2 s only;
an agent moves along its box's axis, backwards where its velocity says so; what overlaps the ego now
is ignored, a red light only where the ego is wholly on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
import torch
from jaxtyping import Float64
from shapely.geometry.base import BaseGeometry

from driving.frames import box_corners, wrap_angle
from driving.scene import Scene
from reward_wm.epdms.footprint import ego_centre, ego_polygons
from reward_wm.epdms.log_replay import STOPPED_MPS, Annotations
from reward_wm.epdms.polygons import Polygons
from reward_wm.epdms.red_lights import RedLights
from reward_wm.epdms.states import INTERVAL_S, SAMPLES
from reward_wm.epdms.traffic import Traffic

RADIUS_M = 100.0
MOST = {"vehicle": 50, "pedestrian": 25, "bicycle": 10}
MOST_STATIC = 50
RESOLUTION = 2
"""Samples for which the forecast stands still."""
NODE_CAPACITY = 10


@dataclass(frozen=True)
class Forecast:
    """Agents and red lights of a scene, expected. Scene frame; agents first, then red lights."""

    agents: Annotations
    drift: Float64[np.ndarray, "A 2"]
    """Velocity, m/s."""
    red: tuple[BaseGeometry, ...]
    ignored: frozenset[int]
    """Rows that overlap the ego now."""
    polygons: tuple[np.ndarray, ...]
    """All geometries at each 0.2 s."""

    @classmethod
    def of(cls, scene: Scene, route_lane_ids: Sequence[str]) -> "Forecast":
        """Expect the future of the current frame; ``route_lane_ids`` are the corrected route's."""
        ego = scene.current.ego_pose_in_map
        rear_axle = np.array([0.0, 0.0, ego[2]])
        agents = _nearest(Annotations.of(scene.current, ego[:2]), ego_centre(rear_axle))
        drift = _drift(agents)
        on_route = set(route_lane_ids)
        lights = [lane for lane, is_red in scene.current.traffic_lights if is_red and lane in on_route]
        red = tuple(_moved(scene.map.lanes[lane].polygon, ego[:2]) for lane in lights)
        polygons = tuple(_polygons(agents, drift, red, step) for step in range(0, SAMPLES, RESOLUTION))
        box = ego_polygons(rear_axle[None])[0]
        return cls(agents, drift, red, _ignored(box, polygons[0], len(red)), polygons)

    def traffic(self, samples: int = SAMPLES) -> Traffic:
        """The agents that are not ignored."""
        kept = [row for row in range(len(self.drift)) if row not in self.ignored]
        seconds = np.arange(samples) // RESOLUTION * RESOLUTION * INTERVAL_S
        poses = np.repeat(self.agents.poses[kept, None], samples, axis=1)
        poses[..., :2] += self.drift[kept, None] * seconds[:, None]
        return Traffic(
            torch.from_numpy(poses),
            torch.ones(len(kept), samples, dtype=torch.bool),
            torch.from_numpy(self.agents.half_size[kept]),
            torch.from_numpy(self.agents.is_road_user[kept]),
            torch.from_numpy(self.agents.speed_mps[kept] <= STOPPED_MPS),
        )

    def red_lights(self) -> RedLights:
        """The lights, red throughout; those under the ego count for TLC all the same."""
        is_red = torch.ones(len(self.red), SAMPLES, dtype=torch.bool)
        return RedLights(Polygons.of(self.red, np.zeros(2)), is_red)

    def rows_meeting(self, corridor: BaseGeometry) -> list[list[int]]:
        """For every 0.2 s, the rows that meet ``corridor``, in the devkit's order; none ignored."""
        rows = []
        for polygons in self.polygons:
            tree = shapely.STRtree(polygons, node_capacity=NODE_CAPACITY)
            met = tree.query(corridor, predicate="intersects").tolist() if len(polygons) else []
            rows.append([row for row in met if row not in self.ignored])
        return rows


def _nearest(agents: Annotations, centre: Float64[np.ndarray, "2"]) -> Annotations:
    """Static objects, then vehicles, pedestrians, bicycles: the nearest of each, nearest first."""
    distance = np.hypot(*(agents.poses[:, :2] - centre).T)
    names = np.array(agents.names, dtype=object)
    rows: list[int] = []
    groups = [(~agents.is_road_user, MOST_STATIC)]
    groups += [(names == name, most) for name, most in MOST.items()]
    for chosen, most in groups:
        near = np.flatnonzero(chosen & (distance <= RADIUS_M))
        rows += near[np.argsort(distance[near], kind="stable")][:most].tolist()
    return Annotations(
        agents.poses[rows],
        agents.half_size[rows],
        agents.speed_mps[rows],
        agents.velocity[rows],
        agents.is_road_user[rows],
        tuple(agents.names[row] for row in rows),
        tuple(agents.tokens[row] for row in rows),
    )


def _drift(agents: Annotations) -> Float64[np.ndarray, "A 2"]:
    heading = agents.poses[:, 2]
    off = wrap_angle(heading - np.arctan2(agents.velocity[:, 1], agents.velocity[:, 0]))
    sign = np.where(np.abs(off) < np.pi / 2, 1.0, -1.0)
    return (sign * agents.speed_mps)[:, None] * np.column_stack([np.cos(heading), np.sin(heading)])


def _polygons(
    agents: Annotations,
    drift: Float64[np.ndarray, "A 2"],
    red: Sequence[BaseGeometry],
    step: int,
) -> np.ndarray:
    corners = box_corners(
        agents.poses[:, :2] + drift * (step * INTERVAL_S),
        agents.poses[:, 2],
        2.0 * agents.half_size[:, 0],
        2.0 * agents.half_size[:, 1],
    )
    boxes = np.asarray(shapely.polygons(corners.reshape(-1, 4, 2)))
    return np.concatenate([boxes, np.array(red, dtype=object)])


def _ignored(box: shapely.Polygon, now: np.ndarray, red_count: int) -> frozenset[int]:
    overlapping = shapely.intersects(box, now)
    inside = shapely.within(box, now)
    agents = len(now) - red_count
    is_ignored = np.where(np.arange(len(now)) < agents, overlapping, inside)
    return frozenset(np.flatnonzero(is_ignored).tolist())


def _moved(geometry: BaseGeometry, origin: Float64[np.ndarray, "2"]) -> BaseGeometry:
    return shapely.transform(geometry, lambda points: points - origin)
