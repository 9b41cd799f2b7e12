"""How much better than its siblings a candidate was.

The advantage is relative to the other candidates of the same scene (GRPO, arXiv 2402.03300): no critic.
A scene whose candidates all score alike teaches nothing; divided by its tiny deviation it would shout,
so it is left out.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from planner.rl.rollout import Rollout


@dataclass(frozen=True)
class Advantages:
    """Advantages of candidates, 0 in scenes that teach nothing."""

    values: Float[Tensor, "B P"]
    useful: Bool[Tensor, "B"]
    """Scenes whose candidates differ."""


def sample_advantages(rollout: Rollout, least_std: float) -> Advantages:
    """Of the denoising steps: what the noise changed, compared with the mode without noise.

    So a sample of a poor mode is not blamed for its mode, which the denoising steps did not choose.
    """
    gains = rollout.rewards() - rollout.baseline()
    return scene_advantages(gains, torch.full_like(gains, 1 / gains.shape[1]), least_std)


def mode_advantages(rollout: Rollout, least_std: float) -> Advantages:
    """Of the modes, against what the classifier can expect by drawing one."""
    return scene_advantages(rollout.mode_rewards, rollout.mode_log_chances.exp(), least_std)


def scene_advantages(
    rewards: Float[Tensor, "B P"], chances: Float[Tensor, "B P"], least_std: float
) -> Advantages:
    """(reward - expected reward) / std over the candidates; useful where the std reaches ``least_std``."""
    std = rewards.std(dim=1, correction=0, keepdim=True)
    useful = std.squeeze(1) >= least_std
    values = (rewards - (chances * rewards).sum(dim=1, keepdim=True)) / std.clamp(min=least_std)
    return Advantages(torch.where(useful[:, None], values, torch.zeros_like(values)), useful)
