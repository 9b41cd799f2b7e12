"""Training: the losses, learning, exact resume, calibration, checkpoints."""

from pathlib import Path

import pytest
import torch

from driving.context import ContextTokens
from driving.errors import DataError
from driving.observation_config import ObservationConfig
from driving.scores import SubScores
from driving.targets import Example
from driving.training.fit import RunConfig, fit
from reward_wm.labels.label_dataset import stack_labelled, stack_labels
from reward_wm.model.baselines import Baseline, baseline_model
from reward_wm.model.calibrate import calibrate, fit_calibration
from reward_wm.model.checkpoint import load_reward_model, save_reward_model
from reward_wm.model.heads import HeadLogits
from reward_wm.model.judgements import LogitTable, judge, logit_table
from reward_wm.model.loss import (
    LossConfig,
    class_weights,
    count_classes,
    head_losses,
    ranking_loss,
)
from reward_wm.model.measure import Group, measure
from reward_wm.model.module import Perceive, RewardModule, RewardTrainingConfig, draw_candidates
from reward_wm.model.reward_model import RewardModel
from tests.reward_wm.model.toys import ToyDataset, ToyEncoder, toy_config


def make_module(
    model: RewardModel, data: ToyDataset, perceive: Perceive | None = None, **changes: object
) -> RewardModule:
    counts = count_classes(data.labels.values.flatten(0, 1))
    settings: dict[str, object] = {"learning_rate": 6e-3, "encoder_learning_rate": 6e-3, "candidates": 8}
    settings["warmup_steps"] = 10
    return RewardModule(model, counts, RewardTrainingConfig(**{**settings, **changes}), perceive)


def train(model: RewardModel, data: ToyDataset, out: Path, steps: int, **changes: object) -> None:
    module = make_module(model, data, total_steps=steps, **changes)
    run = RunConfig(str(out), steps, batch_size=8, checkpoint_every=steps, log_every=steps, accelerator="cpu")
    fit(module, data, stack_labelled, run)


def test_it_learns_what_a_blind_judge_cannot(tmp_path: Path) -> None:
    torch.manual_seed(0)
    data = ToyDataset(128)
    seeing = RewardModel(ToyEncoder(), toy_config())
    blind = baseline_model(Baseline.TRAJECTORY_AND_STATUS, toy_config())
    train(seeing, data, tmp_path / "seeing", 120)
    train(blind, data, tmp_path / "blind", 60)
    new = ToyDataset(40, seed=7)
    results = {
        name: measure(name, judge(model, new))[0] for name, model in (("seeing", seeing), ("blind", blind))
    }
    assert results["seeing"].group == Group.ALL.name.lower()
    assert results["seeing"].heads[0].auc > 0.9 > results["blind"].heads[0].auc + 0.1
    assert results["seeing"].choice.spearman > results["blind"].choice.spearman + 0.3
    assert results["seeing"].choice.regret < results["blind"].choice.regret


def test_one_batch_can_be_learnt_by_heart(tmp_path: Path) -> None:
    torch.manual_seed(0)
    data = ToyDataset(4, proposals=6)
    model = RewardModel(ToyEncoder(), toy_config())
    train(model, data, tmp_path, 80)
    (whole, *_) = measure("learnt", judge(model, data))
    assert whole.heads[0].auc > 0.99 and whole.choice.error < 0.05


def test_two_steps_and_a_resume_equal_four_steps(tmp_path: Path) -> None:
    data = ToyDataset(8)
    weights = []
    for folder, stops in (("whole", [4]), ("parts", [2, 4])):
        for steps in stops:
            torch.manual_seed(0)
            model = RewardModel(ToyEncoder(), toy_config())
            run = RunConfig(str(tmp_path / folder), steps, 4, checkpoint_every=1, accelerator="cpu")
            fit(make_module(model, data, candidates=5, total_steps=4), data, stack_labelled, run)
        weights.append(model.state_dict())
    for name, value in weights[0].items():
        assert torch.equal(value, weights[1][name]), name


def test_a_frozen_encoder_stays_as_it_is(tmp_path: Path) -> None:
    torch.manual_seed(0)
    data, model = ToyDataset(4), RewardModel(ToyEncoder(), toy_config())
    before = model.context_encoder.lift.weight.clone()
    train(model, data, tmp_path, 3, freeze_context=True)
    assert torch.equal(before, model.context_encoder.lift.weight)


def test_a_perception_loss_is_added_and_a_frozen_encoder_refuses_it() -> None:
    torch.manual_seed(0)
    data, model = ToyDataset(2), RewardModel(ToyEncoder(), toy_config())
    batch = stack_labelled([data[0], data[1]])

    def perceive(example: Example) -> tuple[ContextTokens, torch.Tensor]:
        return model.context_encoder(example.observation), torch.tensor(5.0)

    losses = []
    for module in (make_module(model, data), make_module(model, data, perceive)):
        module.log_dict = lambda *_, **__: None
        torch.manual_seed(1)
        losses.append(module.training_step(batch, 0))
    torch.testing.assert_close(losses[1], losses[0] + 5.0)
    with pytest.raises(ValueError, match="freeze_context"):
        make_module(model, data, perceive, freeze_context=True)


def test_rare_classes_weigh_more() -> None:
    counts = torch.zeros(7, 3)
    counts[:, 2], counts[:, 0] = 90.0, 10.0
    even = class_weights(counts, LossConfig(balance=1.0))
    torch.testing.assert_close(even.binary[0, 0] / even.binary[0, 1], torch.tensor(9.0))
    assert even.graded[0, 1] == 1.0
    plain = class_weights(counts, LossConfig(balance=0.0))
    torch.testing.assert_close(plain.binary, torch.ones(5, 2))


def test_padding_costs_nothing() -> None:
    torch.manual_seed(0)
    data = ToyDataset(2, proposals=4)
    one = data[0].labels
    padded = stack_labels([one, stack_labels([data[1].labels.take(torch.tensor([[0, 1]]))])])
    assert padded.real.tolist() == [[True] * 4, [True, True, False, False]]
    logits = HeadLogits(torch.randn(2, 4, 2, 3), torch.randn(2, 4, 5), torch.randn(2, 4))
    weights = class_weights(torch.ones(7, 3), LossConfig())
    before = head_losses(logits, padded.scores, padded.real, weights)
    logits.binary[1, 2:] += 100
    logits.graded[1, 2:] += torch.tensor([5.0, 0.0, 0.0])
    assert torch.equal(before, head_losses(logits, padded.scores, padded.real, weights))
    assert before.isfinite().all()
    drawn = draw_candidates(padded.real, 2)
    assert padded.real.gather(1, drawn).all()


def test_the_ranking_loss_wants_the_right_order() -> None:
    truth, real = torch.tensor([[0.0, 0.5, 1.0]]), torch.ones(1, 3, dtype=torch.bool)
    right = ranking_loss(torch.tensor([[0.1, 0.5, 0.9]]), truth, real, 0.1)
    wrong = ranking_loss(torch.tensor([[0.9, 0.5, 0.1]]), truth, real, 0.1)
    assert right < 0.05 < 1.0 < wrong
    assert ranking_loss(truth, torch.ones(1, 3), real, 0.1) == 0


def test_calibration_undoes_a_wrong_scale_and_shift() -> None:
    generator = torch.Generator().manual_seed(0)
    honest = 2 * torch.randn(4000, 5, generator=generator)
    graded = torch.randn(4000, 2, 3, generator=generator)
    binary = torch.bernoulli(torch.sigmoid(honest), generator=generator)
    classes = torch.multinomial(torch.softmax(graded.flatten(0, 1), -1), 1, generator=generator).view(4000, 2)
    nc, ddc = (classes / 2).unbind(dim=1)
    dac, tlc, ttc, lk, hc = binary.unbind(dim=1)
    truth = SubScores(nc, ddc=ddc, dac=dac, tlc=tlc, ep=nc, ttc=ttc, lk=lk, hc=hc, ec=nc)
    shifted = HeadLogits(3 * graded, 2 * honest + 1.5, torch.zeros(4000))
    scale, shift = fit_calibration(LogitTable(shifted, truth.stacked()))
    torch.testing.assert_close(scale[2:], torch.full((5,), 0.5), rtol=0.1, atol=0.0)
    torch.testing.assert_close(scale[:2], torch.full((2,), 1 / 3), rtol=0.1, atol=0.0)
    torch.testing.assert_close(shift[6:], torch.full((5,), -0.75), rtol=0.0, atol=0.2)


def test_a_saved_model_judges_alike(tmp_path: Path) -> None:
    torch.manual_seed(0)
    data, model = ToyDataset(3), RewardModel(ToyEncoder(), toy_config())
    calibrate(model, logit_table(model, data))
    save_reward_model(tmp_path / "model", model, ObservationConfig(), {"width": 16}, {"towns": ["a"]})
    loaded = load_reward_model(tmp_path / "model", lambda card: ToyEncoder())
    batch = stack_labelled([data[0], data[1]])
    inputs = batch.example.observation, batch.labels.trajectories
    assert torch.equal(model.score(*inputs).epdms(), loaded.score(*inputs).epdms())
    assert (model.heads.scale != 1).all()
    with pytest.raises(DataError, match="model"):
        load_reward_model(tmp_path / "model", lambda card: torch.nn.Identity())
