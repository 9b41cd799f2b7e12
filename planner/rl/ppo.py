"""The PPO objective over denoising steps (DPPO, arXiv 2409.00588) and over the choice of the mode.

denoising   clipped surrogate of each denoising step taken, the earlier ones discounted;
mode        clipped surrogate in expectation over all modes, since each was judged;
reference   KL from the reference policy's action distributions to ours at the visited states: in
            expectation the log-probability of the reference's actions (behaviour cloning), in closed
            form. It keeps the policy a driver while the reward pulls.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from planner.rl.advantage import Advantages, mode_advantages, sample_advantages
from planner.rl.rollout import PolicyView, Rollout


@dataclass
class PpoConfig:
    """Numbers of the algorithm."""

    samples: int = 8
    """G, noisy candidates a scene."""
    updates: int = 2
    """Optimiser steps on each rollout, at most."""
    learning_rate: float = 1e-4
    clip: float = 0.05
    """Largest change of a denoising step's probability ratio that is still rewarded."""
    mode_clip: float = 0.2
    """The same for a mode's."""
    denoising_discount: float = 0.8
    """Weight of a denoising step relative to the one after it."""
    mode_weight: float = 1.0
    """Weight of the mode's policy gradient relative to the last denoising step's."""
    reference_weight: float = 0.3
    """Weight of the KL to the reference policy."""
    target_kl: float = 0.05
    """Updates on a rollout end once the policy has moved this far from the one that sampled."""
    least_std: float = 0.01
    """Scenes whose samples' rewards differ less than this are skipped."""
    clip_norm: float = 1.0
    """Gradients are scaled down to this norm."""

    def __post_init__(self) -> None:
        if self.samples < 2 or self.updates < 1:
            raise ValueError(f"samples {self.samples} (at least 2), updates {self.updates} (at least 1)")
        for name in ("clip", "mode_clip", "denoising_discount"):
            if not 0 < getattr(self, name) <= 1:
                raise ValueError(f"{name} must lie in (0, 1], got {getattr(self, name)}")
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
    """Of a denoising step from the policy that sampled it, estimated on the steps taken."""
    mode_kl: Float[Tensor, ""]
    """Of the mode, from the policy that sampled."""
    clipped: Float[Tensor, ""]
    """Fraction of denoising steps whose ratio was outside the clip range."""
    ratio_error: Float[Tensor, ""]
    """Largest distance of a ratio from 1 (of a mode's log-ratio from 0); 0 at the first update."""
    useful: Float[Tensor, ""]
    """Fraction of scenes whose samples differ."""

    def total(self, config: PpoConfig) -> Float[Tensor, ""]:
        """The loss."""
        policy = self.denoising + config.mode_weight * self.mode
        return policy + config.reference_weight * self.reference


def ppo_terms(now: PolicyView, reference: PolicyView, rollout: Rollout, config: PpoConfig) -> PpoTerms:
    """All terms, given the present policy's and the reference's view of a rollout."""
    samples = sample_advantages(rollout, config.least_std)
    modes = mode_advantages(rollout, config.least_std)
    step_change = now.log_probs - rollout.chain.log_probs
    mode_change = now.mode_log_chances - rollout.mode_log_chances
    steps = step_change.shape[-1]
    weights = config.denoising_discount ** torch.arange(steps - 1, -1, -1, device=step_change.device)
    gain = surrogate(step_change, samples.values[..., None].expand_as(step_change), config.clip)
    mode_gain = surrogate(mode_change, modes.values, config.mode_clip)
    chances = rollout.mode_log_chances.exp()
    changes = step_change.detach()
    return PpoTerms(
        denoising=-useful_mean((gain * weights).sum(dim=-1).mean(dim=-1), samples),
        mode=-useful_mean((chances * mode_gain).sum(dim=-1), modes),
        reference=reference_kl(now, reference),
        kl=(changes.exp() - 1 - changes).mean(),
        mode_kl=-(chances * mode_change.detach()).sum(dim=-1).mean(),
        clipped=((changes.exp() - 1).abs() > config.clip).float().mean(),
        ratio_error=torch.maximum(changes.exp().sub(1).abs().max(), mode_change.detach().abs().max()),
        useful=samples.useful.float().mean(),
    )


def useful_mean(values: Float[Tensor, "B"], advantages: Advantages) -> Float[Tensor, ""]:
    """Mean over the scenes that teach something."""
    return (values * advantages.useful).sum() / advantages.useful.sum().clamp(min=1)


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
