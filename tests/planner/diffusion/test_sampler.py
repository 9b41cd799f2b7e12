"""One distribution, two readers: what is sampled has the log-probability the policy says."""

import math
from dataclasses import replace

import torch

from planner.diffusion.anchors import fit_statistics
from planner.model import VlaPlanner
from tests.planner.examples import random_observation


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_log_prob_of_a_sample_is_what_sampling_said_to_the_bit(planner: VlaPlanner) -> None:
    with torch.no_grad():
        context = planner.encoder(random_observation(3))
        chain = planner.decode(context, seeded(1))
    again = planner.decoder.log_prob(context, chain)
    assert again.requires_grad
    assert torch.equal(again.detach(), chain.log_probs)


def test_log_prob_is_the_mean_normal_density(planner: VlaPlanner) -> None:
    context = planner.encoder(random_observation(2))
    chain = planner.decode(context, seeded(1))
    step = planner.decoder.step_distribution(context, chain.latents[:, :, 1], 1)
    normal = torch.distributions.Normal(step.mean, step.std)
    expected = normal.log_prob(chain.latents[:, :, 2]).mean(dim=-1)
    torch.testing.assert_close(chain.log_probs[..., 1], expected)


def test_samples_scatter_with_the_stated_std(planner: VlaPlanner) -> None:
    with torch.no_grad():
        context = planner.encoder(random_observation(1))
        many = torch.zeros(1, 4000, dtype=torch.int64)
        chain = planner.decoder.sample(context, many, seeded(2))
        step = planner.decoder.step_distribution(context, chain.latents[:, :, 1], 1)
    scatter = (chain.latents[:, :, 2] - step.mean).std()
    assert math.isclose(float(scatter), step.std, rel_tol=0.02)


def test_a_chain_is_a_function_of_its_generator(planner: VlaPlanner) -> None:
    context = planner.encoder(random_observation(2))
    first, second, other = (planner.decode(context, seeded(s)) for s in (5, 5, 6))
    assert torch.equal(first.latents, second.latents)
    assert not torch.equal(first.latents, other.latents)
    assert torch.equal(planner.decode(context).latents, planner.decode(context).latents)


def test_candidates_do_not_see_each_other(planner: VlaPlanner) -> None:
    context = planner.encoder(random_observation(2))
    together = planner.decode(context)
    modes = torch.tensor([[3], [1]])
    alone = planner.decoder.sample(context, modes)
    for scene, mode in enumerate((3, 1)):
        torch.testing.assert_close(alone.final()[scene, 0], together.final()[scene, mode])


def test_a_batch_equals_its_scenes_one_by_one(planner: VlaPlanner) -> None:
    observation = random_observation(3)
    together = planner.plan(observation)
    for row in range(3):
        alone = planner.plan(observation[row : row + 1])
        torch.testing.assert_close(
            alone.trajectories.poses[0], together.trajectories.poses[row], atol=1e-4, rtol=1e-4
        )


def test_statistics_move_the_anchors(planner: VlaPlanner) -> None:
    experts = torch.randn(50, 8, 3).cumsum(dim=1) * torch.tensor([1.0, 0.1, 0.02])
    planner.decoder.set_statistics(fit_statistics(experts, 5))
    chain = planner.decode(planner.encoder(random_observation(1)))
    clean = planner.decoder.codec.encode(planner.decoder.anchors)
    alpha = planner.decoder.schedule.alphas[50]
    torch.testing.assert_close(chain.latents[0, :, 0], alpha.sqrt() * clean)
    assert replace(chain, logits=chain.logits).final().shape == (1, 5, 8, 3)
