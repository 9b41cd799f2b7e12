"""Runs the official NAVSIM devkit v2.2, as it is, with our agent on ``two_stage_world.tar.xz``.

Step two of two (step one is ``make_two_stage_world.py``), in a Python where devkit and project can both
be imported, from the root of the repository:

    PYTHONPATH=. python tests/golden/make_door_golden.py tests/golden/two_stage_world.tar.xz tests/golden

The devkit's two-stage script scores the agent with each way to choose (``door_<select>.csv``); the devkit's
scene loader and the agent's builders make ``door_features.npz``, and its submission script the plans in
``door_plans.npz``.
"""

import pickle
import sys
import tempfile
from pathlib import Path

import numpy as np
from make_two_stage_golden import SPLIT, cache, run, score, sort_rows, unpack


def main(archive: str, target: str) -> None:
    """Unpack, cache, score, write."""
    with tempfile.TemporaryDirectory() as folder:
        root, out = unpack(archive, Path(folder)), Path(target)
        agent = _agent(root)
        np.savez_compressed(out / "door_features.npz", **_features(root))
        np.savez_compressed(out / "door_plans.npz", **_plans(root, agent))
        cache(root)
        for select in ("planner", "reward_model"):
            table = score(root, select, **agent, **{"agent.select": select})
            sort_rows(table, out / f"door_{select}.csv")


def _agent(root: Path) -> dict[str, object]:
    """Our agent, as a user of the devkit asks for it."""
    places = f"pkg://navsim.planning.script.config.common,pkg://navsim_agent.devkit.config,file://{root}"
    return {
        "agent": "irl_vla_agent",
        "agent.checkpoint_path": root / "planner",
        "agent.reward_checkpoint_path": root / "reward",
        "agent.device": "cpu",
        "hydra.searchpath": f"[{places}]",
    }


def _features(root: Path) -> dict[str, np.ndarray]:
    """What the agent's feature builder makes of the devkit's agent inputs: ``<token>/<tensor>``."""
    import yaml
    from navsim.common.dataclasses import SceneFilter
    from navsim.common.dataloader import SceneLoader
    from nuplan.planning.simulation.trajectory.trajectory_sampling import TrajectorySampling

    from navsim_agent.devkit.agent import IrlVlaAgent

    agent = IrlVlaAgent(TrajectorySampling(time_horizon=4, interval_length=0.5), str(root / "planner"))
    chosen = yaml.safe_load((root / f"train_test_split/scene_filter/{SPLIT}.yaml").read_text())
    loader = SceneLoader(
        data_path=root / "navsim_logs/test",
        original_sensor_path=root / "sensor_blobs/test",
        scene_filter=SceneFilter(**{key: value for key, value in chosen.items() if key[0] != "_"}),
        synthetic_scenes_path=root / SPLIT / "synthetic_scene_pickles",
        synthetic_sensor_path=root / SPLIT / "sensor_blobs",
        sensor_config=agent.get_sensor_config(),
    )
    (builder,) = agent.get_feature_builders()
    features = {}
    for token in loader.tokens:
        tensors = builder.compute_features(loader.get_agent_input_from_token(token))
        features |= {f"{token}/{name}": tensor.numpy() for name, tensor in tensors.items()}
    return features


def _plans(root: Path, agent: dict[str, object]) -> dict[str, np.ndarray]:
    """The plans of both stages, as the devkit's submission script collects them."""
    team = dict.fromkeys(("team_name", "authors", "email", "institution", "country"), "nobody")
    out = run(root, "run_create_submission_pickle", "submission", **agent, **team)
    with (out / "submission.pkl").open("rb") as file:
        submission = pickle.load(file)
    stages = [submission[f"{stage}_stage_predictions"][0] for stage in ("first", "second")]
    return {token: plan.poses for stage in stages for token, plan in sorted(stage.items())}


if __name__ == "__main__":
    main(*sys.argv[1:3])
