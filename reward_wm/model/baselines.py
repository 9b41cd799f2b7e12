"""Reward models that can't see: what a learned reward must beat, and PPO's floor.

They are the reward model itself, same decoder, same heads, same training, behind a context encoder
that shows nothing or the ego status only.
"""

from dataclasses import replace
from enum import Enum

import torch
from jaxtyping import Float
from torch import Tensor, nn

from driving.bev_area import BevArea
from driving.context import ContextTokens
from driving.observation import Observation
from reward_wm.model.reward_model import RewardModel, RewardModelConfig


class Baseline(Enum):
    """What a blind judge knows."""

    CONSTANT = "nothing: the mean label"
    EGO_STATUS = "ego status and command, not the trajectory"
    TRAJECTORY = "the trajectory only"
    TRAJECTORY_AND_STATUS = "the trajectory, ego status and command: all but the sensors"


class BlindContext(nn.Module):
    """Observation -> ContextTokens with nothing in them but, if wanted, the ego status."""

    def __init__(self, width: int, sees_ego: bool) -> None:
        super().__init__()
        self.width, self.sees_ego = width, sees_ego
        self.ego = nn.Sequential(nn.Linear(32, width), nn.GELU(), nn.Linear(width, width))

    def forward(self, observation: Observation) -> ContextTokens:
        batch = len(observation)
        nothing = observation.ego_velocity.new_zeros(batch, 1, self.width)
        bev = nothing.new_zeros(batch, self.width, 2, 2)
        ego = self.ego(_status(observation)) if self.sees_ego else nothing[:, 0]
        return ContextTokens(nothing, bev, nothing, nothing, ego, BevArea())


def baseline_model(kind: Baseline, config: RewardModelConfig) -> RewardModel:
    """An untrained baseline, to be trained like the reward model itself."""
    sees_ego = kind in (Baseline.EGO_STATUS, Baseline.TRAJECTORY_AND_STATUS)
    sees_trajectory = kind in (Baseline.TRAJECTORY, Baseline.TRAJECTORY_AND_STATUS)
    decoder = replace(config.decoder, sees_trajectory=sees_trajectory)
    encoder = BlindContext(config.decoder.context_width, sees_ego)
    return RewardModel(encoder, replace(config, decoder=decoder))


def _status(observation: Observation) -> Float[Tensor, "B 32"]:
    """Four frames of pose, velocity and acceleration, and the command, scaled to about 1."""
    poses = observation.ego_poses / observation.ego_poses.new_tensor([10.0, 2.0, 0.3])
    parts = [poses, observation.ego_velocity / 10, observation.ego_acceleration / 3]
    return torch.cat([*(part.flatten(1) for part in parts), observation.command], dim=-1)
