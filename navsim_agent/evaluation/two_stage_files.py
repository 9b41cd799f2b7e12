"""What a two-stage evaluation leaves: ``scores.csv`` laid out as by the devkit's two-stage script, a summary.

Each scene has its sub-scores in the columns of its stage; three rows at the end sum up stage one, stage
two and both.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from driving.replacing import replacing
from driving.scores import OFFICIAL_COLUMNS
from driving.types import SYNTHETIC_TOKEN_LENGTH
from navsim_agent.evaluation.bootstrap import BootstrapConfig, mean_interval
from navsim_agent.evaluation.evaluate_two_stage import TwoStageResult
from navsim_agent.evaluation.result import write_summary
from navsim_agent.evaluation.two_stage_layout import STAGES, SUMMARY_ROWS
from reward_wm.epdms import ScorerConfig
from reward_wm.epdms.two_stage import StageScores


def two_stage_frame(result: TwoStageResult) -> pd.DataFrame:
    """The table of ``scores.csv``: the devkit's columns and rows, then log, start and weight.

    ``valid`` of the last rows tells whether no plan failed; the devkit has no number otherwise.
    """
    scenes = result.scenes
    weight_of = dict(zip(result.scores.tokens, result.scores.weights.tolist(), strict=True))
    is_second = np.array([len(token) == SYNTHETIC_TOKEN_LENGTH for token in scenes.tokens])
    columns = {
        f"{official}_{stage}": np.where(is_second == (stage == "stage_two"), scenes.column(ours), np.nan)
        for stage in STAGES
        for ours, official in OFFICIAL_COLUMNS.items()
    }
    table = {"token": scenes.tokens, "valid": scenes.valid.numpy(), **columns, "score": scenes.epdms()}
    frame = pd.DataFrame(table)
    frame["log_name"] = scenes.log_names
    frame["start_time"] = np.asarray(scenes.timestamps_us, dtype=np.float64) * 1e-6
    frame["weight"] = [weight_of[token] for token in scenes.tokens]
    return pd.concat([frame, pd.DataFrame(_summary_rows(result))], ignore_index=True)


def save_two_stage(
    result: TwoStageResult,
    folder: Path,
    scorer: ScorerConfig,
    bootstrap: BootstrapConfig,
    weights: Mapping[str, str],
) -> None:
    """Write ``scores.csv`` and ``summary.json`` to ``folder``; ``weights`` is as in ``write_summary``."""
    with replacing(folder / "scores.csv") as partial:
        two_stage_frame(result).to_csv(partial)
    scores, scenes = result.scores, result.scenes
    interval = mean_interval(scores.mapping_scores.numpy(), result.mapping_logs, bootstrap)
    summary = {
        "agent": scenes.agent,
        "privileged": scenes.privileged,
        "traffic": scorer.traffic.value,
        "human_filter": scorer.human_filter,
        "scenes": len(scenes),
        "mappings": len(result.mappings),
        "failed": scenes.failed,
        "stage_one": scores.stage_one.score,
        "stage_two": scores.stage_two.score,
        "combined": scores.score,
        "combined_low": None if np.isnan(interval.low) else interval.low,
        "combined_high": None if np.isnan(interval.high) else interval.high,
    }
    write_summary(folder, summary, weights)


def _summary_rows(result: TwoStageResult) -> list[dict[str, object]]:
    scores, valid = result.scores, bool(result.scenes.valid.all())
    one, two = _stage_columns(scores.stage_one, STAGES[0]), _stage_columns(scores.stage_two, STAGES[1])
    contents = (
        one | {"score": scores.stage_one.score},
        two | {"score": scores.stage_two.score},
        one | two | {"score": scores.score},
    )
    return [
        {"token": token, "valid": valid, **content}
        for token, content in zip(SUMMARY_ROWS, contents, strict=True)
    ]


def _stage_columns(scores: StageScores, stage: str) -> dict[str, float]:
    return {
        f"{official}_{stage}": float(getattr(scores.sub_scores, ours))
        for ours, official in OFFICIAL_COLUMNS.items()
    }
