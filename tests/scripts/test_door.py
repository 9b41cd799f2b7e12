"""Our planner, run by the devkit and run by us: the same pictures, plans and scores.

What the devkit's scripts said is in ``tests/golden/door_*``; see ``tests/golden/make_door_golden.py``.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from driving.data.assemble import load_scenes, observe_scene
from driving.data.splits import DataFolders, Split, find_data, read_split
from driving.observation import TENSOR_FIELDS
from driving.scene import Scene
from driving.training.checkpoint import read_observation_config
from planner.checkpoint import load_planner
from scripts.cli import main
from tests.golden.read_world import unpack_world

GOLDEN = Path(__file__).parents[1] / "golden"
SPLIT = "test_two_stage"
PLAN_M = 1e-4
"""Networks compute in float32, a little differently on each kind of CPU."""
SCORE = 1e-5


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unpack_world("two_stage_world", tmp_path_factory.mktemp("door"))


@pytest.fixture(scope="module")
def data(world: Path) -> tuple[Split, DataFolders]:
    split = read_split(world / "train_test_split" / f"{SPLIT}.yaml")
    return split, find_data(split, world, world / "maps")


@pytest.fixture(scope="module")
def scenes(data: tuple[Split, DataFolders]) -> dict[str, Scene]:
    return {scene.token: scene for scene in load_scenes(*data)}


@pytest.fixture(scope="module")
def cache(world: Path) -> Path:
    seen = read_observation_config(world / "planner")
    size = [f"examples.image_height={seen.image_height}", f"examples.image_width={seen.image_width}"]
    arguments = [f"data={world}", f"split={SPLIT}", f"out={world / 'cache'}", "workers=1"]
    assert main(["cache", *arguments, f"examples.cameras=[{','.join(seen.cameras)}]", *size]) == 0
    return world / "cache"


def test_the_devkits_agent_input_is_our_observation_to_the_bit(
    world: Path, data: tuple[Split, DataFolders], scenes: dict[str, Scene]
) -> None:
    official = dict(np.load(GOLDEN / "door_features.npz"))
    assert {key.split("/")[0] for key in official} == scenes.keys()
    config = read_observation_config(world / "planner")
    for token, scene in scenes.items():
        observation = observe_scene(scene, data[1].pictures(scene.is_synthetic), config)
        for name in TENSOR_FIELDS:
            ours = getattr(observation, name)[0].numpy()
            assert np.array_equal(ours, official[f"{token}/{name}"]), (token, name)


def test_the_plans_in_the_devkits_submission_are_ours(
    world: Path, data: tuple[Split, DataFolders], scenes: dict[str, Scene]
) -> None:
    planner, config = load_planner(world / "planner"), read_observation_config(world / "planner")
    official = dict(np.load(GOLDEN / "door_plans.npz"))
    assert official.keys() == scenes.keys()
    for token, poses in official.items():
        scene = scenes[token]
        observation = observe_scene(scene, data[1].pictures(scene.is_synthetic), config)
        own = planner.plan(observation).best().poses[0]
        assert torch.allclose(own, torch.from_numpy(poses), rtol=0.0, atol=PLAN_M), token


@pytest.mark.parametrize("select", ["planner", "reward_model"])
def test_the_devkit_scores_our_agent_as_we_do(world: Path, cache: Path, tmp_path: Path, select: str) -> None:
    arguments = [f"cache={cache}", f"out={tmp_path}", "agent=VLA", f"checkpoint={world / 'planner'}"]
    chosen = [f"select={select.upper()}", f"reward={world / 'reward'}", "scorer.traffic=IDM"]
    assert main(["evaluate", *arguments, *chosen]) == 0
    official = pd.read_csv(GOLDEN / f"door_{select}.csv", index_col="token")
    ours = pd.read_csv(tmp_path / "scores.csv", index_col="token")
    assert set(ours.index) == set(official.index) and official["valid"].all()
    numbers = official.columns.drop(["valid", "Unnamed: 0"], errors="ignore")
    ours, official = ours.loc[official.index, numbers], official[numbers]
    np.testing.assert_allclose(ours.astype(float), official.astype(float), rtol=0.0, atol=SCORE)
