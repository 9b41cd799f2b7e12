"""The exact EPDMS against the official devkit: same scenes, one process, one run, as ratios.

    python -m benchmarks.epdms LOGS MAPS [scenes]

Where navsim and nuplan-devkit cannot be imported, only ours is measured. Times are processor times of this
one-threaded process, so that other programs on the machine matter less; compare within one run only.
"""

import sys
import warnings
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch

import driving  # noqa: F401, first of all: it makes torchvision importable (see driving.torch_setup)
from benchmarks.devkit import COLUMNS, Devkit
from benchmarks.growth import growth_tables
from benchmarks.measure import cpu_seconds, table
from driving.data.assemble import load_log
from driving.data.splits import SceneFilter
from driving.scene import Scene
from driving.trajectory import Trajectory
from reward_wm.epdms import PreparedScene, ScorerConfig, prepare_scene, score, score_scene

PROPOSALS = (1, 16, 64, 256, 1024)
SCENES = (1, 4, 16, 64)
ONE_BY_ONE = 16
"""Trajectories of a scene that go through the devkit's slow path; its cost is the same for each."""
CONFIG = ScorerConfig()


def main(logs: Path, maps: Path, count: int = 64) -> None:
    """Print all tables."""
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore")
    every = SceneFilter(frame_interval=1)
    scenes = [scene for path in sorted(logs.glob("*.pkl")) for scene in load_log(path, maps, every)]
    devkit = Devkit(logs, maps) if find_spec("navsim") and find_spec("nuplan") else None
    if devkit is not None:
        scenes = [scene for scene in scenes if scene.token in devkit.tokens()]
    scenes = [scenes[i] for i in np.linspace(0, len(scenes) - 1, min(count, len(scenes))).astype(int)]
    prepared = [prepare_scene(scene) for scene in scenes]
    _describe(prepared)
    caches = {} if devkit is None else _preparation(devkit, scenes)
    some = prepared[:: max(len(prepared) // 4, 1)][:4]
    _proposals(devkit, caches, some)
    _scenes(devkit, caches, prepared)
    print(growth_tables(some[-1], draw(4096)))


def draw(count: int, seed: int = 0) -> np.ndarray:
    """Trajectories (count, 8, 3) of many speeds and curvatures, ego frame."""
    rng = np.random.default_rng(seed)
    speed, curvature = rng.uniform(0, 14, (count, 1)), rng.normal(0, 0.03, (count, 1))
    distance = speed * 0.5 * np.arange(1, 9)
    heading = distance * curvature
    return np.stack([distance * np.cos(heading / 2), distance * np.sin(heading / 2), heading], axis=-1)


def _describe(prepared: list[PreparedScene]) -> None:
    agents = [len(scene.agent_tokens) for scene in prepared]
    polygons = [len(scene.world.roads.kind) for scene in prepared]
    print(
        f"{len(prepared)} scenes, {min(agents)} to {max(agents)} agents, "
        f"{min(polygons)} to {max(polygons)} polygons a scene\n"
    )


def _preparation(devkit: Devkit, scenes: list[Scene]) -> dict[str, object]:
    """The metric caches; prints what they cost beside our preparation."""
    devkit.prepare(devkit.scenario(scenes[0].token))
    caches: dict[str, object] = {}

    def cache_all() -> None:
        for scene in scenes:
            caches[scene.token] = devkit.prepare(devkit.scenario(scene.token))

    theirs = cpu_seconds(cache_all, repeats=1) / len(scenes)
    ours = cpu_seconds(lambda: [prepare_scene(scene) for scene in scenes], repeats=1) / len(scenes)
    header = ("scenes", "ours ms a scene", "metric caching ms a scene", "ratio")
    print(table(header, [(len(scenes), ours * 1e3, theirs * 1e3, theirs / ours)]), "\n")
    return caches


def _proposals(devkit: Devkit | None, caches: dict[str, object], some: list[PreparedScene]) -> None:
    """Cost of a trajectory by the number of proposals of a scene, over a few scenes."""
    rows = []
    for count in PROPOSALS:
        poses = draw(count)
        tensor = torch.from_numpy(poses)
        ours = _mean(some, lambda scene, own=tensor: score_scene(scene, own, 0.5, CONFIG), count)
        if devkit is None:
            rows.append((count, ours * 1e6))
            continue
        few = poses[:ONE_BY_ONE]
        batch = _devkit_seconds(devkit.batch, caches, some, poses)
        single = _devkit_seconds(devkit.one_by_one, caches, some, few)
        _check(devkit, caches, some[0], few)
        rows.append((count, ours * 1e6, batch * 1e6, single * 1e6, batch / ours, single / ours))
    header = ("proposals", "ours us each", "devkit batch us each", "devkit one by one us each")
    ratios = ("ratio to batch", "ratio to one by one")
    print(table((*header, *ratios)[: len(rows[0])], rows), "\n")


def _scenes(devkit: Devkit | None, caches: dict[str, object], prepared: list[PreparedScene]) -> None:
    """Cost of a trajectory by the number of scenes scored together, 16 proposals each."""
    rows, poses = [], draw(16)
    for count in sorted({min(count, len(prepared)) for count in SCENES}):
        own = prepared[:count]
        batch = Trajectory(torch.from_numpy(poses).expand(len(own), -1, -1, -1))
        ours = cpu_seconds(lambda own=own, batch=batch: score(own, batch, CONFIG), 5) / (16 * len(own))
        row: tuple[object, ...] = (len(own), ours * 1e6)
        if devkit is not None:
            theirs = _devkit_seconds(devkit.batch, caches, own, poses)
            row = (*row, theirs * 1e6, theirs / ours)
        rows.append(row)
    header = ("scenes of 16 proposals", "ours us each", "devkit batch us each", "ratio to batch")
    print(table(header[: len(rows[0])], rows), "\n")


def _mean(scenes: list[PreparedScene], call: Callable[[PreparedScene], object], count: int) -> float:
    """Seconds for each of ``count`` trajectories, mean over scenes of the best of several calls."""
    return float(np.mean([cpu_seconds(partial(call, scene), 5) for scene in scenes])) / count


def _devkit_seconds(
    call: Callable[[object, np.ndarray], object],
    caches: dict[str, object],
    scenes: list[PreparedScene],
    poses: np.ndarray,
) -> float:
    """Seconds for each trajectory, mean over scenes, one call each."""
    calls = [partial(call, caches[scene.token], poses) for scene in scenes]
    return float(np.mean([cpu_seconds(one, repeats=1) for one in calls])) / len(poses)


def _check(devkit: Devkit, caches: dict[str, object], scene: PreparedScene, poses: np.ndarray) -> None:
    """What is compared must be the same work: all three ways agree."""
    ours = score_scene(scene, torch.from_numpy(poses), 0.5, CONFIG)
    wanted = (ours.sub_scores.nc * ours.sub_scores.dac * ours.sub_scores.ddc).numpy()
    single = devkit.one_by_one(caches[scene.token], poses)
    unfiltered = (ours.unfiltered.nc * ours.unfiltered.dac * ours.unfiltered.ddc).numpy()
    rows = devkit.batch(caches[scene.token], poses)[1:]
    batch = [float(row.iloc[0][list(COLUMNS)].prod()) for row in rows]
    np.testing.assert_allclose(single, wanted)
    np.testing.assert_allclose(batch, unfiltered)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *map(int, sys.argv[3:]))
