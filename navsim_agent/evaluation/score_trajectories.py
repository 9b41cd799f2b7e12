"""Score a table of trajectories on scenes from logs or elsewhere, log after log."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

import pandas as pd
import torch
from jaxtyping import Float64
from torch import Tensor
from tqdm import tqdm

from driving.parallel import results
from driving.scores import OFFICIAL_COLUMNS, SubScores
from driving.types import SYNTHETIC_TOKEN_LENGTH
from navsim_agent.evaluation.pairs import pair_with_previous
from navsim_agent.evaluation.scene_sources import Logs, SceneGroup, SceneSource
from navsim_agent.evaluation.trajectory_table import TrajectoryTable, read_trajectories
from reward_wm.epdms import PreparedScene, SceneScores, ScorerConfig, extended_comfort, score_scene
from reward_wm.epdms.config import Normalisation
from reward_wm.epdms.reasons import Reason, failure_reasons

CHUNK = 1024
"""Trajectories of a scene that are scored at once."""
EC = list(OFFICIAL_COLUMNS).index("ec")


class Convention(Enum):
    """What the final score is made of where the human-penalty filter has lifted a sub-score."""

    AFTER = "after"
    """The filtered sub-scores, as the devkit does since its issue 151 was fixed."""
    BEFORE = "before"
    """The unfiltered ones, while the columns show the filtered ones: what the devkit printed before."""


@dataclass(frozen=True)
class ScoringOptions:
    """How to score."""

    scorer: ScorerConfig = field(default_factory=ScorerConfig)
    convention: Convention = Convention.AFTER
    with_reasons: bool = False


@dataclass(frozen=True)
class ScoredTable:
    """A table's trajectories with their scores, in the table's order."""

    frame: pd.DataFrame
    """token, name, the nine sub-scores in the devkit's columns, score."""
    reasons: tuple[tuple[Reason, ...], ...]
    """Why each one lost what it lost; empty unless asked for."""


@dataclass(frozen=True)
class _Job:
    """The trajectories of one log; travels to a worker process."""

    scenes: SceneGroup
    options: ScoringOptions
    interval_s: float
    names: dict[str, list[str]]
    poses: dict[str, Tensor]


@dataclass(frozen=True)
class _Judged:
    """The trajectories of one scene, judged."""

    names: list[str]
    shown: Float64[Tensor, "n nine"]
    """What the columns show."""
    scored: Float64[Tensor, "n nine"]
    """What the final score is made of."""
    states: Float64[Tensor, "n T S"]
    reasons: tuple[tuple[Reason, ...], ...]


def score_file(
    trajectories: str | Path, logs: str | Path, maps: str | Path, options: ScoringOptions | None = None
) -> ScoredTable:
    """``score_trajectories`` of an npz file, see ``trajectory_table``. Raises DataError as both do."""
    return score_trajectories(read_trajectories(Path(trajectories)), Path(logs), Path(maps), options)


def score_trajectories(
    table: TrajectoryTable,
    logs: Path,
    maps: Path,
    options: ScoringOptions | None = None,
    cache: Path | None = None,
    workers: int = 1,
) -> ScoredTable:
    """``score_table`` in logged scenes; ``cache`` keeps the prepared scenes for the next time.

    Raises DataError as ``find_scenes`` and ``prepare_scene`` do.
    """
    return score_table(table, Logs(logs, maps, cache), options, workers)


def score_table(
    table: TrajectoryTable, source: SceneSource, options: ScoringOptions | None = None, workers: int = 1
) -> ScoredTable:
    """Scores of every trajectory of a table; EC where the scene half a second before has the name, too.

    A synthetic scene has no EC: which one lies before it only a two-stage split knows.

    Raises DataError as ``source`` and ``score_scene`` do.
    """
    options = options or ScoringOptions()
    rows_of = table.rows_of()
    jobs = []
    for scenes in source.find(list(rows_of), workers):
        rows = {token: rows_of[token] for token in scenes.tokens}
        names = {token: [table.names[row] for row in own] for token, own in rows.items()}
        poses = {token: table.poses[own].clone() for token, own in rows.items()}
        jobs.append(_Job(scenes, options, table.interval_s, names, poses))
    shown, scored = torch.full((2, len(table), len(OFFICIAL_COLUMNS)), torch.nan, dtype=torch.float64)
    reasons: list[tuple[Reason, ...]] = [()] * len(table)
    with tqdm(total=len(table), desc="scoring", unit="trajectory", disable=None) as bar:
        for _, judged in results(_score_log, jobs, workers):
            for token, one in judged.items():
                shown[rows_of[token]], scored[rows_of[token]] = one.shown, one.scored
                for row, why in zip(rows_of[token], one.reasons, strict=False):
                    reasons[row] = why
                bar.update(len(one.names))
    return ScoredTable(_frame(table, shown, scored), tuple(reasons) if options.with_reasons else ())


def _frame(
    table: TrajectoryTable, shown: Float64[Tensor, "n nine"], scored: Float64[Tensor, "n nine"]
) -> pd.DataFrame:
    columns = {name: shown[:, index].numpy() for index, name in enumerate(OFFICIAL_COLUMNS.values())}
    score = SubScores.from_stacked(scored).epdms().numpy()
    return pd.DataFrame({"token": table.tokens, "name": table.names, **columns, "score": score})


def _score_log(job: _Job) -> dict[str, _Judged]:
    """Judged trajectories by token. Only the scene before keeps its states, for extended comfort."""
    judged: dict[str, _Judged] = {}
    before: tuple[PreparedScene, _Judged] | None = None
    for prepared in job.scenes.prepared():
        now = _judge(prepared, job)
        if before is not None and _follows(prepared, before[0]):
            _add_extended_comfort(now, before[1])
        judged[prepared.token] = _without_states(now)
        before = prepared, now
    return judged


def _judge(prepared: PreparedScene, job: _Job) -> _Judged:
    poses, scorer = job.poses[prepared.token], job.options.scorer
    together = len(poses) if scorer.normalisation is Normalisation.BATCH else CHUNK
    chunks = [score_scene(prepared, some, job.interval_s, scorer) for some in poses.split(together)]
    shown = torch.cat([chunk.sub_scores.stacked() for chunk in chunks])
    unfiltered = torch.cat([chunk.unfiltered.stacked() for chunk in chunks])
    scored = shown.clone() if job.options.convention is Convention.AFTER else unfiltered
    states = torch.cat([chunk.states for chunk in chunks])
    return _Judged(job.names[prepared.token], shown, scored, states, _reasons(prepared, chunks, job.options))


def _reasons(
    prepared: PreparedScene, chunks: Sequence[SceneScores], options: ScoringOptions
) -> tuple[tuple[Reason, ...], ...]:
    if not options.with_reasons:
        return ()
    return tuple(why for chunk in chunks for why in failure_reasons(prepared, chunk))


def _follows(now: PreparedScene, before: PreparedScene) -> bool:
    """Whether two scenes of a log, the second one earlier, are half a second apart."""
    if any(len(scene.token) == SYNTHETIC_TOKEN_LENGTH for scene in (now, before)):
        return False
    names, times = (before.log_name, now.log_name), (before.timestamp_us, now.timestamp_us)
    return bool(pair_with_previous(names, times, (True, True)))


def _add_extended_comfort(now: _Judged, before: _Judged) -> None:
    """Fill in EC where the scene before has a trajectory of the same name."""
    row_before = {name: row for row, name in enumerate(before.names)}
    pairs = [(row, row_before[name]) for row, name in enumerate(now.names) if name in row_before]
    if pairs:
        rows, earlier = (list(column) for column in zip(*pairs, strict=True))
        comfort = extended_comfort(now.states[rows], before.states[earlier])
        now.shown[rows, EC], now.scored[rows, EC] = comfort, comfort


def _without_states(judged: _Judged) -> _Judged:
    return _Judged(judged.names, judged.shown, judged.scored, judged.states[:0], judged.reasons)


def reason_rows(scored: ScoredTable) -> Iterator[dict[str, object]]:
    """One plain record a reason, with token and name."""
    for token, name, reasons in zip(scored.frame["token"], scored.frame["name"], scored.reasons, strict=True):
        for reason in reasons:
            yield {"token": token, "name": name, **reason.as_dict()}
