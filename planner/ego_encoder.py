"""Ego status and command as one token.

Imitation loves the ego status: the past of the ego predicts its near future so well that a network
stops looking at the road. So in training the history and the acceleration are often hidden (state
dropout, as in PlanTF, arXiv 2309.10443); speed and command always stay.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from driving.observation import Observation
from driving.types import COMMANDS, HISTORY_FRAMES
from planner.layers import mlp

LENGTH_SCALE_M = 10.0
SPEED_SCALE_MPS = 10.0
ACCELERATION_SCALE_MPS2 = 3.0


@dataclass
class EgoEncoderConfig:
    """How often training hides a part of the ego status."""

    history_dropout: float = 0.7
    """Chance, per scene, that all frames before the current one are hidden."""
    acceleration_dropout: float = 0.7
    """Chance, per scene, that the current acceleration is hidden."""

    def __post_init__(self) -> None:
        for name in ("history_dropout", "acceleration_dropout"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"{name} must lie in [0, 1], got {getattr(self, name)}")


class EgoEncoder(nn.Module):
    """Sum of three embeddings: (speed, command), history, acceleration."""

    def __init__(self, config: EgoEncoderConfig, width: int) -> None:
        super().__init__()
        self.config = config
        past = HISTORY_FRAMES - 1
        self.current = mlp(2 + len(COMMANDS), width, width)
        self.history = mlp(past * 7, width, width)
        self.acceleration = mlp(2, width, width)
        self.hidden_history = nn.Parameter(torch.zeros(width))
        self.hidden_acceleration = nn.Parameter(torch.zeros(width))
        self.norm = nn.LayerNorm(width)

    def forward(self, observation: Observation) -> Float[Tensor, "B D"]:
        velocity = observation.ego_velocity / SPEED_SCALE_MPS
        acceleration = observation.ego_acceleration / ACCELERATION_SCALE_MPS2
        poses = observation.ego_poses / observation.ego_poses.new_tensor(
            [LENGTH_SCALE_M, LENGTH_SCALE_M, 1.0]
        )
        past = torch.cat([poses[:, :-1], velocity[:, :-1], acceleration[:, :-1]], dim=-1)
        current = torch.cat([velocity[:, -1], observation.command], dim=-1)
        token = self.current(current)
        token = token + self._perhaps(
            self.history(past.flatten(1)), self.hidden_history, self.config.history_dropout
        )
        token = token + self._perhaps(
            self.acceleration(acceleration[:, -1]),
            self.hidden_acceleration,
            self.config.acceleration_dropout,
        )
        return self.norm(token)

    def _perhaps(
        self, embedding: Float[Tensor, "B D"], hidden: Float[Tensor, "D"], chance: float
    ) -> Float[Tensor, "B D"]:
        """The embedding, or in training, by ``chance``, the learned stand-in for "not told"."""
        if not self.training or chance == 0.0:
            return embedding
        hide = torch.rand(len(embedding), 1, device=embedding.device) < chance
        return torch.where(hide, hidden, embedding)
