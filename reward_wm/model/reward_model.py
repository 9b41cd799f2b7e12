"""The reward world model: what would the simulator say of this trajectory, from sensors alone?"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from driving.context import ContextTokens
from driving.observation import Observation
from driving.scores import SubScores
from driving.trajectory import Trajectory
from reward_wm.model.heads import HeadLogits, SubScoreHeads
from reward_wm.model.trajectory_decoder import DecoderConfig, TrajectoryDecoder


@dataclass
class RewardModelConfig:
    """The decoder's size, and how many trajectories it judges at a time."""

    decoder: DecoderConfig = field(default_factory=DecoderConfig)
    chunk: int = 256
    """Trajectories of a scene in one pass of ``score``; bounds memory, changes nothing else."""

    def __post_init__(self) -> None:
        if self.chunk < 1:
            raise ValueError(f"chunk must be at least 1, got {self.chunk}")


class RewardModel(nn.Module):
    """A context encoder (Observation -> ContextTokens), a trajectory decoder and eight heads.

    A ``driving.reward.Reward``. ``encode`` and ``score_context`` are its two halves, for who judges
    the same scenes several times.
    """

    def __init__(self, context_encoder: nn.Module, config: RewardModelConfig) -> None:
        super().__init__()
        self.config = config
        self.context_encoder = context_encoder
        self.decoder = TrajectoryDecoder(config.decoder)
        self.heads = SubScoreHeads(self.decoder.feature_width)

    def forward(self, observation: Observation, trajectories: Trajectory) -> HeadLogits:
        """Uncalibrated logits of trajectories with poses (B, P, F, 3), for training."""
        return self.decode(self.context_encoder(observation), trajectories)

    def decode(self, context: ContextTokens, trajectories: Trajectory) -> HeadLogits:
        """Uncalibrated logits from a context that is already there."""
        return self.heads(self.decoder(context, trajectories))

    def score(
        self, observation: Observation, trajectories: Trajectory, *, with_gradient: bool = False
    ) -> SubScores:
        """Calibrated sub-scores (B, P) in evaluation mode; EC is NaN."""
        with _evaluating(self, with_gradient):
            return self._score(self.context_encoder(observation), trajectories)

    def encode(self, observation: Observation) -> ContextTokens:
        """The context of some scenes, in evaluation mode and without gradient."""
        with _evaluating(self, with_gradient=False):
            return self.context_encoder(observation)

    def score_context(
        self, context: ContextTokens, trajectories: Trajectory, *, with_gradient: bool = False
    ) -> SubScores:
        """``score`` for a context from ``encode``."""
        with _evaluating(self, with_gradient):
            return self._score(context, trajectories)

    def _score(self, context: ContextTokens, trajectories: Trajectory) -> SubScores:
        chunks = trajectories.poses.float().split(self.config.chunk, dim=1)
        parts: list[Tensor] = []
        for poses in chunks:
            logits = self.decode(context, Trajectory(poses, trajectories.interval_s))
            parts.append(self.heads.calibrated(logits).sub_scores().stacked())
        return SubScores.from_stacked(torch.cat(parts, dim=1))


@contextmanager
def _evaluating(module: nn.Module, with_gradient: bool) -> Iterator[None]:
    """Evaluation mode inside; every submodule's own mode is put back afterwards."""
    modes = [(part, part.training) for part in module.modules()]
    module.eval()
    try:
        with torch.set_grad_enabled(with_gradient):
            yield
    finally:
        for part, mode in modes:
            part.training = mode
