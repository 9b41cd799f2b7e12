"""Centre lines that reactive vehicles drive along, and who starts where on them. Scene frame, metres.

Reproduces how the devkit puts vehicles on its map. A vehicle belongs to the lane, or in intersections
to the connector, that holds its centre and whose direction there is nearest to its own; it is moved
onto the centre line unless that is too far away or it would touch one moved before. Quirks: directions
are compared without wrapping; a lane without a speed limit inherits that of the vehicle before.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
import shapely.ops
import torch
from jaxtyping import Float64, Int64
from torch import Tensor

from driving.frames import box_corners
from driving.map_data import MapData, MapLane
from driving.scene import Scene
from reward_wm.epdms.footprint import ego_polygons
from reward_wm.epdms.map_search import MapSearch

SNAP_M = 3.0
RADIUS_M = 100.0
"""Vehicles farther from the ego are taken out."""
DEFAULT_SPEED_MPS = 10.0
PARKED_MPS = 0.1
HEADING_STEP_M = 0.5
REPEATED_M = 1e-8


@dataclass(frozen=True)
class Rails:
    """N vehicles on L centre lines, in the order in which they move, and M that stay where they are."""

    rows: Int64[Tensor, "N"]
    """Which agent each vehicle is."""
    poses: Float64[Tensor, "N 3"]
    """Where its box is put at first."""
    progress_m: Float64[Tensor, "N"]
    speed_mps: Float64[Tensor, "N"]
    wanted_speed_mps: Float64[Tensor, "N"]
    line: Int64[Tensor, "N"]
    vertices: Float64[Tensor, "V 2"]
    """All centre lines, one after the other. A vehicle stops at the last but one of its own (a quirk)."""
    line_starts: Int64[Tensor, "l"]
    """First vertex of each centre line, and the number of vertices: L + 1 entries."""
    parked_rows: Int64[Tensor, "M"]
    """Agents that stay, but are left out of every sample at which they would touch a moving one."""
    flaw: str
    """Which scene it is and why the devkit cannot move its traffic; empty where it can."""

    def lines(self) -> tuple[Float64[Tensor, "v 4"], Int64[Tensor, "l"]]:
        """x, y, heading (unwrapped) and arc length of what can be driven along, and where lines start."""
        starts = self.line_starts - torch.arange(len(self.line_starts))
        rows = [_with_arc_length(self.vertices[a:b]) for a, b in pairwise(self.line_starts.tolist())]
        return torch.cat([self.vertices.new_zeros(0, 4), *rows]), starts


@dataclass(frozen=True)
class Vehicle:
    """A vehicle as annotated now, map frame."""

    row: int
    pose: Float64[np.ndarray, "3"]
    half_size: Float64[np.ndarray, "2"]
    velocity: Float64[np.ndarray, "2"]

    @property
    def speed_mps(self) -> float:
        return float(np.hypot(*self.velocity))

    def box(self, pose: Float64[np.ndarray, "3"]) -> shapely.Polygon:
        """Its outline at another pose."""
        length, width = 2.0 * self.half_size
        return shapely.Polygon(box_corners(pose[:2], pose[2], length, width))


@dataclass(frozen=True)
class _OnLane:
    vehicle: Vehicle
    lane: MapLane
    pose: Float64[np.ndarray, "3"]
    progress_m: float
    wanted_speed_mps: float


def put_on_rails(scene: Scene, vehicles: Sequence[Vehicle]) -> Rails:
    """Put the annotated vehicles of a scene on their lanes, in the order of the log."""
    ego = scene.current.ego_pose_in_map
    taken = [ego_polygons(ego[None])[0]]
    moving: list[_OnLane] = []
    parked: list[int] = []
    wanted = DEFAULT_SPEED_MPS
    for vehicle in vehicles:
        lane, is_on_road = _lane_of(scene.map, vehicle)
        pose = vehicle.pose if lane is None else nearest_pose(lane.baseline, vehicle.pose[:2])
        is_off_line = bool(np.hypot(*(pose - vehicle.pose)[:2]) > SNAP_M)
        box = vehicle.box(pose)
        if lane is not None and not is_off_line and not shapely.intersects(box, taken).any():
            taken.append(box)
            wanted = lane.speed_limit_mps or wanted
            progress = float(_line(lane).project(shapely.Point(vehicle.pose[:2])))
            moving.append(_OnLane(vehicle, lane, pose, progress, wanted))
        elif is_off_line or (vehicle.speed_mps < PARKED_MPS and not is_on_road):
            parked.append(vehicle.row)
    flaw = _flaw(moving, ego)
    if flaw:
        flaw = f"scene {scene.token}: {flaw}, where the devkit fails, too"
    return _stack(moving, parked, ego[:2], flaw)


def nearest_pose(
    baseline: Float64[np.ndarray, "V 2"], place: Float64[np.ndarray, "2"]
) -> Float64[np.ndarray, "3"]:
    """The nearest point of a centre line, and the direction to the point half a metre further on."""
    line = shapely.LineString(baseline)
    progress = line.project(shapely.Point(place))
    here, there = line.interpolate(progress), line.interpolate(progress + HEADING_STEP_M)
    if here == there:
        before = line.interpolate(progress - HEADING_STEP_M)
        return np.array([here.x, here.y, np.arctan2(here.y - before.y, here.x - before.x)])
    return np.array([here.x, here.y, np.arctan2(there.y - here.y, there.x - here.x)])


def _with_arc_length(vertices: Float64[Tensor, "V 2"]) -> Float64[Tensor, "v 4"]:
    steps = torch.diff(vertices, dim=0)
    heading = torch.from_numpy(np.unwrap(torch.atan2(steps[:, 1], steps[:, 0]).numpy()))
    progress = torch.cumsum(torch.hypot(steps[:, 0], steps[:, 1]), dim=0)
    progress = torch.cat([progress.new_zeros(1), progress])[:-1]
    return torch.cat([vertices[:-1], heading[:, None], progress[:, None]], dim=1)


def _lane_of(map_data: MapData, vehicle: Vehicle) -> tuple[MapLane | None, bool]:
    """The lane that a vehicle follows, and whether it is on a lane or in an intersection at all."""
    search, place = MapSearch.of(map_data), shapely.Point(vehicle.pose[:2])
    holding = search.lanes.holding(place)
    is_on_road = bool(holding or search.intersections.holding(place))
    if not holding and is_on_road:
        holding = search.connectors.holding(place)
    lanes = [map_data.lanes[item] for item in holding]
    if not lanes:
        return None, is_on_road
    turns = [abs(nearest_pose(lane.baseline, vehicle.pose[:2])[2] - vehicle.pose[2]) for lane in lanes]
    return lanes[int(np.argmin(turns))], is_on_road


def _line(lane: MapLane) -> shapely.LineString:
    return shapely.LineString(lane.baseline)


def _without_repeats(baseline: Float64[np.ndarray, "V 2"]) -> Float64[np.ndarray, "v 2"]:
    """Of vertices in the same place the last one only."""
    lengths = np.hypot(*np.diff(baseline, axis=0).T)
    return baseline[np.append(lengths > REPEATED_M, True)]


def _flaw(moving: Sequence[_OnLane], ego: Float64[np.ndarray, "3"]) -> str:
    """Where the devkit raises: a line of one segment, or one that ends before its vehicle's box."""
    for one in moving:
        path = _without_repeats(one.lane.baseline)[:-1]
        if len(path) < 2:
            return f"the centre line of lane {one.lane.id} has fewer than three vertices"
        if not np.isfinite(one.vehicle.velocity).all():
            return f"a vehicle on lane {one.lane.id} has no velocity"
        line = shapely.LineString(path)
        progress = min(one.progress_m, line.length)
        here = np.array(line.interpolate(progress).coords[0])
        rest = shapely.ops.substring(line, progress, line.length)
        ahead = path[-2:] if progress >= line.length else np.asarray(rest.coords)
        corridor = shapely.LineString(ahead).buffer(one.vehicle.half_size[1], cap_style="flat")
        is_near = np.hypot(*(here - ego[:2])) <= RADIUS_M
        if is_near and not corridor.intersects(one.vehicle.box(one.pose)):
            return f"the centre line of lane {one.lane.id} ends more than half a vehicle before one on it"
    return ""


def _stack(
    moving: Sequence[_OnLane], parked: Sequence[int], origin: Float64[np.ndarray, "2"], flaw: str
) -> Rails:
    lanes = {one.lane.id: one.lane for one in moving}
    lines = [_without_repeats(lane.baseline) - origin for lane in lanes.values()]
    number = {item: index for index, item in enumerate(lanes)}
    poses = np.array([one.pose for one in moving], dtype=np.float64).reshape(-1, 3)
    poses[:, :2] -= origin
    return Rails(
        rows=_integers(one.vehicle.row for one in moving),
        poses=torch.from_numpy(poses),
        progress_m=_floats(one.progress_m for one in moving),
        speed_mps=_floats(one.vehicle.speed_mps for one in moving),
        wanted_speed_mps=_floats(one.wanted_speed_mps for one in moving),
        line=_integers(number[one.lane.id] for one in moving),
        vertices=torch.from_numpy(np.concatenate([np.zeros((0, 2)), *lines])),
        line_starts=_integers(np.cumsum([0, *(len(line) for line in lines)])),
        parked_rows=_integers(parked),
        flaw=flaw,
    )


def _integers(values: Iterable[int]) -> Int64[Tensor, "n"]:
    return torch.tensor([int(value) for value in values], dtype=torch.int64)


def _floats(values: Iterable[float]) -> Float64[Tensor, "n"]:
    return torch.tensor(list(values), dtype=torch.float64)
