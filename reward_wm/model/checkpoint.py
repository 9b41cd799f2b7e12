"""A reward model on disk: its weights, its calibration, and the configuration that builds it.

The context encoder is built by whoever loads the checkpoint (it belongs to another package); what
that takes is kept in the card under ``context``.
"""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from torch import nn

from driving.errors import DataError
from driving.observation_config import ObservationConfig, describe_observation
from driving.training.checkpoint import Card, load_checkpoint, save_checkpoint
from reward_wm.model.reward_model import RewardModel, RewardModelConfig
from reward_wm.model.trajectory_decoder import DecoderConfig

KIND = "reward_model"


def save_reward_model(
    folder: Path, model: RewardModel, observation: ObservationConfig, context: Card, notes: Card
) -> None:
    """Write ``model``. ``context``: how to build its encoder; ``notes``: training data, measures.

    Both hold JSON values. ``observation`` is what the encoder was trained to look at.
    """
    card = {
        "reward_model": asdict(model.config),
        "observation": describe_observation(observation),
        "context": context,
        "notes": notes,
    }
    save_checkpoint(folder, KIND, model.state_dict(), card)


def load_reward_model(folder: Path, build_encoder: Callable[[Card], nn.Module]) -> RewardModel:
    """The saved model, in evaluation mode; ``build_encoder`` makes its encoder from ``context``.

    Raises DataError, with the path, where the checkpoint is broken or the encoder does not fit.
    """
    checkpoint = load_checkpoint(folder, KIND)
    try:
        config = _config(checkpoint.card["reward_model"])
        context = checkpoint.card["context"]
        assert isinstance(context, dict)
        model = RewardModel(build_encoder(context), config)
        model.load_state_dict(checkpoint.tensors)
    except (KeyError, TypeError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise DataError(f"{folder}: not a reward model of this version ({reason})") from error
    return model.eval()


def _config(values: object) -> RewardModelConfig:
    if not isinstance(values, dict):
        raise TypeError(f"reward_model is {values!r}")
    decoder = DecoderConfig(**values["decoder"])
    return RewardModelConfig(**{**values, "decoder": decoder})
