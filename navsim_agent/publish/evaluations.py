"""Scores for a model card, read from what `irl-vla evaluate` left, and from nothing else.

An evaluation counts only where it is finished, agrees with itself (summary and table), and was made
with the very weights that are to be published.
"""

import json
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from driving.data.cache_files import file_digest
from driving.errors import DataError
from driving.scores import OFFICIAL_COLUMNS
from driving.training.checkpoint import WEIGHTS
from navsim_agent.evaluation.result import AVERAGE_ROW, SUMMARY
from navsim_agent.evaluation.two_stage_layout import STAGES, SUMMARY_ROWS

AGREEMENT = 1e-6
"""Scores are in [0, 1]; a table and a summary of one evaluation agree much better than this."""


@dataclass(frozen=True)
class Score:
    """Mean scores over the scenes of one stage, or the score of both stages, in [0, 1]."""

    stage: str
    epdms: float
    low: float | None
    high: float | None
    """Bounds of the interval; None where an evaluation has none."""
    sub_scores: tuple[float, ...]
    """In the order of ``OFFICIAL_COLUMNS``, NaN where not defined; empty for both stages together."""


@dataclass(frozen=True)
class Evaluation:
    """What an evaluation says of a checkpoint."""

    agent: str
    split: str
    """Name of the cached split."""
    chosen_by: str
    """Who chose among the candidates."""
    reward_sha256: str | None
    """Of the weights of the reward model that chose."""
    code_version: str
    """Of the scorer."""
    traffic: str
    human_filter: bool
    scenes: int
    failed: int
    confidence: float
    """Of the intervals."""
    scores: tuple[Score, ...]
    """One for a one-stage evaluation; both stages together, first, second for a two-stage one."""


def read_evaluation(folder: Path, checkpoint: Path) -> Evaluation:
    """The evaluation in ``folder``, if it is one of ``checkpoint``.

    Raises DataError, with the path, where it is unfinished or garbled, contradicts itself, judged
    other weights, or an agent that read the truth.
    """
    settings, summary = _read_json(folder / "settings.json"), _read_json(folder / SUMMARY)
    weights = _check_weights(folder, summary.get("weights"), checkpoint)
    table = _read_table(folder / "scores.csv")
    try:
        if summary["privileged"]:
            raise DataError(f"{folder}: judged an agent that reads the truth")
        return Evaluation(
            agent=str(summary["agent"]),
            split=Path(settings["cache"]).name,
            chosen_by=str(settings["select"]).lower().replace("_", " "),
            reward_sha256=weights.get("reward"),
            code_version=str(summary["code_version"]),
            traffic=str(settings["scorer"]["traffic"]).lower().replace("_", " "),
            human_filter=bool(settings["scorer"]["human_filter"]),
            scenes=int(summary["scenes"]),
            failed=int(summary["failed"]),
            confidence=float(settings["bootstrap"]["confidence"]),
            scores=_two_stages(folder, summary, table)
            if "mappings" in summary
            else _one(folder, summary, table),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise DataError(f"{folder}: not an evaluation of this version ({error!r})") from None


def _one(folder: Path, summary: dict[str, Any], table: pd.DataFrame) -> tuple[Score, ...]:
    scenes = table[table["token"] != AVERAGE_ROW]
    _agree(folder, float(summary["epdms"]), float(scenes["score"].mean()))
    if len(scenes) != summary["scenes"]:
        raise DataError(f"{folder}: {summary['scenes']} scenes in summary.json, {len(scenes)} in scores.csv")
    sub_scores = tuple(float(scenes[name].mean()) for name in OFFICIAL_COLUMNS.values())
    low, high = summary["epdms_low"], summary["epdms_high"]
    return (Score("one stage", float(summary["epdms"]), low, high, sub_scores),)


def _two_stages(folder: Path, summary: dict[str, Any], table: pd.DataFrame) -> tuple[Score, ...]:
    found = {row["token"]: row for row in table.to_dict("records") if row["token"] in SUMMARY_ROWS}
    if len(found) != len(SUMMARY_ROWS):
        raise DataError(f"{folder}/scores.csv: lacks one of the rows {', '.join(SUMMARY_ROWS)}")
    one, two, both = (found[name] for name in SUMMARY_ROWS)
    for row, key in ((one, "stage_one"), (two, "stage_two"), (both, "combined")):
        _agree(folder, float(summary[key]), float(row["score"]))
    low, high = summary["combined_low"], summary["combined_high"]
    stages = zip(("first stage", "second stage"), (one, two), STAGES, strict=True)
    return (
        Score("two stages", float(summary["combined"]), low, high, ()),
        *(
            Score(title, float(row["score"]), None, None, _sub_scores(row, stage))
            for title, row, stage in stages
        ),
    )


def _sub_scores(row: Mapping[Hashable, Any], stage: str) -> tuple[float, ...]:
    return tuple(float(row[f"{name}_{stage}"]) for name in OFFICIAL_COLUMNS.values())


def _agree(folder: Path, told: float, found: float) -> None:
    if not abs(told - found) <= AGREEMENT:
        raise DataError(f"{folder}: summary.json says {told}, scores.csv {found}")


def _check_weights(folder: Path, judged: object, checkpoint: Path) -> dict[str, str]:
    """The digests in a summary, if that of the weights is ``checkpoint``'s."""
    if not isinstance(judged, dict):
        raise DataError(f"{folder}: does not say which weights it judged; evaluate {checkpoint} again")
    if "checkpoint" not in judged:
        raise DataError(f"{folder}: judged no checkpoint")
    if judged["checkpoint"] != file_digest(checkpoint / WEIGHTS):
        raise DataError(f"{folder}: judged other weights than those of {checkpoint}")
    return judged


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: not of a finished evaluation ({error})") from None
    if not isinstance(content, dict):
        raise DataError(f"{path}: not of a finished evaluation")
    return content


def _read_table(path: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(path, dtype={"token": str})
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: not a table of scores ({error})") from None
