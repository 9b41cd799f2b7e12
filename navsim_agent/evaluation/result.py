"""What an evaluation leaves: one row a scene, and the plans behind them. Ego frame, metres.

A folder holds ``scores.csv`` (the devkit's columns and average row, then log and time),
``summary.json`` and ``plans.npz``.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
import pandas as pd
import torch
from jaxtyping import Bool, Float64
from torch import Tensor

from driving.errors import DataError
from driving.plan import Plan
from driving.replacing import replacing
from driving.scores import OFFICIAL_COLUMNS, SubScores
from driving.training.checkpoint import code_version
from driving.trajectory import Trajectory
from navsim_agent.evaluation.bootstrap import BootstrapConfig, Interval, mean_interval
from navsim_agent.evaluation.read_npz import read_npz

AVERAGE_ROW = "average_all_frames"
"""Token of the devkit's last row, the mean over scenes."""
SUMMARY = "summary.json"
"""Written last: a folder that has it is finished."""
PLAN_ARRAYS = (
    "agent",
    "privileged",
    "tokens",
    "log_names",
    "timestamps_us",
    "valid",
    "sub_scores",
    "poses",
    "interval_s",
    "logits",
    "text",
)
"""What ``plans.npz`` holds."""


@dataclass(frozen=True)
class EvaluationResult:
    """Scores and plans of one agent on the scenes of a split."""

    agent: str
    privileged: bool
    """Whether the agent read the truth of the scenes: a reference, not a planner."""
    tokens: tuple[str, ...]
    log_names: tuple[str, ...]
    timestamps_us: tuple[int, ...]
    valid: Bool[Tensor, "B"]
    """False where the agent failed; all sub-scores of such a scene are 0, its EC is NaN."""
    sub_scores: SubScores
    """(B,), float64."""
    plan: Plan
    """Candidates (B, P, F, 3); NaN where the agent failed."""

    def __len__(self) -> int:
        return len(self.tokens)

    @property
    def failed(self) -> int:
        """Scenes on which the agent raised."""
        return int((~self.valid).sum())

    def epdms(self) -> Float64[np.ndarray, "B"]:
        """The score of every scene, in [0, 1]; a failed one has 0."""
        return self.sub_scores.epdms().numpy()

    def column(self, name: str) -> Float64[np.ndarray, "B"]:
        """One sub-score (nc, dac, ...) of every scene."""
        return getattr(self.sub_scores, name).numpy()

    def interval(self, config: BootstrapConfig) -> Interval:
        """The mean EPDMS with its bootstrap interval over logs."""
        return mean_interval(self.epdms(), self.log_names, config)


def score_frame(result: EvaluationResult) -> pd.DataFrame:
    """The table of ``scores.csv``: columns and average row of the devkit, then log and start."""
    columns = {official: result.column(ours) for ours, official in OFFICIAL_COLUMNS.items()}
    frame = pd.DataFrame(
        {"token": result.tokens, "valid": result.valid.numpy(), **columns, "score": result.epdms()}
    )
    frame["log_name"] = result.log_names
    frame["start_time"] = np.asarray(result.timestamps_us, dtype=np.float64) * 1e-6
    numbers = [*OFFICIAL_COLUMNS.values(), "score"]
    average = {"token": AVERAGE_ROW, "valid": bool(result.valid.all())}
    return pd.concat([frame, pd.DataFrame([average | frame[numbers].mean().to_dict()])], ignore_index=True)


def save_result(
    result: EvaluationResult, folder: Path, bootstrap: BootstrapConfig, weights: Mapping[str, str]
) -> None:
    """Write the three files of an evaluation to ``folder``; ``weights`` is as in ``write_summary``."""
    with replacing(folder / "scores.csv") as partial:
        score_frame(result).to_csv(partial)
    with replacing(folder / "plans.npz") as partial, partial.open("wb") as file:
        _save_plans(result, file)
    interval = result.interval(bootstrap)
    summary = {
        "agent": result.agent,
        "privileged": result.privileged,
        "scenes": len(result),
        "failed": result.failed,
        "epdms": interval.mean,
        "epdms_low": _or_none(interval.low),
        "epdms_high": _or_none(interval.high),
    }
    write_summary(folder, summary, weights)


def write_summary(folder: Path, summary: Mapping[str, object], weights: Mapping[str, str]) -> None:
    """The last file of an evaluation, with the version of the code that scored.

    ``weights`` holds the SHA-256 of all that decided: of the ``checkpoint``, and of the ``reward`` model
    that chose; empty for an agent without.
    """
    content = {**summary, "weights": dict(weights), "code_version": code_version()}
    with replacing(folder / SUMMARY) as partial:
        partial.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def _save_plans(result: EvaluationResult, file: IO[bytes]) -> None:
    np.savez_compressed(
        file,
        agent=result.agent,
        privileged=result.privileged,
        tokens=np.array(result.tokens),
        log_names=np.array(result.log_names),
        timestamps_us=np.array(result.timestamps_us, dtype=np.int64),
        valid=result.valid.numpy(),
        sub_scores=result.sub_scores.stacked().numpy(),
        poses=result.plan.trajectories.poses.numpy(),
        interval_s=result.plan.trajectories.interval_s,
        logits=result.plan.logits.numpy(),
        text=np.array(result.plan.text),
    )


def load_result(folder: Path) -> EvaluationResult:
    """The inverse of ``save_result``. DataError where ``folder`` is not an evaluation of ours."""
    path = folder / "plans.npz"
    if _is_two_stage(folder):
        raise DataError(f"{folder}: an evaluation in two stages, of which there are no plans to load")
    stored = read_npz(path, PLAN_ARRAYS)
    try:
        return EvaluationResult(
            agent=str(stored["agent"]),
            privileged=bool(stored["privileged"]),
            tokens=tuple(stored["tokens"].tolist()),
            log_names=tuple(stored["log_names"].tolist()),
            timestamps_us=tuple(stored["timestamps_us"].tolist()),
            valid=torch.from_numpy(stored["valid"]),
            sub_scores=SubScores.from_stacked(torch.from_numpy(stored["sub_scores"])),
            plan=Plan(
                Trajectory(torch.from_numpy(stored["poses"]), float(stored["interval_s"])),
                torch.from_numpy(stored["logits"]),
                tuple(stored["text"].tolist()),
            ),
        )
    except (KeyError, ValueError, TypeError) as error:
        raise DataError(f"{path}: not an evaluation of ours ({error})") from error


def _is_two_stage(folder: Path) -> bool:
    path = folder / SUMMARY
    try:
        return path.is_file() and "mappings" in json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return False


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else value
