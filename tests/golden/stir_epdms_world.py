"""Makes the world that the exact scorer is compared with the official devkit in.

Step one of two, in this project's environment, from an embedded world (``driving.synth``; only maps and
logs are read, LOGS_FOLDER holds the logs of one location):

    python -m tests.golden.stir_epdms_world WORLD_ROOT LOGS_FOLDER tests/golden/epdms_world.tar.xz

Step two is ``make_epdms_golden.py``. Short cuts of the town's logs are stirred, so that few scenes hold
much of what can go wrong: the ego is moved and turned, its speeds are noisy, clocks jitter, agents of
all classes stand and drive about its path and come and go, lights change, routes have gaps.
"""

import hashlib
import sys
import tarfile
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from driving.data.assemble import load_log
from driving.data.read_log import read_log
from driving.data.read_map import read_map
from driving.data.splits import SceneFilter
from driving.data.write_log import write_log
from driving.frames import local_to_map, map_to_local
from driving.log_frame import LogFrame
from driving.map_data import MapData
from driving.scene import Scene
from reward_wm.epdms import prepare_scene

CUTS, FRAMES = 18, 15  # a cut of 15 frames holds two scenes, half a second apart
SIZES = {
    "vehicle": (4.6, 1.9),
    "pedestrian": (0.7, 0.7),
    "bicycle": (1.8, 0.7),
    "traffic_cone": (0.4, 0.4),
    "barrier": (0.5, 2.0),
    "czone_sign": (0.5, 0.5),
    "generic_object": (1.0, 1.0),
}
COARSE, FINE = 10, 3
"""Trajectories a scene of 8 poses at 2 Hz, and of 40 at 10 Hz."""


def main(world: Path, logs: Path, archive: Path) -> None:
    """Write the archive: ``maps``, ``navsim_logs`` and ``trajectories.npz``."""
    rng = np.random.default_rng(0)
    sources = [read_log(path) for path in sorted(logs.glob("*.pkl"))]
    location = sources[0][0].location
    town = read_map(world / "maps", location)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        paths = [out / "navsim_logs" / f"stirred_{cut:02d}.pkl" for cut in range(CUTS)]
        for cut, path in enumerate(paths):
            source = sources[cut % len(sources)]
            first = int(rng.integers(0, len(source) - FRAMES + 1))
            write_log(_stir(source[first : first + FRAMES], path.stem, town, rng), path)
        scenes = [s for p in paths for s in load_log(p, world / "maps", SceneFilter(frame_interval=1))]
        _write_trajectories(scenes, out / "trajectories.npz", rng)
        with tarfile.open(archive, "w:xz") as tar:
            for folder_name in ("navsim_logs", "trajectories.npz"):
                tar.add(out / folder_name, folder_name)
            for path in sorted((world / "maps" / location).rglob("*.gpkg")):
                tar.add(path, path.relative_to(world))
            tar.add(world / "maps" / "nuplan-maps-v1.0.json", "maps/nuplan-maps-v1.0.json")


def _stir(frames: list[LogFrame], name: str, town: MapData, rng: np.random.Generator) -> list[LogFrame]:
    moved = _move_ego(frames, rng)
    stirred = []
    jitter = rng.integers(-12_000, 12_000, len(frames)) * int(rng.random() < 0.5)
    noise = rng.normal(0, [0.6, 0.2, 0.8, 0.8], (len(frames), 4)) * (rng.random() < 0.4)
    for index, frame in enumerate(moved):
        stirred.append(
            replace(
                frame,
                token=hashlib.sha256(f"{name} {index}".encode()).hexdigest()[:16],
                log_name=name,
                timestamp_us=frame.timestamp_us + int(jitter[index]),
                ego_velocity=(frame.ego_velocity + noise[index, :2]).astype(np.float32),
                ego_acceleration=(frame.ego_acceleration + noise[index, 2:]).astype(np.float32),
            )
        )
    for number in range(int(rng.integers(2, 9))):
        stirred = _add_agent(stirred, f"stirred{number}", rng)
    return _change_route(_change_lights(stirred, town, rng), rng)


def _move_ego(frames: list[LogFrame], rng: np.random.Generator) -> list[LogFrame]:
    """The same offset everywhere; the annotated agents move along, as their boxes are relative."""
    along = rng.choice([0.0, rng.normal(0, 5.0)])
    aside = rng.choice([0.0, 0.0, rng.normal(0, 0.6), rng.normal(0, 3.0)])
    turn = rng.choice([0.0, 0.0, rng.normal(0, 0.05), rng.normal(0, 0.4)])
    offset = np.array([along, aside, turn])
    return [replace(f, ego_pose_in_map=local_to_map(offset, f.ego_pose_in_map)) for f in frames]


def _add_agent(frames: list[LogFrame], token: str, rng: np.random.Generator) -> list[LogFrame]:
    """An agent near the ego's path, at some frame, moving straight on; seen in some frames only."""
    kind = str(rng.choice([*SIZES, "vehicle", "vehicle"]))
    meeting = int(rng.integers(0, len(frames)))
    turn = rng.choice([0.0, np.pi, np.pi / 2, rng.uniform(-3, 3)])
    local = np.array([rng.uniform(-4, 16), rng.choice([rng.normal(0, 1), rng.normal(0, 4)]), turn])
    pose = local_to_map(local, frames[meeting].ego_pose_in_map)
    speed = float(rng.choice([0.0, 0.03, rng.uniform(0, 2), rng.uniform(0, 10), -1.0]))
    speed *= kind in ("vehicle", "pedestrian", "bicycle")
    length, width = np.array(SIZES[kind]) * rng.uniform(0.6, 1.6)
    seen = rng.random(len(frames)) < rng.choice([1.0, 0.7, 0.15])
    changed = []
    for index, frame in enumerate(frames):
        if not seen[index]:
            changed.append(frame)
            continue
        ahead = np.array([speed * 0.5 * (index - meeting), 0.0, 0.0])
        x, y, heading = map_to_local(local_to_map(ahead, pose), frame.ego_pose_in_map)
        box = np.array([[x, y, 0.8, length, width, 1.6, heading]], np.float32)
        velocity = np.array([[speed * np.cos(heading), speed * np.sin(heading), 0.0]], np.float32)
        changed.append(
            replace(
                frame,
                boxes=np.concatenate([frame.boxes, box]),
                velocities=np.concatenate([frame.velocities, velocity]),
                names=(*frame.names, kind),
                track_tokens=(*frame.track_tokens, token),
            )
        )
    return changed


def _change_lights(frames: list[LogFrame], town: MapData, rng: np.random.Generator) -> list[LogFrame]:
    """Connectors of the route turn red and green at random, in most cuts."""
    blocks = [town.roadblocks[block] for block in frames[5].roadblock_ids]
    connectors = [lane for block in blocks if block.is_connector for lane in block.lane_ids]
    if not connectors or rng.random() < 0.4:
        return frames
    chosen = set(rng.choice(connectors, size=min(3, len(connectors)), replace=False).tolist())
    changed = []
    for frame in frames:
        kept = tuple(light for light in frame.traffic_lights if light[0] not in chosen)
        drawn = tuple((lane, bool(rng.random() < 0.6)) for lane in sorted(chosen))
        changed.append(replace(frame, traffic_lights=kept + drawn))
    return changed


def _change_route(frames: list[LogFrame], rng: np.random.Generator) -> list[LogFrame]:
    """As it was, or begun late, or with a gap, or with a block twice."""
    kind = int(rng.integers(0, 6))
    changed = []
    for frame in frames:
        route = frame.roadblock_ids
        long = len(route) > 4
        routes = [route, route[1:], route[:1] + route[2:], route[2:], route + route[:1], route]
        changed.append(replace(frame, roadblock_ids=routes[kind] if long else route))
    return changed


def _write_trajectories(scenes: list[Scene], path: Path, rng: np.random.Generator) -> None:
    rows: dict[str, list] = {"coarse": [], "fine": []}
    names: dict[str, list[tuple[str, str]]] = {"coarse": [], "fine": []}
    for scene in scenes:
        reference = prepare_scene(scene).reference_poses_10hz.numpy()
        for number in range(COARSE + FINE):
            kind = "coarse" if number < COARSE else "fine"
            poses = _trajectory(scene, reference, number, rng)
            rows[kind].append(poses[4::5] if kind == "coarse" else poses)
            names[kind].append((scene.token, f"{kind}{number}"))
    tables = {f"{kind}_poses": np.array(rows[kind]) for kind in rows}
    tables |= {f"{kind}_names": np.array(names[kind]) for kind in names}
    np.savez_compressed(path, **tables)


def _trajectory(scene: Scene, reference: np.ndarray, number: int, rng: np.random.Generator) -> np.ndarray:
    """40 poses: the human's, PDM-Closed's, drives of a bicycle, or one of the first two bent."""
    human = np.concatenate([np.zeros((1, 3)), scene.human_poses(8)])
    times, knots = np.arange(1, 41) * 0.1, np.arange(9) * 0.5
    base = np.column_stack([np.interp(times, knots, human[:, axis]) for axis in range(3)])
    if number % 2:
        base = reference
    if number < 2:
        return base
    if number % 3 == 0:
        ramp = np.minimum(np.arange(1, 41) / 25, 1.0) * rng.normal(0, 1.5)
        aside = np.column_stack([-np.sin(base[:, 2]), np.cos(base[:, 2])]) * ramp[:, None]
        turned = base[:, 2:] + rng.normal(0, 0.1)
        return np.column_stack([base[:, :2] * rng.uniform(0.3, 1.7) + aside, turned])
    speed = float(scene.current.ego_velocity[0])
    acceleration = rng.choice([rng.normal(0, 1.2), -rng.uniform(1, 6), rng.uniform(1, 4.5)])
    curvature = rng.choice([rng.normal(0, 0.01), rng.normal(0, 0.03), rng.uniform(-0.15, 0.15)])
    speeds = np.maximum(speed + acceleration * times, -2.0)
    heading = np.cumsum(speeds * curvature * 0.1)
    steps = np.column_stack([np.cos(heading), np.sin(heading)]) * speeds[:, None] * 0.1
    return np.column_stack([np.cumsum(steps, axis=0), heading])


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:4]))
