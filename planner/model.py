"""The driving policy: observation in, plan out."""

from dataclasses import dataclass, field

import torch
from jaxtyping import Float
from torch import Tensor, nn

from driving.context import ContextTokens
from driving.frames import wrap_angle
from driving.observation import Observation, check_observation
from driving.plan import Plan
from driving.trajectory import Trajectory
from planner.context_encoder import ContextEncoder, ContextEncoderConfig
from planner.diffusion.sampler import DenoisingChain, DiffusionConfig, DiffusionDecoder


@dataclass
class PlannerConfig:
    """Sensor side and trajectory side; the defaults are the tiny planner for two CPU cores."""

    encoder: ContextEncoderConfig = field(default_factory=ContextEncoderConfig)
    decoder: DiffusionConfig = field(default_factory=DiffusionConfig)


class VlaPlanner(nn.Module):
    """Vision, language and action: a context encoder and a truncated diffusion decoder."""

    def __init__(self, config: PlannerConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = ContextEncoder(config.encoder)
        self.decoder = DiffusionDecoder(config.decoder, config.encoder.width)

    def forward(self, observation: Observation) -> Plan:
        return self.plan(observation)

    @torch.no_grad()
    def plan(self, observation: Observation, speak: bool = False) -> Plan:
        """One trajectory a mode, M in all, without randomness; a sentence a scene where asked.

        Poses are in the current ego frame; puts the module in evaluation mode. DataError for an
        observation of the wrong shape or type.
        """
        check_observation(observation)
        self.eval()
        chain = self.decode(self.encoder(observation))
        text = self.encoder.vlm.speak(observation) if speak else ("",) * len(observation)
        return Plan(as_trajectory(chain), chain.logits, text)

    def decode(self, context: ContextTokens, generator: torch.Generator | None = None) -> DenoisingChain:
        """The denoising chains of all modes: means only, or samples where a generator is given."""
        return self.decoder.sample(context, self.decoder.all_modes(len(context.ego)), generator)


def as_trajectory(chain: DenoisingChain) -> Trajectory:
    """The final trajectories (B, P, F, 3) of a chain, heading in [-pi, pi)."""
    return Trajectory(with_wrapped_heading(chain.final()))


def with_wrapped_heading(poses: Float[Tensor, "*batch F 3"]) -> Float[Tensor, "*batch F 3"]:
    """The same poses, heading in [-pi, pi)."""
    return torch.cat([poses[..., :2], wrap_angle(poses[..., 2:])], dim=-1)
