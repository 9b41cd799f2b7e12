"""Scores trajectories in traffic that does not replay the log with the official NAVSIM devkit v2.2.

Step two of two (step one is ``crowd_epdms_world.py``, which writes WORLD), in the same Python as
``make_epdms_golden.py``:

    cd tests/golden; python make_traffic_golden.py epdms_world.tar.xz WORLD traffic_golden.npz

Some trajectories of the stirred and of the crowded world go through the devkit's own ``pdm_score`` with
reactive and with constant-velocity traffic, everything else being as in ``make_epdms_golden.py``.
"""

import os
import sys
import tarfile
import tempfile
from pathlib import Path

import numpy as np
from make_epdms_golden import COLUMNS, _complete_maps, _metric_caches

CHOSEN = {("stirred", "idm"): (0, 1, 3), ("crowded", "idm"): (0, 3)}
"""Of every five trajectories; one where there is nothing else."""
POSES_EVERY, SAMPLES_EVERY = 9, 10
"""Poses of vehicles are kept of every ninth of them, at every tenth sample."""
INTERVALS_S = {"coarse": 0.5, "fine": 0.1}


def main(archive: str, crowded: str, target: str) -> None:
    """Score both worlds and write."""
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")
        results = score_world("stirred", Path(folder)) | score_world("crowded", Path(crowded))
    np.savez_compressed(target, **results)


def score_world(name: str, root: Path) -> dict[str, np.ndarray]:
    """Chosen rows, their sub-scores, and poses of vehicles, by policy and kind of trajectory."""
    from nuplan.planning.simulation.trajectory.trajectory_sampling import TrajectorySampling

    _complete_maps(root / "maps")
    places = ("NUPLAN_MAPS_ROOT", "OPENSCENE_DATA_ROOT", "NAVSIM_EXP_ROOT")
    os.environ.update(zip(places, (str(root / "maps"), str(root), str(root)), strict=True))
    sampling = TrajectorySampling(num_poses=40, interval_length=0.1)
    caches = _metric_caches(root, sampling)
    table, results = np.load(root / "trajectories.npz"), {}
    for policy, agents in _policies(sampling).items():
        for kind, interval_s in INTERVALS_S.items():
            names, poses = table[f"{kind}_names"], table[f"{kind}_poses"]
            chosen = CHOSEN.get((name, policy), (2,))
            rows = np.flatnonzero(np.isin(np.arange(len(names)) % 5, chosen))
            planned = TrajectorySampling(num_poses=poses.shape[1], interval_length=interval_s)
            jobs = [(caches[names[row, 0]], poses[row]) for row in rows]
            scores, where, who = _score(jobs, planned, sampling, agents)
            key = f"{name}_{policy}_{kind}"
            results |= {
                f"{key}_rows": rows,
                f"{key}_scores": scores,
                f"{key}_where": where,
                f"{key}_who": who,
            }
    return results


def _policies(sampling) -> dict:
    from navsim.planning.simulation.observation.navsim_idm_agents import NavsimIDMAgents
    from navsim.traffic_agents_policies.constant_velocity_traffic_agents import ConstantVelocityTrafficAgents
    from navsim.traffic_agents_policies.navsim_IDM_traffic_agents import NavsimIDMTrafficAgents

    observation = NavsimIDMAgents(  # as in the devkit's configuration of reactive traffic
        target_velocity=10,
        min_gap_to_lead_agent=1.0,
        headway_time=1.5,
        accel_max=1.0,
        decel_max=2.0,
        open_loop_detections_types=[],
        minimum_path_length=20,
        radius=100,
        add_open_loop_parked_vehicles=True,
        idm_snap_threshold=3.0,
    )
    return {
        "idm": NavsimIDMTrafficAgents(sampling, observation),
        "constant_velocity": ConstantVelocityTrafficAgents(sampling),
    }


def _score(jobs: list[tuple], planned, sampling, agents) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sub-scores (n, 8); poses of vehicles as (job, sample, x, y, heading), and their tracks."""
    from navsim.common.dataclasses import Trajectory
    from navsim.evaluate.pdm_score import pdm_score
    from navsim.planning.simulation.planner.pdm_planner.scoring.pdm_scorer import PDMScorer, PDMScorerConfig
    from navsim.planning.simulation.planner.pdm_planner.simulation.pdm_simulator import PDMSimulator

    recorder = _Recorder(agents)
    simulator = PDMSimulator(sampling)
    scorer = PDMScorer(sampling, PDMScorerConfig(human_penalty_filter=True))
    scores, where, who = np.zeros((len(jobs), 8)), [np.zeros((0, 5))], []
    for job, (cache, poses) in enumerate(jobs):
        frame, _ = pdm_score(cache, Trajectory(poses, planned), sampling, simulator, scorer, recorder)
        scores[job] = [frame.iloc[0][column] for column in COLUMNS]
        if job % POSES_EVERY == 0:
            for sample, x, y, heading, track in recorder.vehicles():
                where.append(np.array([[job, sample, x, y, heading]]))
                who.append(track)
        recorder.forget()
    return scores, np.concatenate(where), np.array(who)


class _Recorder:
    """A traffic policy that remembers what it said: about the trajectory first, then about the human.

    What it said about a scene's human it says again without asking.
    """

    def __init__(self, agents) -> None:
        self._agents = agents
        self._said: dict = {}
        self.tracks: list = []

    def simulate_environment(self, states, cache):
        key = (id(cache), states.tobytes())
        if key not in self._said:
            self._said[key] = self._agents.simulate_environment(states, cache)
        self.tracks.append(self._said[key])
        return self.tracks[-1]

    def forget(self) -> None:
        """Everything but the human, who is asked about last."""
        last = self.tracks[-1]
        self._said = {key: said for key, said in self._said.items() if said is last}
        self.tracks.clear()

    def vehicles(self):
        for sample in range(0, len(self.tracks[0]), SAMPLES_EVERY):
            for thing in self.tracks[0][sample].tracked_objects:
                if thing.tracked_object_type.name == "VEHICLE":
                    yield sample, thing.center.x, thing.center.y, thing.center.heading, thing.track_token


if __name__ == "__main__":
    main(*sys.argv[1:4])
