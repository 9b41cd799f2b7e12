"""The official NAVSIM devkit v2.2, timed; imported only when asked for, never needed otherwise."""

import os
import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

COLUMNS = ("no_at_fault_collisions", "drivable_area_compliance", "driving_direction_compliance")


class Devkit:
    """The devkit's scorer on the scenes of a folder of logs, with log-replay traffic."""

    def __init__(self, logs: Path, maps: Path) -> None:
        os.environ.update(NUPLAN_MAPS_ROOT=str(maps.resolve()), OPENSCENE_DATA_ROOT=".", NAVSIM_EXP_ROOT=".")
        from navsim.common.dataclasses import SceneFilter, SensorConfig
        from navsim.common.dataloader import SceneLoader
        from navsim.planning.simulation.planner.pdm_planner.scoring.pdm_scorer import (
            PDMScorer,
            PDMScorerConfig,
        )
        from navsim.planning.simulation.planner.pdm_planner.simulation.pdm_simulator import PDMSimulator
        from navsim.traffic_agents_policies.log_replay_traffic_agents import LogReplayTrafficAgents
        from nuplan.planning.simulation.trajectory.trajectory_sampling import TrajectorySampling

        self.sampling = TrajectorySampling(num_poses=40, interval_length=0.1)
        self.simulator = PDMSimulator(self.sampling)
        self.scorer = PDMScorer(self.sampling, PDMScorerConfig(human_penalty_filter=True))
        self.traffic = LogReplayTrafficAgents(self.sampling)
        self._no_sensors = SensorConfig.build_no_sensors()
        self._loader = SceneLoader(
            data_path=logs,
            original_sensor_path=None,
            sensor_config=self._no_sensors,
            scene_filter=SceneFilter(
                num_history_frames=4, num_future_frames=10, frame_interval=1, has_route=True
            ),
        )

    def tokens(self) -> set[str]:
        """The scenes that the devkit finds."""
        return set(self._loader.tokens)

    def scenario(self, token: str) -> Any:
        """A scene, read and parsed."""
        from navsim.common.dataclasses import Scene
        from navsim.planning.scenario_builder.navsim_scenario import NavSimScenario

        frames = self._loader.scene_frames_dicts[token]
        scene = Scene.from_scene_dict_list(frames, None, 4, 10, self._no_sensors)
        return NavSimScenario(scene, map_root=os.environ["NUPLAN_MAPS_ROOT"], map_version="nuplan-maps-v1.0")

    def prepare(self, scenario: Any) -> Any:
        """The metric cache of a scene, by a fresh processor."""
        from navsim.planning.metric_caching.metric_cache_processor import MetricCacheProcessor

        processor = MetricCacheProcessor(
            cache_path=None, force_feature_computation=True, proposal_sampling=self.sampling
        )
        return pickle.loads(pickle.dumps(processor.compute_metric_cache(scenario)))

    def one_by_one(self, cache: Any, poses: np.ndarray) -> list[float]:
        """What its evaluation scripts do: ``pdm_score`` for every trajectory (P, 8, 3)."""
        from navsim.evaluate.pdm_score import pdm_score

        rows = [
            pdm_score(
                metric_cache=cache,
                model_trajectory=self._trajectory(one),
                future_sampling=self.sampling,
                simulator=self.simulator,
                scorer=self.scorer,
                traffic_agents_policy=self.traffic,
            )[0]
            for one in poses
        ]
        return [float(row.iloc[0][list(COLUMNS)].prod()) for row in rows]

    def batch(self, cache: Any, poses: np.ndarray) -> Sequence[Any]:
        """All trajectories beside PDM-Closed in one call of its simulator and its scorer, then the human
        for the filter."""
        from navsim.evaluate.pdm_score import get_trajectory_as_array

        reference = get_trajectory_as_array(cache.trajectory, self.sampling, cache.ego_state.time_point)
        states = np.stack([reference, *(self._array(cache, self._trajectory(one)) for one in poses)])
        results = self._score(cache, states, cache.past_human_trajectory)
        self._score(cache, self._array(cache, cache.human_trajectory)[None], None)
        return results

    def _score(self, cache: Any, states: np.ndarray, past: Any) -> Sequence[Any]:
        driven = self.simulator.simulate_proposals(states, cache.ego_state)
        return self.scorer.score_proposals(
            driven,
            cache.observation,
            cache.centerline,
            cache.route_lane_ids,
            cache.drivable_area_map,
            cache.map_parameters,
            self.traffic.simulate_environment(driven[0], cache),
            past,
        )

    def _trajectory(self, poses: np.ndarray) -> Any:
        from navsim.common.dataclasses import Trajectory
        from nuplan.planning.simulation.trajectory.trajectory_sampling import TrajectorySampling

        return Trajectory(poses, TrajectorySampling(num_poses=len(poses), interval_length=0.5))

    def _array(self, cache: Any, trajectory: Any) -> np.ndarray:
        from navsim.evaluate.pdm_score import get_trajectory_as_array, transform_trajectory

        moved = transform_trajectory(trajectory, cache.ego_state)
        return get_trajectory_as_array(moved, self.sampling, cache.ego_state.time_point)
