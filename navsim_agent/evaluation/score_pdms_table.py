"""PDMS of a table of trajectories on logged scenes, log after log."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import torch
from jaxtyping import Float64
from torch import Tensor
from tqdm import tqdm

from driving.parallel import results
from navsim_agent.evaluation.find_scenes import LogScenes, find_scenes
from navsim_agent.evaluation.score_trajectories import CHUNK
from navsim_agent.evaluation.trajectory_table import TrajectoryTable
from reward_wm.epdms.prepared_store import scenes_at
from reward_wm.pdms import PDMS_COLUMNS, prepare_pdms, score_pdms
from reward_wm.pdms.prepare import FUTURE_FRAMES


@dataclass(frozen=True)
class _Job:
    """The trajectories of one log; travels to a worker process."""

    scenes: LogScenes
    maps: Path
    interval_s: float
    poses: dict[str, Tensor]


def score_pdms_table(table: TrajectoryTable, logs: Path, maps: Path, workers: int = 1) -> pd.DataFrame:
    """token, name and the columns of the devkit v1.1, in the table's order.

    Raises DataError as ``find_scenes`` and ``prepare_pdms`` do.
    """
    rows_of = table.rows_of()
    jobs = [
        _Job(
            scenes,
            maps,
            table.interval_s,
            {token: table.poses[rows_of[token]].clone() for token in scenes.tokens},
        )
        for scenes in find_scenes(logs, list(rows_of), workers, FUTURE_FRAMES)
    ]
    values = torch.zeros(len(table), len(PDMS_COLUMNS), dtype=torch.float64)
    with tqdm(total=len(table), desc="scoring", unit="trajectory", disable=None) as bar:
        for _, scored in results(_score_log, jobs, workers):
            for token, rows in scored.items():
                values[rows_of[token]] = rows
                bar.update(len(rows))
    columns = {name: values[:, index].numpy() for index, name in enumerate(PDMS_COLUMNS.values())}
    return pd.DataFrame({"token": table.tokens, "name": table.names, **columns})


def _score_log(job: _Job) -> dict[str, Float64[Tensor, "n seven"]]:
    scored = {}
    for scene in scenes_at(job.scenes.path, job.maps, job.scenes.tokens):
        prepared = prepare_pdms(scene)
        chunks = job.poses[scene.token].split(CHUNK)
        scored[scene.token] = torch.cat(
            [score_pdms(prepared, chunk, job.interval_s).stacked() for chunk in chunks]
        )
    return scored
