"""Scores the trajectories of ``epdms_world.tar.xz`` with the official NAVSIM devkit v2.2.

Step two of two (step one is ``stir_epdms_world.py``), in a Python that has navsim v2.2 and
nuplan-devkit v1.2, which this project never installs and never imports:

    python tests/golden/make_epdms_golden.py tests/golden/epdms_world.tar.xz tests/golden/epdms_golden.npz

Every trajectory goes through the devkit's own ``pdm_score`` (with PDM-Closed, human filter, log replay);
metric caches are computed by a fresh processor a scene, because the devkit's own one remembers agents
of earlier scenes. Numbers in the file may change only together with a sentence in DECISIONS.md.
"""

import gc
import os
import shutil
import sys
import tarfile
import tempfile
from pathlib import Path

import numpy as np

LOCATIONS = ("us-ma-boston", "us-nv-las-vegas-strip", "us-pa-pittsburgh-hazelwood", "sg-one-north")
COLUMNS = (
    "no_at_fault_collisions",
    "drivable_area_compliance",
    "driving_direction_compliance",
    "traffic_light_compliance",
    "ego_progress",
    "time_to_collision_within_bound",
    "lane_keeping",
    "history_comfort",
)
WEIGHTS = np.array([5.0, 5.0, 2.0, 2.0, 2.0])
STATES_EVERY = 9
"""Simulated states are kept of every ninth trajectory."""


def main(archive: str, target: str) -> None:
    """Unpack, score, write."""
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")
        root = Path(folder)
        _complete_maps(root / "maps")
        os.environ.update(
            NUPLAN_MAPS_ROOT=str(root / "maps"), OPENSCENE_DATA_ROOT=folder, NAVSIM_EXP_ROOT=folder
        )
        table = np.load(root / "trajectories.npz")
        results = {}
        for kind, interval_s in (("coarse", 0.5), ("fine", 0.1)):
            scores, states = _score(root, table[f"{kind}_names"], table[f"{kind}_poses"], interval_s)
            results |= {f"{kind}_scores": scores, f"{kind}_states": states[::STATES_EVERY]}
    np.savez_compressed(target, **results)


def _complete_maps(maps: Path) -> None:
    """The devkit insists on four cities."""
    have = next(path for path in maps.iterdir() if path.is_dir())
    for location in LOCATIONS:
        if location != have.name:
            shutil.copytree(have, maps / location)


def _score(root: Path, names: np.ndarray, poses: np.ndarray, interval_s: float) -> tuple:
    """Rows of the nine sub-scores and the final score, in the devkit's order, and the states."""
    from navsim.common.dataclasses import Trajectory
    from navsim.evaluate.pdm_score import pdm_score
    from navsim.planning.simulation.planner.pdm_planner.scoring.pdm_scorer import PDMScorer, PDMScorerConfig
    from navsim.planning.simulation.planner.pdm_planner.simulation.pdm_simulator import PDMSimulator
    from navsim.traffic_agents_policies.log_replay_traffic_agents import LogReplayTrafficAgents
    from nuplan.planning.simulation.trajectory.trajectory_sampling import TrajectorySampling

    simulated = TrajectorySampling(num_poses=40, interval_length=0.1)
    planned = TrajectorySampling(num_poses=poses.shape[1], interval_length=interval_s)
    tools = {
        "future_sampling": simulated,
        "simulator": PDMSimulator(simulated),
        "scorer": PDMScorer(simulated, PDMScorerConfig(human_penalty_filter=True)),
        "traffic_agents_policy": LogReplayTrafficAgents(simulated),
    }
    caches = _metric_caches(root, simulated)
    scores, states = np.full((len(names), 10), np.nan), np.zeros((len(names), 41, 11))
    for row, (token, _) in enumerate(names):
        frame, states[row] = pdm_score(caches[token], Trajectory(poses[row], planned), **tools)
        scores[row, :8] = [frame.iloc[0][column] for column in COLUMNS]
    _add_extended_comfort(scores, states, names, caches)
    weights = np.where(np.isnan(scores[:, 8:9]) & (np.arange(5) == 4), 0.0, WEIGHTS)
    weighted = (np.nan_to_num(scores[:, 4:9]) * weights).sum(axis=1) / weights.sum(axis=1)
    scores[:, 9] = scores[:, :4].prod(axis=1) * weighted
    return scores, states


def _metric_caches(root: Path, sampling) -> dict:
    from navsim.common.dataclasses import Scene, SceneFilter, SensorConfig
    from navsim.common.dataloader import SceneLoader
    from navsim.planning.metric_caching.metric_cache_processor import MetricCacheProcessor
    from navsim.planning.scenario_builder.navsim_scenario import NavSimScenario

    blind = SensorConfig.build_no_sensors()
    chosen = SceneFilter(num_history_frames=4, num_future_frames=10, frame_interval=1, has_route=True)
    loader = SceneLoader(root / "navsim_logs", None, chosen, blind)
    caches = {}
    for token, frames in loader.scene_frames_dicts.items():
        processor = MetricCacheProcessor(None, True, sampling)
        scene = Scene.from_scene_dict_list(frames, None, 4, 10, blind)
        maps = str(root / "maps")
        caches[token] = processor.compute_metric_cache(NavSimScenario(scene, maps, "nuplan-maps-v1.0"))
        gc.enable()  # the devkit's planner turns it off
    return caches


def _add_extended_comfort(scores: np.ndarray, states: np.ndarray, names: np.ndarray, caches: dict) -> None:
    from navsim.planning.simulation.planner.pdm_planner.scoring.pdm_comfort_metrics import (
        ego_is_two_frame_extended_comfort,
    )

    row_of = {(token, name): row for row, (token, name) in enumerate(names)}
    for row, (token, name) in enumerate(names):
        cache = caches[token]
        gaps = {
            other: cache.timepoint.time_s - candidate.timepoint.time_s
            for other, candidate in caches.items()
            if candidate.log_name == cache.log_name
        }
        before = [other for other, gap in gaps.items() if 0 < gap <= 0.55]
        if before:
            earlier = states[row_of[before[0], name]][None, round(gaps[before[0]] / 0.1) :]
            now = states[row][None, : earlier.shape[1]]
            seconds = np.arange(now.shape[1]) * 0.1
            scores[row, 8] = ego_is_two_frame_extended_comfort(now, earlier, seconds)[0]


if __name__ == "__main__":
    main(*sys.argv[1:3])
