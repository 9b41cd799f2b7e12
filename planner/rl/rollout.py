"""What the policy did in a batch of scenes, and how it was judged.

A candidate is made by K + 1 actions: the choice of the mode, by the classifier's softmax, and K denoising
steps (state: context tokens, x_k, k; action: x_{k-1}). The reward, EPDMS, comes at the end.

Two sets of candidates are judged. Every mode once, denoised without noise as ``plan`` does it: what
the classifier chooses from. And G samples of modes drawn from the classifier, denoised with noise: what
the denoising steps learn from, each compared with its own mode's result without noise.

The classifier's logits are read where ``plan`` reads them, at the last step of the chain without
noise. Those states are kept, so that the modes' chances can be computed again later.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from driving.context import ContextTokens
from driving.observation import Observation
from driving.reward import Reward
from driving.scores import SubScores
from driving.trajectory import Trajectory
from planner.diffusion.sampler import DenoisingChain, DiffusionDecoder, StepDistribution, chain_log_prob
from planner.model import VlaPlanner, as_trajectory

LAST_STEP = 1
"""The denoising step at which modes are compared: the last one."""


@dataclass(frozen=True)
class Rollout:
    """All modes and G samples a scene, judged. Nothing in it carries a gradient."""

    context: ContextTokens
    chain: DenoisingChain
    """The samples."""
    mode_states: Float[Tensor, "B M Z"]
    """State of every mode before the last step of the chain without noise."""
    mode_log_chances: Float[Tensor, "B M"]
    """Log-probability of every mode for the policy that drew the samples."""
    scores: SubScores
    """Of the samples, (B, G) each."""
    mode_rewards: Float[Tensor, "B M"]
    """EPDMS of every mode without noise."""

    def rewards(self) -> Float[Tensor, "B G"]:
        """EPDMS of the samples."""
        return self.scores.epdms()

    def baseline(self) -> Float[Tensor, "B G"]:
        """EPDMS of each sample's mode without noise."""
        return self.mode_rewards.gather(1, self.chain.modes)

    def greedy_reward(self) -> Float[Tensor, "B"]:
        """EPDMS of what ``plan(...).best()`` would drive."""
        best = self.mode_log_chances.argmax(dim=-1, keepdim=True)
        return self.mode_rewards.gather(1, best).squeeze(1)


@dataclass(frozen=True)
class PolicyView:
    """The policy's action distributions at the states of a rollout."""

    mode_log_chances: Float[Tensor, "B M"]
    """Log-probability of every mode."""
    steps: list[StepDistribution]
    """In the order the steps were taken."""
    log_probs: Float[Tensor, "B G K"]
    """Of the steps taken, mean over the latents."""


@torch.no_grad()
def roll_out(
    planner: VlaPlanner,
    observation: Observation,
    reward: Reward,
    samples: int,
    generator: torch.Generator,
) -> Rollout:
    """Have all modes and ``samples`` random candidates a scene judged.

    Raises ValueError where the reward gives a score that is not a number.
    """
    context = planner.encoder(observation)
    plan = planner.decode(context)
    chances = plan.logits.log_softmax(dim=-1)
    weights = chances.exp().to(generator.device)
    modes = torch.multinomial(weights, samples, replacement=True, generator=generator).to(chances.device)
    chain = planner.decoder.sample(context, modes, generator)
    poses = torch.cat([as_trajectory(plan).poses, as_trajectory(chain).poses], dim=1)
    scores = reward.score(observation, Trajectory(poses)).stacked().to(chances)
    _check(scores, observation)
    n_modes = chances.shape[1]
    return Rollout(
        context=context,
        chain=chain,
        mode_states=plan.latents[:, :, -1 - LAST_STEP],
        mode_log_chances=chances,
        scores=SubScores.from_stacked(scores[:, n_modes:]),
        mode_rewards=SubScores.from_stacked(scores[:, :n_modes]).epdms(),
    )


def view(decoder: DiffusionDecoder, rollout: Rollout) -> PolicyView:
    """What ``decoder``, with its present weights, thinks of a rollout's actions."""
    steps = decoder.distributions(rollout.context, rollout.chain)
    modes = decoder.step_distribution(rollout.context, rollout.mode_states, LAST_STEP).logits
    return PolicyView(
        mode_log_chances=modes.log_softmax(dim=-1),
        steps=steps,
        log_probs=chain_log_prob(steps, rollout.chain),
    )


def _check(scores: Float[Tensor, "B P nine"], observation: Observation) -> None:
    bad = ~torch.isfinite(SubScores.from_stacked(scores).epdms())
    if bad.any():
        scene = int(bad.any(dim=1).nonzero()[0])
        raise ValueError(f"the reward of scene {observation.tokens[scene]} is not finite")
