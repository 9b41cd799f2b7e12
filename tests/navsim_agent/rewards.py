"""Reward models on disk that nobody trained, for tests of who chooses."""

from pathlib import Path

import torch

from driving.observation_config import ObservationConfig
from navsim_agent.rewards import describe_encoder
from reward_wm.model.baselines import BlindContext
from reward_wm.model.checkpoint import save_reward_model
from reward_wm.model.reward_model import RewardModel, RewardModelConfig
from reward_wm.model.trajectory_decoder import DecoderConfig


def save_random_reward(folder: Path, observed: ObservationConfig) -> Path:
    """A blind model with drawn weights, that likes some trajectories better than others."""
    torch.manual_seed(5)
    decoder = DecoderConfig(
        context_width=16, width=32, layers=1, heads=2, samples=8, bev_channels=8, bev_tokens=2
    )
    context = BlindContext(16, sees_ego=True)
    model = RewardModel(context, RewardModelConfig(decoder))
    save_reward_model(folder, model, observed, describe_encoder(context), {})
    return folder
