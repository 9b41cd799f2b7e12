"""The planner as others use it: plan, speak, save, load."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

import planner as planners
from driving.bev_area import BevArea
from driving.errors import DataError
from driving.observation_config import ObservationConfig
from driving.training.checkpoint import save_checkpoint
from planner import presets
from planner.checkpoint import load_ego_status, load_planner, read_config, save_planner
from planner.ego_encoder import EgoEncoder, EgoEncoderConfig
from planner.ego_status import EgoStatusConfig, EgoStatusModule, EgoStatusPlanner
from planner.imitation.optimiser import OptimiserConfig
from planner.model import PlannerConfig, VlaPlanner
from tests.planner.examples import random_example, random_observation


def test_a_plan_has_one_trajectory_a_mode(planner: VlaPlanner) -> None:
    plan = planner.plan(random_observation(2))
    assert plan.trajectories.poses.shape == (2, 5, 8, 3)
    assert plan.logits.shape == (2, 5)
    assert plan.best().poses.shape == (2, 8, 3)
    assert plan.text == ("", "")


def test_it_speaks_only_when_asked(planner: VlaPlanner) -> None:
    observation = random_observation(2)
    silent, spoken = planner.plan(observation), planner.plan(observation, speak=True)
    assert len(spoken.text) == 2
    assert torch.equal(silent.trajectories.poses, spoken.trajectories.poses)


def test_pictures_as_floats_are_refused(planner: VlaPlanner) -> None:
    observation = random_observation(2)
    floats = replace(observation, images=observation.images / 255)
    for policy in (planner, EgoStatusPlanner(EgoStatusConfig(8))):
        with pytest.raises(DataError, match="images is torch.float32, expected uint8"):
            policy.plan(floats)


def test_tokens_have_one_width_and_the_grid_its_area(planner: VlaPlanner) -> None:
    tokens = planner.encoder(random_observation(2))
    assert tokens.meta.shape == (2, 3, 16)
    assert tokens.bev.shape == (2, 16, 8, 8)
    assert tokens.map.shape == tokens.object.shape == (2, 4, 16)
    assert tokens.ego.shape == (2, 16)
    assert tokens.area == BevArea(28.0, 20.0)


def test_a_saved_planner_plans_the_same(planner: VlaPlanner, tmp_path: Path) -> None:
    observation = random_observation(2)
    save_planner(planner, tmp_path / "checkpoint", ObservationConfig(), trained_on="noise")
    again = planners.load(tmp_path / "checkpoint").plan(observation)
    assert torch.equal(again.trajectories.poses, planner.plan(observation).trajectories.poses)
    assert again.best().poses.isfinite().all()


def test_a_wrong_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        planners.load(tmp_path)
    save_checkpoint(tmp_path / "odd", "planner", {}, {"config": {"decoder": {"anchorz": 3}}})
    with pytest.raises(DataError, match=r"odd.*anchorz"):
        planners.load(tmp_path / "odd")
    save_checkpoint(tmp_path / "empty", "planner", {"a": torch.zeros(1)}, {"config": {}})
    with pytest.raises(DataError, match="empty"):
        planners.load(tmp_path / "empty")


def test_presets_are_valid_and_survive_plain_values() -> None:
    from dataclasses import asdict

    for preset in (presets.debug(), presets.tiny(), presets.base()):
        assert read_config(PlannerConfig, asdict(preset)) == preset


def test_history_is_hidden_in_training_only() -> None:
    torch.manual_seed(0)
    encoder = EgoEncoder(EgoEncoderConfig(history_dropout=1.0, acceleration_dropout=1.0), 16)
    observation = random_observation(2)
    other = random_observation(2, seed=5)
    moved = type(observation)(
        **{
            **vars(observation),
            "ego_poses": other.ego_poses,
            "ego_acceleration": other.ego_acceleration,
        }
    )
    assert torch.equal(encoder.train()(observation), encoder(moved))
    assert not torch.equal(encoder.eval()(observation), encoder(moved))


def test_the_blind_baseline_learns_and_returns(tmp_path: Path) -> None:
    torch.manual_seed(0)
    example = random_example(8)
    module = EgoStatusModule(EgoStatusPlanner(EgoStatusConfig(64)), OptimiserConfig(steps=100))
    module.log = lambda *_, **__: None  # type: ignore[method-assign]
    optimiser = torch.optim.AdamW(module.parameters(), lr=3e-3)
    losses = []
    for _ in range(150):
        loss = module.training_step(example, 0)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.2 * losses[0]
    save_planner(module.planner, tmp_path / "blind", ObservationConfig(cameras=[]))
    plan = load_ego_status(tmp_path / "blind").plan(example.observation)
    assert torch.equal(plan.best().poses, module.planner.plan(example.observation).best().poses)
    with pytest.raises(DataError, match="ego_status_planner"):
        load_planner(tmp_path / "blind")
