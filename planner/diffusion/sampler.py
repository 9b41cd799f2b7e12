"""The denoising chain as a stochastic policy: sampling it, and the log-probability of what was sampled.

``step_distribution`` is the only place that knows mean and standard deviation of a denoising step;
``sample`` and ``log_prob`` both read it, so PPO's ratio is exactly 1 before the first update.
"""

import math
from dataclasses import dataclass, field

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from driving.context import ContextTokens
from planner.diffusion.anchors import ExpertStatistics, TrajectoryCodec, fan_of_trajectories, fit_statistics
from planner.diffusion.denoiser import Denoised, Denoiser, DenoiserConfig
from planner.diffusion.schedule import NoiseSchedule, ScheduleConfig


@dataclass
class DiffusionConfig:
    """The planner's decoder."""

    anchors: int = 20
    """M, trajectories that denoising starts from: one mode each."""
    denoiser: DenoiserConfig = field(default_factory=DenoiserConfig)
    schedule: ScheduleConfig = field(default_factory=ScheduleConfig)

    def __post_init__(self) -> None:
        if self.anchors < 1:
            raise ValueError(f"anchors must be at least 1, got {self.anchors}")


@dataclass(frozen=True)
class StepDistribution:
    """A denoising step: independent normal distributions over the latents of the next state."""

    mean: Float[Tensor, "B P Z"]
    std: float
    logits: Float[Tensor, "B P"]
    """The denoiser's confidence in each candidate at this step."""


@dataclass(frozen=True)
class DenoisingChain:
    """Sampled candidates with every state on the way; index K - k is the state before step k."""

    modes: Int64[Tensor, "B P"]
    """The anchor each candidate started from."""
    latents: Float[Tensor, "B P states Z"]
    """From the noised anchor (index 0) to the result (index K), whitened."""
    poses: Float[Tensor, "B P states F 3"]
    """The same states as poses in the ego frame, m and rad."""
    log_probs: Float[Tensor, "B P K"]
    """Of each step, mean over the latents."""
    logits: Float[Tensor, "B P"]
    """Confidence at the last step."""

    def final(self) -> Float[Tensor, "B P F 3"]:
        """The sampled trajectories."""
        return self.poses[:, :, -1]


class DiffusionDecoder(nn.Module):
    """Context tokens -> trajectories."""

    anchors: Tensor

    def __init__(self, config: DiffusionConfig, width: int) -> None:
        super().__init__()
        self.config = config
        statistics = fit_statistics(fan_of_trajectories(), config.anchors)
        self.register_buffer("anchors", statistics.anchors)
        self.schedule = NoiseSchedule(config.schedule)
        self.denoiser = Denoiser(config.denoiser, width, TrajectoryCodec(statistics))

    @property
    def codec(self) -> TrajectoryCodec:
        """Poses <-> latents."""
        return self.denoiser.codec

    def set_statistics(self, statistics: ExpertStatistics) -> None:
        """Take anchors and whitening from experts; before training, not after.

        Raises ValueError where the number of anchors differs from the configuration.
        """
        if statistics.anchors.shape != self.anchors.shape:
            raise ValueError(
                f"anchors {tuple(statistics.anchors.shape)}, expected {tuple(self.anchors.shape)}"
            )
        self.anchors.copy_(statistics.anchors)
        for name in ("mean", "basis", "scale"):
            getattr(self.codec, name).copy_(getattr(statistics, name))

    def denoise(
        self,
        context: ContextTokens,
        noisy: Float[Tensor, "B P Z"],
        level: Int64[Tensor, "B"],
    ) -> list[Denoised]:
        """Every block's idea of the clean trajectories; the last is the answer."""
        return self.denoiser(context, noisy, level)

    def step_distribution(
        self, context: ContextTokens, noisy: Float[Tensor, "B P Z"], step: int
    ) -> StepDistribution:
        """How denoising step ``step`` (K, K - 1, ... 1) moves the state ``noisy``."""
        level = self.schedule.levels[step].expand(len(noisy))
        denoised = self.denoise(context, noisy, level)[-1]
        mean = self.schedule.step_mean(noisy, denoised.latents, step)
        return StepDistribution(mean, self.schedule.step_std(step), denoised.logits)

    def start(self, modes: Int64[Tensor, "B P"], generator: torch.Generator | None) -> Float[Tensor, "B P Z"]:
        """Anchors at the highest noise level; without a generator their mean."""
        clean = self.codec.encode(self.anchors)[modes]
        level = self.schedule.levels[-1].expand(modes.shape[0])
        return self.schedule.add_noise(clean, level, _noise(clean, generator))

    def sample(
        self,
        context: ContextTokens,
        modes: Int64[Tensor, "B P"],
        generator: torch.Generator | None = None,
    ) -> DenoisingChain:
        """Denoise candidates of the given modes; without a generator every step takes its mean."""
        states, log_probs = [self.start(modes, generator)], []
        logits = states[0].new_zeros(modes.shape)
        for step in range(self.schedule.steps, 0, -1):
            distribution = self.step_distribution(context, states[-1], step)
            noise = _noise(distribution.mean, generator)
            states.append(distribution.mean + distribution.std * noise)
            log_probs.append(normal_log_prob(states[-1], distribution))
            logits = distribution.logits
        latents = torch.stack(states, dim=2)
        poses = self.codec.decode(latents)
        return DenoisingChain(modes, latents, poses, torch.stack(log_probs, dim=-1), logits)

    def distributions(self, context: ContextTokens, chain: DenoisingChain) -> list[StepDistribution]:
        """The step distributions at the states of a chain, in the order they were taken."""
        steps = self.schedule.steps
        return [
            self.step_distribution(context, chain.latents[:, :, steps - step], step)
            for step in range(steps, 0, -1)
        ]

    def log_prob(self, context: ContextTokens, chain: DenoisingChain) -> Float[Tensor, "B P K"]:
        """Log-probability of each step of a chain under the present weights, mean over latents."""
        return chain_log_prob(self.distributions(context, chain), chain)

    def all_modes(self, batch: int) -> Int64[Tensor, "B M"]:
        """Every anchor once for each of ``batch`` scenes."""
        return torch.arange(len(self.anchors), device=self.anchors.device).expand(batch, -1)


def chain_log_prob(distributions: list[StepDistribution], chain: DenoisingChain) -> Float[Tensor, "B P K"]:
    """Log-probability of the steps of a chain, given their distributions."""
    taken = chain.latents[:, :, 1:].unbind(dim=2)
    pairs = zip(taken, distributions, strict=True)
    return torch.stack([normal_log_prob(state, step) for state, step in pairs], dim=-1)


def normal_log_prob(state: Float[Tensor, "B P Z"], distribution: StepDistribution) -> Float[Tensor, "B P"]:
    """Log-density of a state, mean over its latents."""
    deviation = (state - distribution.mean) / distribution.std
    constant = math.log(distribution.std) + 0.5 * math.log(2 * math.pi)
    return (-0.5 * deviation**2 - constant).mean(dim=-1)


def _noise(like: Tensor, generator: torch.Generator | None) -> Tensor:
    """Standard normal noise; zeros where there is no generator."""
    if generator is None:
        return torch.zeros_like(like)
    return torch.randn(like.shape, generator=generator, device=generator.device).to(like)
