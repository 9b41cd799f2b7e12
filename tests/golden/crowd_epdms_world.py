"""Crowds the world of ``stir_epdms_world.py`` with vehicles for traffic that reacts.

Step one of two, in this project's environment; writes where everybody is to CROWD, and the whole world
to the folder WORLD for step two, ``make_traffic_golden.py``:

    python -m tests.golden.crowd_epdms_world tests/golden/epdms_world.tar.xz tests/golden/crowd.npz WORLD

Every cut gets other agents: vehicles in queues, at the ends of lanes and in intersections, beside their
lanes and off the road, askew, the wrong way, on each other and on the ego, behind it and far away; and a
third of the lanes loses its speed limit. Ego, lights, routes and trajectories stay as they are.
"""

import sqlite3
import sys
import tarfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from driving.data.read_log import read_log
from driving.data.read_map import read_map
from driving.data.write_log import write_log
from driving.frames import local_to_map, map_to_local
from driving.log_frame import LogFrame
from driving.map_data import MapData, MapLane

CURRENT = 3
KINDS = ("vehicle", "pedestrian", "bicycle", "barrier")
SIZES = np.array([(4.6, 1.9), (0.7, 0.7), (1.8, 0.7), (0.5, 2.0)])
NEAR_M = 60.0


def main(archive: Path, crowd: Path, world: Path) -> None:
    """Draw the crowd and write it and the world."""
    unpack(archive, world)
    rng = np.random.default_rng(7)
    rows = []
    for cut, path in enumerate(_logs(world)):
        frames = read_log(path)
        rows += [(cut, *row) for row in _draw(frames, read_map(world / "maps", frames[0].location), rng)]
    np.savez_compressed(crowd, rows=np.array(rows))
    fill(world, crowd)


def unpack(archive: Path, world: Path, with_all_limits: bool = False) -> None:
    """Unpack the stirred world and take the speed limits of some lanes away, or not."""
    with tarfile.open(archive) as tar:
        tar.extractall(world, filter="data")
    if with_all_limits:
        return
    for path in (world / "maps").rglob("*.gpkg"):
        with sqlite3.connect(path) as connection:
            query = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'lanes_polygons'"
            for (trigger,) in connection.execute(query).fetchall():  # they ask for GDAL's functions
                connection.execute(f'DROP TRIGGER "{trigger}"')
            connection.execute("UPDATE lanes_polygons SET speed_limit_mps = NULL WHERE fid % 3 = 0")


def fill(world: Path, crowd: Path) -> None:
    """Replace the agents of an unpacked world by the crowd."""
    rows = np.load(crowd)["rows"]
    for cut, path in enumerate(_logs(world)):
        own = rows[rows[:, 0] == cut, 1:]
        write_log([_with_agents(frame, index, own) for index, frame in enumerate(read_log(path))], path)


def _logs(world: Path) -> list[Path]:
    return sorted((world / "navsim_logs").glob("*.pkl"))


def _with_agents(frame: LogFrame, index: int, rows: np.ndarray) -> LogFrame:
    """``rows``: kind, first and last frame, pose in the map now, speed, scale. All go straight on."""
    rows = [(number, row) for number, row in enumerate(rows) if row[1] <= index <= row[2]]
    boxes, velocities = np.zeros((len(rows), 7), np.float32), np.zeros((len(rows), 3), np.float32)
    for place, (_, (kind, _, _, *pose, speed, scale)) in enumerate(rows):
        ahead = np.array([speed * 0.5 * (index - CURRENT), 0.0, 0.0])
        x, y, heading = map_to_local(local_to_map(ahead, np.array(pose)), frame.ego_pose_in_map)
        length, width = SIZES[int(kind)] * scale
        boxes[place] = (x, y, 0.8, length, width, 1.6, heading)
        velocities[place, :2] = speed * np.cos(heading), speed * np.sin(heading)
    return replace(
        frame,
        boxes=boxes,
        velocities=velocities,
        names=tuple(KINDS[int(row[0])] for _, row in rows),
        track_tokens=tuple(f"{number:016x}" for number, _ in rows),
    )


def _draw(frames: list[LogFrame], town: MapData, rng: np.random.Generator) -> list[tuple]:
    ego = frames[CURRENT].ego_pose_in_map
    lanes = [lane for lane in town.lanes.values() if _distance(lane, ego) < NEAR_M]
    own = sorted(lanes, key=lambda lane: _distance(lane, ego))[:4]
    rows = []
    for _ in range(int(rng.integers(6, 26))):
        pose, speed = _pose(lanes if rng.random() < 0.6 else own, ego, rng)
        kind = int(rng.choice(len(KINDS), p=(0.82, 0.06, 0.06, 0.06)))
        first, last = (0, len(frames) - 1) if rng.random() < 0.9 else sorted(rng.integers(0, len(frames), 2))
        speed = 0.0 if KINDS[kind] == "barrier" else speed
        rows.append((kind, first, last, *pose, speed, rng.uniform(0.7, 1.5)))
    return rows


def _pose(lanes: list[MapLane], ego: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, float]:
    speed = float(rng.choice([0.0, 0.05, rng.uniform(0, 3), rng.uniform(3, 14), rng.uniform(3, 14)]))
    if rng.random() < 0.15:
        local = np.array([rng.choice([-8.0, 1.0, 11.0]) + rng.normal(0, 3), rng.normal(0, 0.7), 0.0])
        return local_to_map(local, ego), speed
    if rng.random() < 0.05:
        return local_to_map(np.array([rng.uniform(85, 105), rng.normal(0, 20), 0.0]), ego), speed
    baseline = lanes[int(rng.integers(len(lanes)))].baseline
    place = int(rng.choice([rng.integers(len(baseline) - 1), len(baseline) - 2 - rng.integers(4), 0]))
    step = baseline[place + 1] - baseline[place]
    aside = rng.choice([0.0, rng.normal(0, 0.4), rng.normal(0, 0.4), rng.uniform(-5, 5)])
    turn = rng.choice([0.0, rng.normal(0, 0.1), rng.normal(0, 0.1), np.pi, rng.uniform(-3, 3)])
    local = np.array([rng.uniform(0, 1), aside, 0.0])
    pose = local_to_map(local, np.array([*baseline[place], np.arctan2(step[1], step[0])]))
    return pose + np.array([0.0, 0.0, turn]), speed


def _distance(lane: MapLane, ego: np.ndarray) -> float:
    return float(np.hypot(*(lane.baseline - ego[:2]).T).min())


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:4]))
