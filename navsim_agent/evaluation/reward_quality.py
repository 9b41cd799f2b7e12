"""The reward model's measures, as ``reward_wm.model.measure_report`` writes them, for the report."""

import json
import math
from dataclasses import dataclass
from pathlib import Path

from driving.errors import DataError


@dataclass(frozen=True)
class RewardRow:
    """One reward on candidates of one origin. NaN where a measure could not be taken."""

    reward: str
    group: str
    """Where the candidates come from."""
    spearman: float
    regret: float
    """True EPDMS lost by taking the reward's favourite."""
    random_regret: float
    """True EPDMS lost by taking any candidate."""
    aucs: tuple[float, ...]
    """One a head, in the order of ``RewardQuality.heads``."""


@dataclass(frozen=True)
class RewardQuality:
    """Rewards by origin of the candidates."""

    heads: tuple[str, ...]
    rows: tuple[RewardRow, ...]


def read_reward_quality(path: Path) -> RewardQuality:
    """Read reward_measures.json. DataError where it is missing, empty or something else."""
    try:
        measures = json.loads(path.read_text(encoding="utf-8"))
        heads = tuple(str(head["head"]) for head in measures[0]["heads"])
        rows = tuple(
            RewardRow(
                reward=str(measure["reward"]),
                group=str(measure["group"]),
                spearman=_number(measure["choice"]["spearman"]),
                regret=_number(measure["choice"]["regret"]),
                random_regret=_number(measure["choice"]["mean_regret"]),
                aucs=tuple(_number(head["auc"]) for head in measure["heads"]),
            )
            for measure in measures
        )
    except (OSError, ValueError, TypeError, LookupError) as error:
        raise DataError(f"{path}: not a file of reward measures ({error!r})") from error
    return RewardQuality(heads, rows)


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)
