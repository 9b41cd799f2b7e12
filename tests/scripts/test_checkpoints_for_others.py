"""From a training to a file that others can use: publish and export, as a user types them."""

import shutil
from pathlib import Path

import pytest
import torch

import planner as planners
from driving.data.cached_dataset import CachedDataset
from driving.observation_config import ObservationConfig, describe_observation
from driving.training.checkpoint import read_card, write_card
from planner.export import Format, read_program
from planner.export.tensor_planner import TensorEgoStatus
from scripts.cli import main


def test_a_published_checkpoint_carries_its_scores(demo_folder: Path, tmp_path: Path) -> None:
    checkpoint, evaluation = demo_folder / "ppo" / "checkpoint", demo_folder / "evaluation" / "ppo"
    out = tmp_path / "toy-planner"
    told = ("license=apache-2.0", "data='A synthetic town'", f"evaluations=[{evaluation}]")
    assert main(["publish", f"checkpoint={checkpoint}", f"out={out}", *told]) == 0
    page = (out / "README.md").read_text()
    assert "# toy-planner" in page and "| test | one stage | log replay | on | planner |" in page
    assert planners.observes(out) == planners.observes(checkpoint)


def test_scores_of_another_checkpoint_are_refused(
    demo_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checkpoint, evaluation = demo_folder / "ppo" / "checkpoint", demo_folder / "evaluation" / "imitation"
    keys = (f"checkpoint={checkpoint}", f"out={tmp_path}/out", f"evaluations=[{evaluation}]")
    assert main(["publish", *keys]) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and f"{evaluation}: judged" in error
    assert not (tmp_path / "out").exists()


def test_an_exported_planner_plans_the_same_on_a_scene_of_the_test_town(
    demo_folder: Path, tmp_path: Path
) -> None:
    """The blind one, which is small; ``tests/planner/export`` has one that sees."""
    checkpoint, out = demo_folder / "ego_status" / "checkpoint", tmp_path / "planner.pt2"
    assert main(["export", f"checkpoint={checkpoint}", f"out={out}"]) == 0
    observation = CachedDataset(demo_folder / "cache" / "test")[0].observation
    program = read_program(out, Format.TORCH_EXPORT)
    poses, logits = program({name: getattr(observation, name) for name in TensorEgoStatus.inputs})
    plan = planners.load(checkpoint).plan(observation)
    assert torch.equal(poses, plan.trajectories.poses) and torch.equal(logits, plan.logits)


def test_a_planner_is_exported_for_the_cameras_of_its_card(
    demo_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checkpoint = shutil.copytree(demo_folder / "ppo" / "checkpoint", tmp_path / "checkpoint")
    card = read_card(checkpoint)
    card["observation"] = describe_observation(ObservationConfig(["CAM_F0"]))
    write_card(checkpoint, card)
    assert main(["export", f"checkpoint={checkpoint}", f"out={tmp_path}/planner.pt2"]) == 1
    assert "views (1,) of cameras ['CAM_F0']" in capsys.readouterr().err


def test_a_reward_model_is_neither_exported_nor_published(
    demo_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = demo_folder / "reward" / "checkpoint"
    assert main(["export", f"checkpoint={folder}", f"out={tmp_path}/reward.pt2"]) == 1
    assert main(["publish", f"checkpoint={folder}", f"out={tmp_path}/reward"]) == 1
    errors = capsys.readouterr().err.splitlines()
    assert len(errors) == 2 and all("holds a 'reward_model'" in line for line in errors)
