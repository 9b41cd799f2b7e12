"""PPO starts at ratio 1, raises the reward, leaves flat scenes alone, and resumes to the bit."""

import json
from pathlib import Path

import pytest
import torch
from torch.utils.data import Dataset

from driving.reward import Reward
from driving.targets import Example
from driving.training import RunConfig, fit
from driving.trajectory import Trajectory
from planner import presets
from planner.model import VlaPlanner
from planner.rl.advantage import sample_advantages, scene_advantages
from planner.rl.module import PpoModule
from planner.rl.ppo import PpoConfig, ppo_terms, surrogate
from planner.rl.rollout import Rollout, roll_out, view
from tests.planner.examples import random_example, random_observation
from tests.planner.rl.rewards import FlatReward, ReachReward


class OneBatch(Dataset[Example]):
    def __len__(self) -> int:
        return 1

    def __getitem__(self, index: int) -> Example:
        return random_example(4)


def first(items: list[Example]) -> Example:
    return items[0]


def module(goal_m: float = 12.0, **changes: float) -> PpoModule:
    torch.manual_seed(0)
    return PpoModule(VlaPlanner(presets.debug()), ReachReward(goal_m), PpoConfig(**changes))


def run(out: Path, steps: int) -> RunConfig:
    return RunConfig(
        out=str(out), steps=steps, batch_size=1, checkpoint_every=1, log_every=1, accelerator="cpu"
    )


def records(out: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]


def rolled(planner: VlaPlanner, reward: Reward, scenes: int = 3) -> Rollout:
    return roll_out(planner, random_observation(scenes), reward, 8, torch.Generator().manual_seed(1))


def test_all_ratios_are_exactly_one_before_the_first_update(planner: VlaPlanner) -> None:
    rollout = rolled(planner, ReachReward(12.0))
    now = view(planner.decoder, rollout)
    assert torch.equal(now.log_probs, rollout.chain.log_probs)
    assert torch.equal(now.mode_log_chances, rollout.mode_log_chances)
    terms = ppo_terms(now, now, rollout, PpoConfig())
    zero = (terms.ratio_error, terms.clipped, terms.kl, terms.mode_kl, terms.reference)
    assert [float(value.detach()) for value in zero] == [0.0] * 5
    assert float(terms.useful) > 0.0


def test_the_greedy_reward_is_that_of_the_plan(planner: VlaPlanner) -> None:
    reward, observation = ReachReward(12.0), random_observation(3)
    rollout = rolled(planner, reward)
    best = planner.plan(observation).best()
    judged = reward.score(observation, Trajectory(best.poses[:, None])).epdms()[:, 0]
    torch.testing.assert_close(rollout.greedy_reward(), judged)


def test_a_sample_is_compared_with_its_own_mode(planner: VlaPlanner) -> None:
    rollout = rolled(planner, ReachReward(12.0))
    gains = rollout.rewards() - rollout.baseline()
    advantages = sample_advantages(rollout, 1e-6)
    expected = (gains - gains.mean(dim=1, keepdim=True)) / gains.std(dim=1, correction=0, keepdim=True)
    torch.testing.assert_close(advantages.values, expected)
    for sample, mode in enumerate(rollout.chain.modes[0]):
        assert rollout.baseline()[0, sample] == rollout.mode_rewards[0, mode]


def test_ppo_raises_the_reward_it_is_given(tmp_path: Path) -> None:
    far = 24.0  # from where an untrained planner goes, so that there is something to gain
    learner = module(far, learning_rate=3e-3, updates=3, clip=0.2, target_kl=0.5, reference_weight=0.0)
    fit(learner, OneBatch(), first, run(tmp_path, 25))
    told = records(tmp_path)
    for name in ("reward_mean", "reward_greedy"):
        assert sum(record[name] for record in told[-5:]) / 5 > told[0][name] + 0.05, name
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
    rollout = rolled(planner, FlatReward(0.0), scenes=2)
    now = view(planner.decoder, rollout)
    terms = ppo_terms(now, now, rollout, PpoConfig())
    assert float(terms.useful) == 0.0
    assert float(terms.total(PpoConfig()).detach()) == 0.0


def test_advantages_are_relative_to_what_the_scene_promises() -> None:
    rewards = torch.tensor([[0.0, 1.0, 0.0, 1.0], [0.5, 0.5, 0.5, 0.501]])
    even = scene_advantages(rewards, torch.full((2, 4), 0.25), least_std=0.01)
    assert even.values[0].tolist() == [-1.0, 1.0, -1.0, 1.0]
    assert even.values[1].tolist() == [0.0] * 4
    assert even.useful.tolist() == [True, False]
    sure = scene_advantages(rewards, torch.tensor([[0.0, 1.0, 0.0, 0.0]] * 2), least_std=0.01)
    assert sure.values[0].tolist() == [-2.0, 0.0, -2.0, 0.0]


def test_the_surrogate_stops_rewarding_beyond_the_clip() -> None:
    change = torch.tensor([0.0, 0.5, -0.5]).requires_grad_()
    gain = surrogate(change, torch.tensor([1.0, 1.0, -1.0]), clip=0.1)
    (slope,) = torch.autograd.grad(gain.sum(), change)
    assert slope.tolist() == [1.0, 0.0, 0.0]


def test_a_reward_that_is_not_a_number_is_refused(planner: VlaPlanner) -> None:
    with pytest.raises(ValueError, match="scene0"):
        rolled(planner, ReachReward(float("nan")))


def test_impossible_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="samples 1"):
        PpoConfig(samples=1)
