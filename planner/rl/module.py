"""PPO as a LightningModule: ``driving.training.fit`` runs it, one rollout a batch.

The context encoder stays as imitation left it: its tokens are computed once a rollout, and PPO trains
the decoder. The reference policy is a copy of the decoder the run began with; it travels in the
resumable checkpoint.
"""

import copy

import lightning
import torch
from lightning.pytorch.core.optimizer import LightningOptimizer
from torch import nn
from torch.optim import Adam, Optimizer

from driving.reward import Reward
from driving.scores import OFFICIAL_COLUMNS
from driving.targets import Example
from planner.model import VlaPlanner
from planner.rl.ppo import PpoConfig, PpoTerms, ppo_terms
from planner.rl.rollout import Rollout, roll_out, view


class PpoModule(lightning.LightningModule):
    """Improves a planner's decoder against a reward; all randomness comes from the global generator."""

    def __init__(self, planner: VlaPlanner, reward: Reward, config: PpoConfig) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.planner = planner
        self.reference = copy.deepcopy(planner.decoder).requires_grad_(False)
        self.reward = reward
        self.config = config
        planner.encoder.requires_grad_(False)
        if isinstance(reward, nn.Module):
            reward.requires_grad_(False)
        self.train()

    def train(self, mode: bool = True) -> "PpoModule":
        """Only the decoder is ever in training mode; encoder, reference and reward only evaluate."""
        super().train(mode)
        self.planner.encoder.eval()
        self.reference.eval()
        if isinstance(self.reward, nn.Module):
            self.reward.eval()
        return self

    def training_step(self, example: Example, index: int) -> None:
        generator = torch.Generator().manual_seed(int(torch.randint(2**62, ())))
        rollout = roll_out(self.planner, example.observation, self.reward, self.config.samples, generator)
        self._record(rollout, self._update(rollout))

    def configure_optimizers(self) -> Optimizer:
        return Adam(self.planner.decoder.parameters(), lr=self.config.learning_rate, fused=True)

    def _update(self, rollout: Rollout) -> list[PpoTerms]:
        """Optimiser steps on one rollout, until the policy has moved ``target_kl`` away."""
        optimiser = self.optimizers()
        assert isinstance(optimiser, LightningOptimizer)
        with torch.no_grad():
            reference = view(self.reference, rollout)
        done: list[PpoTerms] = []
        for _ in range(self.config.updates):
            now = view(self.planner.decoder, rollout)
            terms = ppo_terms(now, reference, rollout, self.config)
            done.append(terms)
            if max(terms.kl, terms.mode_kl) > self.config.target_kl:
                break
            optimiser.zero_grad()
            self.manual_backward(terms.total(self.config))
            self.clip_gradients(optimiser.optimizer, self.config.clip_norm, "norm")
            optimiser.step()
        return done

    def _record(self, rollout: Rollout, terms: list[PpoTerms]) -> None:
        rewards = rollout.rewards()
        scores = rollout.scores.stacked().flatten(0, 1).nanmean(dim=0)
        values = {
            "reward_mean": rewards.mean(),
            "reward_greedy": rollout.greedy_reward().mean(),
            "reward_best_mode": rollout.mode_rewards.amax(dim=1).mean(),
            "reward_std": rewards.std(dim=1, correction=0).mean(),
            "scenes_useful": terms[0].useful,
            "updates": torch.tensor(float(len(terms))),
            "ratio_error_first": terms[0].ratio_error,
            **{
                name: getattr(terms[-1], name).detach()
                for name in ("denoising", "mode", "reference", "kl", "mode_kl", "clipped", "ratio_error")
            },
            **{f"score_{name}": score for name, score in zip(OFFICIAL_COLUMNS, scores, strict=True)},
        }
        known = {name: value for name, value in values.items() if torch.isfinite(value)}
        self.log_dict(known, batch_size=len(rewards))
