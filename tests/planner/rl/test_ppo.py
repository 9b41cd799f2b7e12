"""PPO starts at ratio 1, raises the reward, leaves flat scenes alone, and resumes to the bit."""

import json
from pathlib import Path

import pytest
import torch
from torch.utils.data import Dataset

from driving.targets import Example
from driving.training import RunConfig, fit
from planner import presets
from planner.model import VlaPlanner
from planner.rl.advantage import scene_advantages
from planner.rl.module import PpoModule
from planner.rl.ppo import PpoConfig, ppo_terms, surrogate
from planner.rl.rollout import roll_out, view
from tests.planner.examples import random_example, random_observation
from tests.planner.rl.rewards import FlatReward, ReachReward


class OneBatch(Dataset[Example]):
    def __len__(self) -> int:
        return 1

    def __getitem__(self, index: int) -> Example:
        return random_example(4)


def first(items: list[Example]) -> Example:
    return items[0]


def module(**changes: float) -> PpoModule:
    torch.manual_seed(0)
    return PpoModule(VlaPlanner(presets.debug()), ReachReward(12.0), PpoConfig(**changes))


def run(out: Path, steps: int) -> RunConfig:
    return RunConfig(
        out=str(out), steps=steps, batch_size=1, checkpoint_every=1, log_every=1, accelerator="cpu"
    )


def records(out: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]


def test_all_ratios_are_exactly_one_before_the_first_update(planner: VlaPlanner) -> None:
    rollout = roll_out(planner, random_observation(3), ReachReward(12.0), 8, torch.Generator().manual_seed(1))
    now = view(planner.decoder, rollout)
    assert torch.equal(now.log_probs, rollout.chain.log_probs)
    assert torch.equal(now.mode_log_probs(rollout.chain), rollout.mode_log_probs)
    advantages = scene_advantages(rollout.rewards(), 0.01)
    terms = ppo_terms(now, now, rollout, advantages, PpoConfig())
    assert float(terms.ratio_error) == float(terms.clipped) == float(terms.kl) == 0.0
    assert float(terms.reference) == 0.0
    assert advantages.useful.all()


def test_ppo_raises_the_reward_it_is_given(tmp_path: Path) -> None:
    learner = module(learning_rate=3e-3, updates=3, clip=0.2, target_kl=0.5, reference_weight=0.0)
    fit(learner, OneBatch(), first, run(tmp_path, 25))
    told = records(tmp_path)
    assert told[-1]["reward_mean"] > told[0]["reward_mean"] + 0.05
    assert told[-1]["reward_greedy"] > told[0]["reward_greedy"] + 0.05
    assert all(record["ratio_error_first"] == 0.0 for record in told)


def test_two_steps_and_a_resume_equal_four_steps(tmp_path: Path) -> None:
    whole, half, rest = module(), module(), module()
    fit(whole, OneBatch(), first, run(tmp_path / "whole", 4))
    fit(half, OneBatch(), first, run(tmp_path / "parts", 2))
    fit(rest, OneBatch(), first, run(tmp_path / "parts", 4))
    for name, value in whole.state_dict().items():
        assert torch.equal(value, rest.state_dict()[name]), name
    assert records(tmp_path / "whole") == records(tmp_path / "parts")


def test_only_the_decoder_learns(tmp_path: Path) -> None:
    learner = module()
    before = {name: value.clone() for name, value in learner.state_dict().items()}
    fit(learner, OneBatch(), first, run(tmp_path, 2))
    changed = {name for name, value in learner.state_dict().items() if not torch.equal(value, before[name])}
    assert changed
    assert all(name.startswith("planner.decoder.denoiser.") for name in changed)


def test_flat_scenes_teach_nothing(planner: VlaPlanner) -> None:
    rollout = roll_out(planner, random_observation(2), FlatReward(0.0), 4, torch.Generator().manual_seed(1))
    advantages = scene_advantages(rollout.rewards(), 0.01)
    assert not advantages.useful.any()
    terms = ppo_terms(
        view(planner.decoder, rollout), view(planner.decoder, rollout), rollout, advantages, PpoConfig()
    )
    assert float(terms.total(PpoConfig()).detach()) == 0.0


def test_advantages_are_relative_to_the_scene() -> None:
    rewards = torch.tensor([[0.0, 1.0, 0.0, 1.0], [0.5, 0.5, 0.5, 0.501]])
    advantages = scene_advantages(rewards, least_std=0.01)
    assert advantages.values[0].tolist() == [-1.0, 1.0, -1.0, 1.0]
    assert advantages.values[1].tolist() == [0.0] * 4
    assert advantages.useful.tolist() == [True, False]


def test_the_surrogate_stops_rewarding_beyond_the_clip() -> None:
    change = torch.tensor([0.0, 0.5, -0.5]).requires_grad_()
    gain = surrogate(change, torch.tensor([1.0, 1.0, -1.0]), clip=0.1)
    (slope,) = torch.autograd.grad(gain.sum(), change)
    assert slope.tolist() == [1.0, 0.0, 0.0]


def test_a_reward_that_is_not_a_number_is_refused(planner: VlaPlanner) -> None:
    with pytest.raises(ValueError, match="scene0"):
        roll_out(
            planner, random_observation(1), ReachReward(float("nan")), 2, torch.Generator().manual_seed(1)
        )


def test_impossible_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="samples 1"):
        PpoConfig(samples=1)
