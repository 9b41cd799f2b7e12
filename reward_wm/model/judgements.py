"""What a reward says of labelled scenes, beside the truth, as flat tables."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float32, Int64
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from driving.reward import Reward
from driving.scores import SubScores
from reward_wm.labels.label_dataset import CandidateLabels, LabelledExample, stack_labelled
from reward_wm.model.heads import HeadLogits
from reward_wm.model.reward_model import RewardModel


@dataclass(frozen=True)
class Judgements:
    """Every real candidate of every scene, one a row."""

    scene: Int64[Tensor, "n"]
    """Number of its scene."""
    source: Int64[Tensor, "n"]
    predicted: SubScores
    """(n,); EC is NaN."""
    truth: SubScores
    """(n,); EC is NaN."""

    def rows(self, chosen: Tensor) -> "Judgements":
        """Some of the rows, by mask or index."""
        return Judgements(
            self.scene[chosen],
            self.source[chosen],
            SubScores.from_stacked(self.predicted.stacked()[chosen]),
            SubScores.from_stacked(self.truth.stacked()[chosen]),
        )


@dataclass(frozen=True)
class LogitTable:
    """Uncalibrated logits and the truth, one candidate a row."""

    logits: HeadLogits
    truth: Float32[Tensor, "n nine"]


def judge(
    reward: Reward,
    dataset: Dataset[LabelledExample],
    batch_size: int = 16,
    device: torch.device | str = "cpu",
) -> Judgements:
    """Let ``reward`` judge all labelled candidates of a data set."""
    scene, source, predicted, truth = [], [], [], []
    first = 0
    for batch in _batches(dataset, batch_size, device):
        scores = reward.score(batch.example.observation, batch.labels.trajectories).stacked()
        real = batch.labels.real.cpu()
        numbers = first + torch.arange(len(real))
        scene.append(numbers[:, None].expand_as(real)[real])
        source.append(batch.labels.source.cpu()[real])
        predicted.append(scores.cpu()[real])
        truth.append(_without_ec(batch.labels).cpu()[real])
        first += len(real)
    return Judgements(
        torch.cat(scene),
        torch.cat(source),
        SubScores.from_stacked(torch.cat(predicted)),
        SubScores.from_stacked(torch.cat(truth)),
    )


@torch.no_grad()
def logit_table(
    model: RewardModel,
    dataset: Dataset[LabelledExample],
    batch_size: int = 16,
    device: torch.device | str = "cpu",
) -> LogitTable:
    """The logits of ``model`` (put in evaluation mode) for all labelled candidates, for calibration."""
    model.eval()
    parts: list[HeadLogits] = []
    truth: list[Tensor] = []
    for batch in _batches(dataset, batch_size, device):
        real = batch.labels.real
        logits = model(batch.example.observation, batch.labels.trajectories)
        values = (logits.graded, logits.binary, logits.progress)
        parts.append(HeadLogits(*(value[real].float().cpu() for value in values)))
        truth.append(batch.labels.values[real].cpu())
    return LogitTable(
        HeadLogits(
            torch.cat([part.graded for part in parts]),
            torch.cat([part.binary for part in parts]),
            torch.cat([part.progress for part in parts]),
        ),
        torch.cat(truth),
    )


def _batches(
    dataset: Dataset[LabelledExample], batch_size: int, device: torch.device | str
) -> Iterator[LabelledExample]:
    for batch in DataLoader(dataset, batch_size, collate_fn=stack_labelled):
        yield batch.to(device)


def _without_ec(labels: CandidateLabels) -> Float32[Tensor, "B P nine"]:
    return torch.cat([labels.values[..., :8], torch.full_like(labels.values[..., 8:], torch.nan)], -1)
