"""The PPO objective over denoising steps (DPPO, arXiv 2409.00588) and over the choice of the mode.

policy      clipped surrogate for each denoising step, the earlier ones discounted, and for the mode;
reference   KL from the reference policy's action distributions to ours at the visited states: in
            expectation the log-probability of the reference's actions (behaviour cloning), in closed
            form. It keeps the policy a driver while the reward pulls.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from planner.rl.advantage import Advantages
from planner.rl.rollout import PolicyView, Rollout


@dataclass
class PpoConfig:
    """Numbers of the algorithm."""

    samples: int = 8
    """G, candidates a scene."""
    updates: int = 4
    """Optimiser steps on each rollout, at most."""
    learning_rate: float = 1e-4
    clip: float = 0.05
    """Largest change of an action's probability ratio that is still rewarded."""
    denoising_discount: float = 0.8
    """Weight of a denoising step relative to the one after it."""
    mode_weight: float = 0.5
    """Weight of the mode's policy gradient relative to the last denoising step's."""
    reference_weight: float = 0.1
    """Weight of the KL to the reference policy."""
    target_kl: float = 0.02
    """Updates on a rollout end once the policy has moved this far from the one that sampled."""
    least_std: float = 0.01
    """Scenes whose samples' rewards differ less than this are skipped."""
    clip_norm: float = 1.0
    """Gradients are scaled down to this norm."""

    def __post_init__(self) -> None:
        if self.samples < 2 or self.updates < 1:
            raise ValueError(f"samples {self.samples} (at least 2), updates {self.updates} (at least 1)")
        if not 0 < self.clip < 1 or not 0 < self.denoising_discount <= 1:
            raise ValueError(f"clip {self.clip}, denoising_discount {self.denoising_discount}: in (0, 1]")
        for name in ("learning_rate", "target_kl", "least_std", "clip_norm"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be positive, got {getattr(self, name)}")
        for name in ("mode_weight", "reference_weight"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must not be negative, got {getattr(self, name)}")


@dataclass(frozen=True)
class PpoTerms:
    """Loss and diagnostics of one update; only the first three carry gradients."""

    denoising: Float[Tensor, ""]
    mode: Float[Tensor, ""]
    reference: Float[Tensor, ""]
    kl: Float[Tensor, ""]
    """From the policy that sampled, estimated on the actions taken."""
    clipped: Float[Tensor, ""]
    """Fraction of actions whose ratio was outside the clip range."""
    ratio_error: Float[Tensor, ""]
    """Largest distance of a ratio from 1; 0 at the first update."""

    def total(self, config: PpoConfig) -> Float[Tensor, ""]:
        """The loss."""
        policy = self.denoising + config.mode_weight * self.mode
        return policy + config.reference_weight * self.reference


def ppo_terms(
    now: PolicyView, reference: PolicyView, rollout: Rollout, advantages: Advantages, config: PpoConfig
) -> PpoTerms:
    """All terms, given the present policy's and the reference's view of a rollout."""
    step_change = now.log_probs - rollout.chain.log_probs
    mode_change = now.mode_log_probs(rollout.chain) - rollout.mode_log_probs
    steps = step_change.shape[-1]
    weights = config.denoising_discount ** torch.arange(steps - 1, -1, -1, device=step_change.device)
    gain = advantages.values
    share = advantages.useful.sum().clamp(min=1) / len(gain)
    denoising = surrogate(step_change, gain[..., None].expand_as(step_change), config.clip) * weights
    changes = torch.cat([mode_change[..., None], step_change], dim=-1).detach()
    ratios = changes.exp()
    return PpoTerms(
        denoising=-denoising.sum(dim=-1).mean() / share,
        mode=-surrogate(mode_change, gain, config.clip).mean() / share,
        reference=reference_kl(now, reference),
        kl=(ratios - 1 - changes).mean(),
        clipped=((ratios - 1).abs() > config.clip).float().mean(),
        ratio_error=(ratios - 1).abs().max(),
    )


def surrogate(
    log_ratio: Float[Tensor, "*actions"], advantage: Float[Tensor, "*actions"], clip: float
) -> Float[Tensor, "*actions"]:
    """PPO's pessimistic gain: the smaller of the plain and the clipped one."""
    ratio = log_ratio.exp()
    return torch.minimum(ratio * advantage, ratio.clamp(1 - clip, 1 + clip) * advantage)


def reference_kl(now: PolicyView, reference: PolicyView) -> Float[Tensor, ""]:
    """KL(reference || now): of the mode, and of each step (mean over latents), summed; scene mean."""
    log_chance = reference.mode_log_chances
    kl = (log_chance.exp() * (log_chance - now.mode_log_chances)).sum(dim=-1).mean()
    for ours, theirs in zip(now.steps, reference.steps, strict=True):
        kl = kl + 0.5 * ((ours.mean - theirs.mean) / ours.std).square().mean()
    return kl
