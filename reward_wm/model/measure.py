"""How good a reward is: head by head, and at choosing within a scene.

An infraction is the positive class: AUC and average precision say how well low predicted sub-scores
find the candidates whose true sub-score is below 1. Everything is measured apart for where the
candidates come from. A measure that can't be taken (one class only, no scene with a choice) is NaN.
"""

from dataclasses import dataclass
from enum import Enum

import numpy as np
import torch
from jaxtyping import Float
from scipy.stats import rankdata
from sklearn.metrics import average_precision_score, roc_auc_score
from torch import Tensor

from reward_wm.labels.proposals import Source
from reward_wm.model.heads import BINARY, GRADED
from reward_wm.model.judgements import Judgements

ECE_BINS = 15


class Group(Enum):
    """Candidates that are measured together."""

    ALL = (
        Source.EXPERT,
        Source.VOCABULARY,
        Source.PLANNER,
        Source.PLANNER_STEP,
        Source.PERTURBED,
        Source.FORCED_FAILURE,
    )
    VOCABULARY = (Source.VOCABULARY,)
    POLICY = (Source.PLANNER, Source.PLANNER_STEP)
    ADVERSARIAL = (Source.PERTURBED, Source.FORCED_FAILURE)


@dataclass(frozen=True)
class HeadMeasure:
    """One classifying head on one group."""

    head: str
    infractions: int
    """Candidates whose true sub-score is below 1."""
    candidates: int
    auc: float
    average_precision: float
    calibration_error: float


@dataclass(frozen=True)
class ChoiceMeasure:
    """EPDMS within scenes, averaged over scenes."""

    scenes: int
    """Scenes with two candidates of different true EPDMS; the others say nothing."""
    spearman: float
    """A reward that judges all candidates alike counts as 0."""
    regret: float
    """True EPDMS of the best candidate minus that of the chosen one."""
    mean_regret: float
    """The regret of choosing at random, for comparison."""
    error: float
    """Mean |predicted - true| EPDMS over all candidates."""
    progress_error: float
    """Mean |predicted - true| EP over all candidates."""


@dataclass(frozen=True)
class RewardMeasure:
    """One reward on one group of candidates."""

    reward: str
    group: str
    heads: tuple[HeadMeasure, ...]
    choice: ChoiceMeasure


def measure(reward: str, judgements: Judgements) -> tuple[RewardMeasure, ...]:
    """Measure on every group that has candidates."""
    measures: list[RewardMeasure] = []
    for group in Group:
        chosen = torch.isin(judgements.source, torch.tensor([int(s) for s in group.value]))
        if not chosen.any():
            continue
        rows = judgements.rows(chosen)
        heads = tuple(_measure_head(name, rows) for name in (*GRADED, *BINARY))
        measures.append(RewardMeasure(reward, group.name.lower(), heads, measure_choice(rows)))
    return tuple(measures)


def measure_choice(judgements: Judgements) -> ChoiceMeasure:
    """Rank correlation and regret within scenes."""
    predicted, truth = judgements.predicted.epdms(), judgements.truth.epdms()
    rows: list[tuple[float, float, float]] = []
    for number in judgements.scene.unique():
        here = judgements.scene == number
        p, t = predicted[here].numpy(), truth[here].numpy()
        if np.ptp(t) > 1e-6:
            rows.append((spearman(p, t), regret(p, t), float(t.max() - t.mean())))
    means = np.mean(rows, axis=0) if rows else np.full(3, np.nan)
    return ChoiceMeasure(
        scenes=len(rows),
        spearman=float(means[0]),
        regret=float(means[1]),
        mean_regret=float(means[2]),
        error=float((predicted - truth).abs().mean()),
        progress_error=float((judgements.predicted.ep - judgements.truth.ep).abs().mean()),
    )


def spearman(predicted: Float[np.ndarray, "n"], truth: Float[np.ndarray, "n"]) -> float:
    """Rank correlation with mean ranks for ties; 0 where either side is constant."""
    a, b = rankdata(predicted) - (len(predicted) + 1) / 2, rankdata(truth) - (len(truth) + 1) / 2
    length = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / length if length > 0 else 0.0


def regret(predicted: Float[np.ndarray, "n"], truth: Float[np.ndarray, "n"]) -> float:
    """Best true score minus the chosen one's; equally predicted favourites are chosen at random."""
    favourites = predicted >= predicted.max() - 1e-9
    return float(truth.max() - truth[favourites].mean())


def calibration_error(chance: Float[Tensor, "n"], truth: Float[Tensor, "n"]) -> float:
    """Expected calibration error: |mean predicted - mean true|, averaged over bins by their size."""
    bins = (chance * ECE_BINS).long().clamp(max=ECE_BINS - 1)
    gaps = torch.zeros(ECE_BINS, dtype=torch.float64)
    gaps.index_add_(0, bins, (chance - truth).double())
    return float(gaps.abs().sum() / len(chance))


def _measure_head(name: str, judgements: Judgements) -> HeadMeasure:
    predicted, truth = getattr(judgements.predicted, name), getattr(judgements.truth, name)
    bad = (truth < 1.0).numpy()
    both = bad.any() and not bad.all()
    suspicion = 1.0 - predicted.numpy()
    return HeadMeasure(
        head=name,
        infractions=int(bad.sum()),
        candidates=len(bad),
        auc=float(roc_auc_score(bad, suspicion)) if both else float("nan"),
        average_precision=float(average_precision_score(bad, suspicion)) if both else float("nan"),
        calibration_error=calibration_error(predicted, truth),
    )
