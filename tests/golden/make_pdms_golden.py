"""Scores the trajectories of ``epdms_world.tar.xz`` with the official NAVSIM devkit v1.1: PDMS.

In a Python that has navsim v1.1 (not v2) and nuplan-devkit v1.2:

    python tests/golden/make_pdms_golden.py tests/golden/epdms_world.tar.xz tests/golden/pdms_golden.npz

Every trajectory goes through the devkit's own ``pdm_score``; metric caches are computed by a fresh
processor a scene. Numbers in the file may change only together with a sentence in DECISIONS.md.
"""

import lzma
import os
import pickle
import shutil
import sys
import tarfile
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

LOCATIONS = ("us-ma-boston", "us-nv-las-vegas-strip", "us-pa-pittsburgh-hazelwood", "sg-one-north")
COLUMNS = (
    "no_at_fault_collisions",
    "drivable_area_compliance",
    "ego_progress",
    "time_to_collision_within_bound",
    "comfort",
    "driving_direction_compliance",
    "score",
)


def main(archive: str, target: str) -> None:
    """Unpack, score, write."""
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")
        root = Path(folder)
        have = next(path for path in (root / "maps").iterdir() if path.is_dir())
        for location in LOCATIONS:  # the devkit insists on four cities
            if location != have.name:
                shutil.copytree(have, root / "maps" / location)
        os.environ.update(
            NUPLAN_MAPS_ROOT=str(root / "maps"), OPENSCENE_DATA_ROOT=folder, NAVSIM_EXP_ROOT=folder
        )
        table = np.load(root / "trajectories.npz")
        devkit = _Devkit(root)
        results = {}
        for kind, interval_s in (("coarse", 0.5), ("fine", 0.1)):
            tokens, poses = table[f"{kind}_names"][:, 0].tolist(), table[f"{kind}_poses"]
            rows = [devkit.score(token, one, interval_s) for token, one in zip(tokens, poses, strict=True)]
            results[f"{kind}_scores"] = np.array(rows)
    np.savez_compressed(target, **results)


class _Devkit:
    """The devkit v1.1 on the logs of a folder."""

    def __init__(self, root: Path) -> None:
        from navsim.common.dataclasses import SceneFilter, SensorConfig
        from navsim.common.dataloader import SceneLoader
        from navsim.planning.simulation.planner.pdm_planner.scoring.pdm_scorer import PDMScorer
        from navsim.planning.simulation.planner.pdm_planner.simulation.pdm_simulator import PDMSimulator
        from nuplan.planning.simulation.trajectory.trajectory_sampling import TrajectorySampling

        self._root = root
        self._sampling = TrajectorySampling(num_poses=40, interval_length=0.1)
        self._simulator, self._scorer = PDMSimulator(self._sampling), PDMScorer(self._sampling)
        self._no_sensors = SensorConfig.build_no_sensors()
        every = SceneFilter(num_history_frames=4, num_future_frames=10, frame_interval=1, has_route=True)
        self._loader = SceneLoader(root / "navsim_logs", None, every, self._no_sensors)
        self._caches: dict[str, Any] = {}

    def score(self, token: str, poses: np.ndarray, interval_s: float) -> list[float]:
        """The columns for one trajectory."""
        from navsim.common.dataclasses import Trajectory
        from navsim.evaluate.pdm_score import pdm_score
        from nuplan.planning.simulation.trajectory.trajectory_sampling import TrajectorySampling

        if token not in self._caches:
            self._caches[token] = self._prepare(token)
        planned = Trajectory(poses, TrajectorySampling(num_poses=len(poses), interval_length=interval_s))
        result = pdm_score(self._caches[token], planned, self._sampling, self._simulator, self._scorer)
        return [float(asdict(result)[column]) for column in COLUMNS]

    def _prepare(self, token: str) -> Any:
        from navsim.common.dataclasses import Scene
        from navsim.planning.metric_caching.metric_cache_processor import MetricCacheProcessor
        from navsim.planning.scenario_builder.navsim_scenario import NavSimScenario

        scene = Scene.from_scene_dict_list(
            self._loader.scene_frames_dicts[token], None, 4, 10, self._no_sensors
        )
        processor = MetricCacheProcessor(str(self._root / "cache"), force_feature_computation=True)
        maps = os.environ["NUPLAN_MAPS_ROOT"]
        entry = processor.compute_metric_cache(NavSimScenario(scene, maps, "nuplan-maps-v1.0"))
        with lzma.open(entry.file_name, "rb") as file:
            return pickle.load(file)


if __name__ == "__main__":
    main(*sys.argv[1:])
