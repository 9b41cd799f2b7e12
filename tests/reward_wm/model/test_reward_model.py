"""The reward model judges every trajectory by itself, whatever is judged beside it."""

from dataclasses import replace

import pytest
import torch

from driving.trajectory import Trajectory
from reward_wm.model.baselines import Baseline, baseline_model
from reward_wm.model.ensemble import RewardEnsemble, lower_by_disagreement
from reward_wm.model.remembered_context import RememberedContext
from reward_wm.model.reward_model import RewardModel
from tests.reward_wm.model.toys import ToyEncoder, toy_config, toy_observation, toy_poses


@pytest.fixture
def model() -> RewardModel:
    torch.manual_seed(0)
    return RewardModel(ToyEncoder(), toy_config())


def test_scores_are_in_range_and_extended_comfort_is_open(model: RewardModel) -> None:
    scores = model.score(toy_observation(2), Trajectory(toy_poses(2, 5)))
    values = scores.stacked()
    assert values.shape == (2, 5, 9) and values[..., 8].isnan().all()
    assert ((values[..., :8] >= 0) & (values[..., :8] <= 1)).all()
    assert not values.requires_grad and model.training


def test_a_batch_equals_its_parts(model: RewardModel) -> None:
    observation, poses = toy_observation(3), toy_poses(3, 6)
    whole = model.score(observation, Trajectory(poses)).epdms()
    for k in range(3):
        one = slice(k, k + 1)
        alone = model.score(observation[one], Trajectory(poses[one, 2:4])).epdms()
        torch.testing.assert_close(alone, whole[one, 2:4], rtol=1e-5, atol=1e-6)


def test_order_and_chunks_do_not_matter(model: RewardModel) -> None:
    observation, poses = toy_observation(2), toy_poses(2, 7)
    whole = model.score(observation, Trajectory(poses)).epdms()
    order = torch.tensor([3, 1, 0, 6, 5, 2, 4])
    model.config = replace(model.config, chunk=3)
    turned = model.score(observation, Trajectory(poses[:, order])).epdms()
    torch.testing.assert_close(turned, whole[:, order], rtol=1e-5, atol=1e-6)


def test_the_two_halves_make_the_whole(model: RewardModel) -> None:
    observation, poses = toy_observation(2), Trajectory(toy_poses(2, 4))
    halves = model.score_context(model.encode(observation), poses).epdms()
    assert torch.equal(halves, model.score(observation, poses).epdms())


def test_gradients_reach_the_trajectory_on_demand(model: RewardModel) -> None:
    poses = toy_poses(1, 2).requires_grad_()
    scores = model.score(toy_observation(1), Trajectory(poses), with_gradient=True)
    scores.epdms().sum().backward()
    assert poses.grad is not None and poses.grad.abs().sum() > 0


@pytest.mark.parametrize("kind", list(Baseline), ids=lambda kind: kind.name)
def test_no_baseline_sees_the_picture(kind: Baseline) -> None:
    torch.manual_seed(0)
    judge = baseline_model(kind, toy_config())
    seen, poses = toy_observation(1), Trajectory(toy_poses(1, 4))
    dark = replace(seen, images=torch.zeros_like(seen.images))
    fast = replace(seen, ego_velocity=seen.ego_velocity + 3)
    score = judge.score(seen, poses).epdms()
    assert torch.equal(score, judge.score(dark, poses).epdms())
    uses_status = not torch.equal(score, judge.score(fast, poses).epdms())
    assert uses_status == ("STATUS" in kind.name)
    assert (score.std() > 0) == ("TRAJECTORY" in kind.name)


def test_the_model_itself_sees_the_picture(model: RewardModel) -> None:
    seen, poses = toy_observation(1), Trajectory(toy_poses(1, 4))
    dark = replace(seen, images=torch.zeros_like(seen.images))
    assert not torch.equal(model.score(seen, poses).epdms(), model.score(dark, poses).epdms())


def test_an_ensemble_is_never_bolder_than_its_mean() -> None:
    torch.manual_seed(0)
    members = [RewardModel(ToyEncoder(), toy_config()) for _ in range(3)]
    observation, poses = toy_observation(2), Trajectory(toy_poses(2, 5))
    mean = RewardEnsemble(members, 0.0).score(observation, poses)
    careful = RewardEnsemble(members, 1.0)
    lower = careful.score(observation, poses)
    assert (lower.stacked()[..., :8] < mean.stacked()[..., :8]).all()
    assert (lower.epdms() < mean.epdms()).all() and lower.ec.isnan().all()
    halves = careful.score_context(careful.encode(observation), poses)
    assert torch.equal(halves.epdms(), lower.epdms())
    agreeing = RewardEnsemble([members[0]] * 2, 1.0).score(observation, poses)
    torch.testing.assert_close(agreeing.epdms(), members[0].score(observation, poses).epdms())


def test_disagreement_lowers() -> None:
    values = torch.tensor([[0.2, 0.5], [0.6, 0.5]])
    torch.testing.assert_close(lower_by_disagreement(values, 1.0), torch.tensor([0.2, 0.5]))
    with pytest.raises(ValueError, match="at least one"):
        RewardEnsemble([], 1.0)


def test_a_remembered_context_is_encoded_once() -> None:
    torch.manual_seed(0)
    encoder = ToyEncoder()
    calls: list[int] = []
    encoder.register_forward_hook(lambda *_: calls.append(1))
    remembered = RememberedContext(encoder)
    observation = toy_observation(3)
    first = remembered(observation)
    again = remembered(observation[1:])
    assert len(calls) == 3 and torch.equal(first.bev[1:], again.bev)
    assert not first.bev.requires_grad
    remembered.train()
    assert not encoder.training
