"""Imitation learns one batch by heart, and resumes to the bit."""

from pathlib import Path

import torch
from torch.utils.data import Dataset

from driving.targets import Example
from driving.training import RunConfig, fit
from planner import presets
from planner.imitation.module import ImitationConfig, ImitationModule
from planner.imitation.optimiser import OptimiserConfig, rate_factor
from planner.model import VlaPlanner
from tests.planner.examples import random_example


class Batches(Dataset[Example]):
    """Every item is a batch already."""

    def __len__(self) -> int:
        return 3

    def __getitem__(self, index: int) -> Example:
        return random_example(4, seed=index)


def first(items: list[Example]) -> Example:
    return items[0]


def module(rate: float = 3e-3) -> ImitationModule:
    torch.manual_seed(0)
    optimiser = OptimiserConfig(learning_rate=rate, warmup_steps=2, steps=120)
    return ImitationModule(VlaPlanner(presets.debug()), ImitationConfig(optimiser))


def run(out: Path, steps: int) -> RunConfig:
    return RunConfig(
        out=str(out), steps=steps, batch_size=1, checkpoint_every=1, log_every=1, accelerator="cpu"
    )


def test_one_batch_is_learned_by_heart() -> None:
    trained = module().planner
    example = random_example(4)
    learner = ImitationModule(trained, ImitationConfig(OptimiserConfig(3e-3, steps=150)))
    learner.log_dict = lambda *_, **__: None  # type: ignore[method-assign]
    optimiser = torch.optim.AdamW(trained.parameters(), lr=3e-3)

    def error() -> float:
        best = trained.plan(example.observation).best().poses
        trained.train()
        return float((best[..., :2] - example.expert[..., :2]).norm(dim=-1).mean())

    before, losses = error(), []
    for _ in range(120):
        loss = learner.training_step(example, 0)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    assert sum(losses[-5:]) < 0.5 * sum(losses[:5])
    assert error() < 0.5 * before


def test_two_steps_and_a_resume_equal_four_steps(tmp_path: Path) -> None:
    whole, half, rest = module(), module(), module()
    fit(whole, Batches(), first, run(tmp_path / "whole", 4))
    fit(half, Batches(), first, run(tmp_path / "parts", 2))
    fit(rest, Batches(), first, run(tmp_path / "parts", 4))
    for name, value in whole.state_dict().items():
        assert torch.equal(value, rest.state_dict()[name]), name


def test_the_rate_warms_up_and_decays() -> None:
    config = OptimiserConfig(warmup_steps=4, steps=100, final_fraction=0.1)
    rates = [rate_factor(step, config) for step in range(120)]
    assert rates[0] < rates[3] < rates[4] == 1.0
    assert abs(rates[100] - 0.1) < 1e-9
    assert rates[119] == rates[100]
