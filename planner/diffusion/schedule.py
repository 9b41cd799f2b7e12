"""The noise schedule, truncated: denoising starts close to an anchor, not from pure noise.

DiffusionDrive (arXiv 2411.15139): of a DDIM schedule with 1000 scaled-linear steps only the first 50
are used, and two denoising steps suffice. The signal levels come from diffusers' ``DDIMScheduler``,
whose clipping of the clean sample to [-1, 1] (its default) is off; a test holds our step against its.
"""

from dataclasses import dataclass

import torch
from diffusers import DDIMScheduler
from jaxtyping import Float, Int64
from torch import Tensor, nn


@dataclass
class ScheduleConfig:
    """How much noise, how many steps."""

    train_steps: int = 1000
    truncation: int = 50
    """Noise levels in use, the least noisy ones of ``train_steps``."""
    denoising_steps: int = 2
    eta: float = 1.0
    """0: deterministic DDIM; 1: the noise of DDPM."""
    min_std: float = 0.05
    """Standard deviation of a sampled step is at least this (latents, see ``anchors``)."""

    def __post_init__(self) -> None:
        if not 1 <= self.denoising_steps <= self.truncation <= self.train_steps:
            raise ValueError(
                f"need denoising_steps <= truncation <= train_steps, got "
                f"{self.denoising_steps}, {self.truncation}, {self.train_steps}"
            )
        if self.eta < 0 or self.min_std <= 0:
            raise ValueError(f"eta {self.eta} and min_std {self.min_std} must be positive")


class NoiseSchedule(nn.Module):
    """Signal levels, noising, and the mean and std of one denoising step.

    Denoising step k goes from level ``levels[k]`` to ``levels[k - 1]``; level 0 of the chain is
    clean. So a chain runs k = K, K - 1, ... 1.
    """

    alphas: Tensor
    levels: Tensor

    def __init__(self, config: ScheduleConfig) -> None:
        super().__init__()
        self.config = config
        scheduler = ddim_scheduler(config)
        alphas = torch.cat([scheduler.final_alpha_cumprod[None], scheduler.alphas_cumprod])
        self.register_buffer("alphas", alphas.float(), persistent=False)
        steps = torch.arange(config.denoising_steps + 1)
        levels = (steps * config.truncation / config.denoising_steps).round().long()
        self.register_buffer("levels", levels, persistent=False)

    @property
    def steps(self) -> int:
        """K, the number of denoising steps."""
        return self.config.denoising_steps

    def add_noise(
        self,
        clean: Float[Tensor, "B P Z"],
        level: Int64[Tensor, "B"],
        noise: Float[Tensor, "B P Z"],
    ) -> Float[Tensor, "B P Z"]:
        """Clean latents at noise level 0 (none) to ``truncation``."""
        alpha = self._alpha(level)
        return alpha.sqrt() * clean + (1 - alpha).sqrt() * noise

    def move_mean(
        self,
        noisy: Float[Tensor, "B P Z"],
        clean: Float[Tensor, "B P Z"],
        level: Int64[Tensor, "B"],
        next_level: Int64[Tensor, "B"],
    ) -> Float[Tensor, "B P Z"]:
        """Mean of DDIM's move from a level to a lower one, given the predicted clean latents."""
        alpha, next_alpha = self._alpha(level), self._alpha(next_level)
        noise = (noisy - alpha.sqrt() * clean) / (1 - alpha).sqrt()
        kept = (1 - next_alpha - self.move_std(level, next_level) ** 2).clamp(min=0).sqrt()
        return next_alpha.sqrt() * clean + kept * noise

    def move_std(self, level: Int64[Tensor, "B"], next_level: Int64[Tensor, "B"]) -> Float[Tensor, "B 1 1"]:
        """Standard deviation of that move in DDIM, without our floor."""
        alpha, next_alpha = self._alpha(level), self._alpha(next_level)
        variance = (1 - next_alpha) / (1 - alpha) * (1 - alpha / next_alpha)
        return self.config.eta * variance.clamp(min=0).sqrt()

    def step_mean(
        self, noisy: Float[Tensor, "B P Z"], clean: Float[Tensor, "B P Z"], step: int
    ) -> Float[Tensor, "B P Z"]:
        """Mean of the state after denoising step ``step``."""
        levels = (self.levels[step - k].expand(noisy.shape[0]) for k in (0, 1))
        return self.move_mean(noisy, clean, *levels)

    def step_std(self, step: int) -> float:
        """Standard deviation of a sampled step: DDIM's, but at least ``min_std``."""
        std = self.move_std(self.levels[step, None], self.levels[step - 1, None])
        return max(float(std), self.config.min_std)

    def _alpha(self, level: Int64[Tensor, "B"]) -> Float[Tensor, "B 1 1"]:
        return self.alphas[level].view(-1, 1, 1)


def ddim_scheduler(config: ScheduleConfig) -> DDIMScheduler:
    """diffusers' scheduler with our settings (level n here is its timestep n - 1)."""
    return DDIMScheduler(
        num_train_timesteps=config.train_steps,
        beta_schedule="scaled_linear",
        prediction_type="sample",
        clip_sample=False,
    )
