"""Reactive traffic, one vehicle and one shapely geometry at a time."""

import math

import numpy as np
import shapely
import shapely.ops

from driving.frames import box_corners
from reward_wm.epdms.prepared import PreparedScene
from reward_wm.epdms.states import HALF_LENGTH_M, HALF_WIDTH_M

EGO = -1


class SlowVehicle:
    """A vehicle on its line."""

    def __init__(self, prepared: PreparedScene, number: int) -> None:
        start = prepared.traffic_start
        rails = start.rails
        line = int(rails.line[number])
        first, last = rails.line_starts[line : line + 2].tolist()
        vertices = rails.vertices[first:last].numpy()
        steps = np.diff(vertices, axis=0)
        self.points = vertices[:-1]
        self.headings = np.unwrap(np.arctan2(steps[:, 1], steps[:, 0]))
        self.arc_lengths = np.concatenate([[0.0], np.cumsum(np.hypot(*steps.T))])[:-1]
        everybody = prepared.world.traffic.join(start.removed)
        self.half_length, self.half_width = everybody.half_size[rails.rows[number]].tolist()
        self.progress = float(rails.progress_m[number])
        self.speed = float(rails.speed_mps[number])
        self.wanted = float(rails.wanted_speed_mps[number])
        self.outline = self.box(rails.poses[number].numpy())

    @property
    def pose(self) -> np.ndarray:
        columns = (self.points[:, 0], self.points[:, 1], self.headings)
        return np.array([np.interp(self.progress, self.arc_lengths, column) for column in columns])

    def box(self, pose: np.ndarray) -> shapely.Polygon:
        return box(pose, self.half_length, self.half_width)

    def stretch(self, start: float, end: float) -> shapely.Polygon:
        """The corridor between two arc lengths; the first or the last segment's where it is empty."""
        first, last = self.arc_lengths[[0, -1]]
        start, end = max(start, first), min(end, last)
        if start >= last:
            line = self.points[-2:]
        elif end <= first:
            line = self.points[:2]
        else:
            cuts = [
                [np.interp(cut, self.arc_lengths, self.points[:, axis]) for axis in (0, 1)]
                for cut in (start, end)
            ]
            inside = (self.arc_lengths > start) & (self.arc_lengths < end)
            line = np.concatenate([cuts[:1], self.points[inside], cuts[1:]])
        return shapely.LineString(line).buffer(self.half_width, cap_style="flat")

    def step(self, gap: float, lead_speed: float) -> None:
        """The intelligent driver model, one step of 0.1 s."""
        wish = 1.0 + 1.5 * self.speed + self.speed * (self.speed - lead_speed) / (2 * math.sqrt(2.0))
        acceleration = 1 - (self.speed / self.wanted) ** 4 - (wish / max(gap, 1.0)) ** 2
        self.progress += 0.1 * self.speed
        self.speed = max(self.speed + 0.1 * min(max(acceleration, -2.0), 1.0), 0.0)
        reach = self.progress + self.half_length + 1.5 * self.speed
        corridor = self.stretch(self.progress - self.half_length, reach)
        self.outline = shapely.union(corridor, self.box(self.pose))


def box(pose: np.ndarray, half_length: float, half_width: float) -> shapely.Polygon:
    return shapely.Polygon(box_corners(pose[:2], pose[2], 2 * half_length, 2 * half_width))


def slow_reactive_traffic(prepared: PreparedScene, states: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Poses (A, T, 3) and presence (A, T) of everybody while the ego is driven through states (T, S)."""
    start = prepared.traffic_start
    everybody = prepared.world.traffic.join(start.removed)
    poses, present = everybody.poses.numpy().copy(), everybody.present.numpy().copy()
    present[start.is_vehicle.numpy()] = False
    present[:, 0] = start.is_current.numpy()
    vehicles = {n: SlowVehicle(prepared, n) for n in range(len(start.rails.rows))}
    for t in range(1, len(states)):
        _move(vehicles, states[t - 1])
        boxes = []
        for number, vehicle in vehicles.items():
            row = int(start.rails.rows[number])
            poses[row, t], present[row, t] = vehicle.pose, True
            boxes.append(vehicle.box(vehicle.pose))
        for row in start.rails.parked_rows.tolist():
            poses[row, t] = everybody.poses[row, 0].numpy()
            own = box(poses[row, t], *everybody.half_size[row].tolist())
            present[row, t] = not any(own.intersects(other) for other in boxes)
            boxes += [own] if present[row, t] else []
    return poses, present


def _move(vehicles: dict[int, SlowVehicle], ego: np.ndarray) -> None:
    for number in [n for n, v in vehicles.items() if math.dist(v.pose[:2], ego[:2]) > 100.0]:
        del vehicles[number]
    ego_outline = box(ego[:3], HALF_LENGTH_M, HALF_WIDTH_M)  # round the rear axle (a quirk)
    for number, vehicle in vehicles.items():
        way = vehicle.stretch(vehicle.progress, math.inf)
        outlines = {n: v.outline for n, v in vehicles.items() if n != number} | {EGO: ego_outline}
        met = {n: outline for n, outline in outlines.items() if outline.intersects(way)}
        if not met:
            vehicle.step(vehicle.arc_lengths[-1] - vehicle.progress - vehicle.half_length, 0.0)
            continue
        nearest = list(met)[int(shapely.STRtree(list(met.values())).nearest(vehicle.outline))]
        heading = ego[2] if nearest == EGO else vehicles[nearest].pose[2]
        speed = math.hypot(ego[3], ego[4]) if nearest == EGO else vehicles[nearest].speed
        gap = vehicle.outline.distance(met[nearest])
        vehicle.step(gap, speed * math.cos(heading - vehicle.pose[2]))
