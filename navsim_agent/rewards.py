"""Rewards from disk: the learned one, with the context encoder it belongs to, and the exact one."""

from dataclasses import asdict
from pathlib import Path

from torch import nn

from driving.errors import DataError
from driving.observation_config import ObservationConfig
from driving.training.checkpoint import Card, read_observation_config
from planner.checkpoint import read_config
from planner.context_encoder import ContextEncoder, ContextEncoderConfig
from reward_wm.epdms import ExactReward
from reward_wm.epdms.config import ScorerConfig
from reward_wm.epdms.prepared_logs import load_prepared_logs
from reward_wm.model.baselines import BlindContext
from reward_wm.model.checkpoint import load_reward_model
from reward_wm.model.reward_model import RewardModel


def load_learned_reward(folder: Path) -> RewardModel:
    """A reward model of `irl-vla reward`, seeing or blind. DataError where the folder holds none."""
    return load_reward_model(folder, _build_encoder)


def check_same_view(folder: Path, planner: ObservationConfig) -> None:
    """A reward model must look at the planner's own pictures; a blind one fits any planner.

    Raises DataError, with its folder, where it looks at others or does not say.
    """
    reward = read_observation_config(folder)
    if reward.cameras and reward != planner:
        raise DataError(f"{folder}: the reward model looks at {reward}, the planner at {planner}")


def load_exact_reward(cache: Path, config: ScorerConfig) -> ExactReward:
    """The exact scorer on the scenes of a cached split."""
    return ExactReward(load_prepared_logs(cache / "scorer"), config)


def describe_encoder(encoder: nn.Module) -> Card:
    """What a checkpoint has to say about its context encoder, for ``load_learned_reward``."""
    if isinstance(encoder, ContextEncoder):
        return {"kind": "sensors", "config": asdict(encoder.config)}
    assert isinstance(encoder, BlindContext)
    return {"kind": "blind", "width": encoder.width, "sees_ego": encoder.sees_ego}


def _build_encoder(context: Card) -> nn.Module:
    if context["kind"] == "sensors":
        return ContextEncoder(read_config(ContextEncoderConfig, context["config"]))
    if context["kind"] != "blind":
        raise DataError(f"a reward model with an unknown context {context['kind']!r}")
    return BlindContext(int(str(context["width"])), bool(context["sees_ego"]))
