"""How far the predicted sub-scores are from the true ones."""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, softplus

from driving.scores import SubScores
from reward_wm.model.heads import BINARY, CLASS_VALUES, GRADED, HEADS, HeadLogits


@dataclass
class LossConfig:
    """What counts how much."""

    balance: float = 0.5
    """A class of frequency f weighs f ** -balance: 0 is unbalanced, 1 makes all classes count alike."""
    max_class_weight: float = 20.0
    ranking: float = 0.5
    """Weight of the order of EPDMS within a scene."""
    ranking_temperature: float = 0.1
    """Difference of EPDMS that counts as clear."""

    def __post_init__(self) -> None:
        if not 0.0 <= self.balance <= 1.0:
            raise ValueError(f"balance must lie in [0, 1], got {self.balance}")
        if self.max_class_weight < 1.0 or self.ranking < 0.0 or self.ranking_temperature <= 0.0:
            raise ValueError(f"class weight >= 1, ranking >= 0, temperature > 0; got {self}")


@dataclass(frozen=True)
class ClassWeights:
    """Weight of every class of every classifying head; a class that never occurs weighs 1."""

    graded: Float[Tensor, "2 3"]
    binary: Float[Tensor, "5 2"]
    """Of the values 0 and 1."""


def class_weights(counts: Float[Tensor, "7 3"], config: LossConfig) -> ClassWeights:
    """Weights from how often the values 0, 1/2, 1 occur; see ``count_classes``."""
    frequency = counts / counts.sum(dim=-1, keepdim=True).clamp(min=1.0)
    weights = frequency.clamp(min=1e-9) ** -config.balance
    mean = (weights * frequency).sum(dim=-1, keepdim=True).clamp(min=1e-9)
    weights = torch.where(counts > 0, weights / mean, 1.0).clamp(max=config.max_class_weight)
    graded = len(GRADED)
    return ClassWeights(weights[:graded], weights[graded:, [0, 2]])


def count_classes(values: Float[Tensor, "n nine"]) -> Float[Tensor, "7 3"]:
    """How often NC, DDC, DAC, TLC, TTC, LK, HC are 0, 1/2 and 1; rows of NaN count nothing."""
    scores = SubScores.from_stacked(values)
    heads = torch.stack([getattr(scores, name) for name in (*GRADED, *BINARY)])
    return torch.stack([(heads == value).sum(dim=-1) for value in CLASS_VALUES], dim=-1).float()


def head_losses(
    logits: HeadLogits, truth: SubScores, real: Bool[Tensor, "B P"], weights: ClassWeights
) -> Float[Tensor, "eight"]:
    """Mean loss of every head over the real candidates, in the order of ``HEADS``.

    Cross entropy, weighted by class, for seven heads; for EP the cross entropy of a soft target,
    whose minimum is the expected progress.
    """
    losses: list[Tensor] = []
    for k, name in enumerate(GRADED):
        target = (2 * getattr(truth, name)[real]).long()
        losses.append(cross_entropy(logits.graded[real][:, k], target, weights.graded[k]))
    for k, name in enumerate(BINARY):
        target = getattr(truth, name)[real]
        weight = weights.binary[k][target.long()]
        loss = binary_cross_entropy_with_logits(logits.binary[real][:, k], target, weight)
        losses.append(loss * len(target) / weight.sum())
    losses.append(binary_cross_entropy_with_logits(logits.progress[real], truth.ep[real]))
    return torch.stack(losses)


def ranking_loss(
    predicted: Float[Tensor, "B P"],
    truth: Float[Tensor, "B P"],
    real: Bool[Tensor, "B P"],
    temperature: float,
) -> Float[Tensor, ""]:
    """Logistic loss of the order of every pair of a scene's candidates, weighted by how much they differ.

    0 where no pair differs.
    """
    pairs = real[:, :, None] & real[:, None, :]
    difference = torch.nan_to_num(truth)[:, :, None] - torch.nan_to_num(truth)[:, None, :]
    better = difference.clamp(min=0.0) * pairs
    margin = (predicted[:, :, None] - predicted[:, None, :]) / temperature
    return (better * softplus(-margin)).sum() / better.sum().clamp(min=1e-6)


def reward_loss(
    logits: HeadLogits,
    truth: SubScores,
    real: Bool[Tensor, "B P"],
    weights: ClassWeights,
    config: LossConfig,
) -> tuple[Float[Tensor, ""], dict[str, Tensor]]:
    """The loss to descend, and its parts by name for the record."""
    parts: dict[str, Tensor] = dict(zip(HEADS, head_losses(logits, truth, real, weights), strict=True))
    predicted = logits.sub_scores().epdms()
    parts["rank"] = ranking_loss(predicted, truth.epdms(), real, config.ranking_temperature)
    total = torch.stack([parts[name] for name in HEADS]).mean() + config.ranking * parts["rank"]
    return total, {f"loss_{name}": value.detach() for name, value in parts.items()}
