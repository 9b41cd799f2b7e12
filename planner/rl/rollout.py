"""What the policy did in a batch of scenes, and how it was judged.

A candidate is made by K + 1 actions: the mode, drawn from the classifier's softmax, and K denoising
steps (state: context tokens, x_k, k; action: x_{k-1}). The reward, EPDMS, comes at the end.

The classifier looks at its modes where ``plan`` looks at them: at the last denoising step of the chain
without noise. Those states are kept, so that the mode's probability can be computed again later.
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
    """G sampled candidates a scene. Nothing in it carries a gradient."""

    context: ContextTokens
    chain: DenoisingChain
    mode_states: Float[Tensor, "B M Z"]
    """State of every mode before the last step of the chain without noise."""
    mode_log_probs: Float[Tensor, "B G"]
    """Of the drawn modes, by the policy that drew them."""
    scores: SubScores
    """(B, G) each."""
    greedy_reward: Float[Tensor, "B"]
    """EPDMS of what ``plan(...).best()`` would drive."""

    def rewards(self) -> Float[Tensor, "B G"]:
        """EPDMS of every candidate."""
        return self.scores.epdms()


@dataclass(frozen=True)
class PolicyView:
    """The policy's action distributions at the states of a rollout."""

    mode_log_chances: Float[Tensor, "B M"]
    """Log-probability of every mode."""
    steps: list[StepDistribution]
    """In the order the steps were taken."""
    log_probs: Float[Tensor, "B G K"]
    """Of the steps taken, mean over the latents."""

    def mode_log_probs(self, chain: DenoisingChain) -> Float[Tensor, "B G"]:
        """Log-probability of the modes that were drawn."""
        return self.mode_log_chances.gather(1, chain.modes)


@torch.no_grad()
def roll_out(
    planner: VlaPlanner,
    observation: Observation,
    reward: Reward,
    samples: int,
    generator: torch.Generator,
) -> Rollout:
    """Draw ``samples`` candidates a scene and have them judged.

    Raises ValueError where the reward gives a score that is not a number.
    """
    context = planner.encoder(observation)
    plan = planner.decode(context)
    chances = plan.logits.log_softmax(dim=-1)
    drawn = torch.multinomial(
        chances.exp().to(generator.device), samples, replacement=True, generator=generator
    )
    modes = drawn.to(chances.device)
    chain = planner.decoder.sample(context, modes, generator)
    greedy = as_trajectory(plan).poses[torch.arange(len(modes)), plan.logits.argmax(dim=-1)]
    judged = Trajectory(torch.cat([as_trajectory(chain).poses, greedy[:, None]], dim=1))
    stacked = reward.score(observation, judged).stacked().to(chances)
    epdms = SubScores.from_stacked(stacked).epdms()
    if not torch.isfinite(epdms).all():
        scene = int((~torch.isfinite(epdms)).any(dim=1).nonzero()[0])
        raise ValueError(f"the reward of scene {observation.tokens[scene]} is not finite")
    return Rollout(
        context=context,
        chain=chain,
        mode_states=plan.latents[:, :, -1 - LAST_STEP],
        mode_log_probs=chances.gather(1, modes),
        scores=SubScores.from_stacked(stacked[:, :-1]),
        greedy_reward=epdms[:, -1],
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
