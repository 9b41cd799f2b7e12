"""The ladder of agents: one row an agent with its interval, as CSV and as Markdown."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from driving.scores import OFFICIAL_COLUMNS
from navsim_agent.evaluation.bootstrap import (
    BootstrapConfig,
    Interval,
    mean_interval,
    paired_difference,
)
from navsim_agent.evaluation.result import EvaluationResult
from navsim_agent.evaluation.seeds import Seeds, group_seeds


@dataclass(frozen=True)
class LadderRow:
    """Mean scores of one agent, in [0, 1]."""

    agent: str
    privileged: bool
    seeds: int
    seed_deviation: float
    """Standard deviation of EPDMS over training seeds; NaN for one."""
    scenes: int
    logs: int
    """What the bootstrap draws from."""
    failed: int
    epdms: Interval
    sub_scores: tuple[Interval, ...]
    """In the order of ``OFFICIAL_COLUMNS``; EC over the scenes that have one."""


@dataclass(frozen=True)
class Step:
    """What one agent gains over another on the scenes both were evaluated on."""

    agent: str
    baseline: str
    scenes: int
    gain: Interval


def ladder(results: Sequence[EvaluationResult], config: BootstrapConfig) -> tuple[LadderRow, ...]:
    """A row for every agent, in the order given; results of one name are seeds of one agent."""
    return tuple(
        LadderRow(
            agent=agent.agent,
            privileged=agent.privileged,
            seeds=len(agent.results),
            seed_deviation=agent.deviation,
            scenes=len(agent.tokens),
            logs=len(set(agent.log_names)),
            failed=agent.failed,
            epdms=mean_interval(agent.epdms(), agent.log_names, config),
            sub_scores=tuple(
                mean_interval(agent.column(name), agent.log_names, config) for name in OFFICIAL_COLUMNS
            ),
        )
        for agent in group_seeds(results)
    )


def gain(
    agent: EvaluationResult | Seeds, baseline: EvaluationResult | Seeds, config: BootstrapConfig
) -> Step:
    """The paired difference in EPDMS. Raises ValueError where the two share no scene."""
    row_of = {token: row for row, token in enumerate(baseline.tokens)}
    rows = [row for row, token in enumerate(agent.tokens) if token in row_of]
    if not rows:
        raise ValueError(f"{agent.agent!r} and {baseline.agent!r} share no scene")
    other = [row_of[agent.tokens[row]] for row in rows]
    logs = [agent.log_names[row] for row in rows]
    difference = paired_difference(agent.epdms()[rows], baseline.epdms()[other], logs, config)
    return Step(agent.agent, baseline.agent, len(rows), difference)


def write_table(rows: Sequence[LadderRow], path: Path) -> None:
    """table.csv: agent, scenes, EPDMS with its interval, the sub-scores' means, failed scenes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    header = ("agent", "scenes", "epdms", "epdms_low", "epdms_high")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*header, *OFFICIAL_COLUMNS.values(), "failed", "seeds"])
        for row in rows:
            scores = [row.epdms.mean, row.epdms.low, row.epdms.high]
            scores += [interval.mean for interval in row.sub_scores]
            cells = ["" if np.isnan(score) else f"{score:.6f}" for score in scores]
            writer.writerow([row.agent, row.scenes, *cells, row.failed, row.seeds])


def markdown_table(rows: Sequence[LadderRow]) -> str:
    """The same in percent, for a README."""
    names = [name.upper() for name in OFFICIAL_COLUMNS]
    lines = [
        "| agent | scenes | EPDMS | " + " | ".join(names) + " | failed |",
        "|---|---:|---:|" + "---:|" * (len(names) + 1),
    ]
    for row in rows:
        agent = row.agent.replace("|", "\\|")
        scores = " | ".join(percent(interval.mean) for interval in row.sub_scores)
        lines.append(
            f"| {agent} | {row.scenes} | {percent_with_interval(row.epdms)} | {scores} | {row.failed} |"
        )
    return "\n".join(lines) + "\n"


def percent(value: float) -> str:
    """A score in [0, 1] as the leaderboards print it; a dash where it is not defined."""
    return "–" if np.isnan(value) else f"{100 * value:.1f}"


def percent_with_interval(interval: Interval) -> str:
    """The mean and its bounds, in percent."""
    if np.isnan(interval.low):
        return percent(interval.mean)
    return f"{percent(interval.mean)} ({percent(interval.low)} to {percent(interval.high)})"
