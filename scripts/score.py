"""Score trajectories from any planner with the exact EPDMS on logged scenes.

logs= is a folder of NAVSIM (OpenScene) log pickles; tokens are found in them, and a scene may start at
every frame that has 3 frames before it, 8 after it and a route. metric_cache= is a folder that the devkit's
metric caching (v2.2) has written; with it neither logs nor the devkit are needed. trajectories= is an npz
file with tokens (n,), poses (n, F, 3) in the ego frame without t = 0, and optionally names (n,) and
interval (0.5 s). A trajectory shorter than 4 s holds its last pose, as in the devkit. Extended comfort
compares trajectories of one name in scenes half a second apart.
"""

import json
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TypeVar

import pandas as pd

from driving.errors import DataError
from driving.replacing import replacing
from navsim_agent.evaluation.scene_sources import Logs
from navsim_agent.evaluation.score_pdms_table import score_pdms_table
from navsim_agent.evaluation.score_trajectories import (
    Convention,
    ScoringOptions,
    reason_rows,
    score_table,
)
from navsim_agent.evaluation.trajectory_table import read_trajectories
from navsim_agent.metric_cache.source import MetricCaches
from reward_wm.epdms.config import ScorerConfig, TrafficPolicy

EnumT = TypeVar("EnumT", bound=Enum)


class Metric(Enum):
    """Which score."""

    EPDMS = "epdms"
    PDMS = "pdms"


@dataclass
class Config:
    """Keys of ``irl-vla score``."""

    logs: str | None = None
    """Folder of log pickles (*.pkl); this or metric_cache."""
    metric_cache: str | None = None
    """Folder of metric caches of the devkit v2.2. Their PDM-Closed, and with it EP, is taken as it is."""
    maps: str | None = None
    """Folder of maps, as NUPLAN_MAPS_ROOT; metric caches need it for traffic=idm only."""
    trajectories: str = "???"
    """npz file: tokens, poses, names, interval."""
    out: str = "???"
    """CSV to write, a row a trajectory, in the order of the npz file."""
    reasons: str | None = None
    """File to write why each trajectory lost points, when, and to whom: .json or .csv."""
    cache: str | None = None
    """Folder that keeps what scoring needs of each scene, so that the next run is fast."""
    metric: str = "epdms"
    """epdms, or pdms: the score of NAVSIM v1, by the rules of its devkit v1.1. For pdms every token needs
    10 frames after it, and there is no filter, no other traffic, no reasons and no cache."""
    human_filter: bool = True
    """A sub-score in which the logged driving itself is 0 counts as 1."""
    traffic: str = "log_replay"
    """How other vehicles move: log_replay, idm (they follow their lanes and mind the ego; the devkit's
    reactive traffic), or constant_velocity."""
    convention: str = "after"
    """after: the final score is made of filtered sub-scores, as in the devkit since its issue 151 was
    fixed. before: of unfiltered ones, as the devkit printed it before."""
    workers: int = 2
    """Processes; each takes a log at a time."""

    def __post_init__(self) -> None:
        _choice(Convention, self.convention, "convention")
        _choice(TrafficPolicy, self.traffic, "traffic")
        self._check_scenes()
        if _choice(Metric, self.metric, "metric") is Metric.PDMS:
            plain = {
                "traffic": "log_replay",
                "convention": "after",
                "reasons": None,
                "cache": None,
                "metric_cache": None,
            }
            changed = [key for key, value in plain.items() if getattr(self, key) != value]
            if changed:
                raise ValueError(f"metric=pdms does not go with {changed[0]}=")

    def _check_scenes(self) -> None:
        if (self.logs is None) == (self.metric_cache is None):
            raise ValueError("scenes come from logs= and maps=, or from metric_cache=; give one of the two")
        if self.logs is not None and self.maps is None:
            raise ValueError("logs= needs maps=")
        if self.maps is None and _choice(TrafficPolicy, self.traffic, "traffic") is TrafficPolicy.IDM:
            raise ValueError(
                "metric caches hold no lanes for reactive vehicles to follow: traffic=idm needs maps="
            )


def run(config: Config) -> None:
    out = _writable(config.out, ".csv")
    reasons = None if config.reasons is None else _writable(config.reasons, ".json", ".csv")
    source = _source(config)
    table = read_trajectories(Path(config.trajectories))
    if isinstance(source, Logs) and _choice(Metric, config.metric, "metric") is Metric.PDMS:
        _finish(out, score_pdms_table(table, source.folder, source.maps, config.workers), "PDMS")
        return
    options = ScoringOptions(
        ScorerConfig(config.human_filter, _choice(TrafficPolicy, config.traffic, "traffic")),
        _choice(Convention, config.convention, "convention"),
        with_reasons=reasons is not None,
    )
    scored = score_table(table, source, options, config.workers)
    if reasons is not None:
        _write_reasons(reasons, list(reason_rows(scored)))
    _finish(out, scored.frame, "EPDMS")


def _source(config: Config) -> Logs | MetricCaches:
    """Where the scenes are. DataError where a folder is missing."""
    for folder in (config.logs, config.metric_cache, config.maps):
        if folder is not None and not Path(folder).is_dir():
            raise DataError(f"{folder}: no such folder")
    maps, store = (None if folder is None else Path(folder) for folder in (config.maps, config.cache))
    if config.logs is not None and maps is not None:
        return Logs(Path(config.logs), maps, store)
    assert config.metric_cache is not None
    return MetricCaches(Path(config.metric_cache), maps, store)


def _finish(out: Path, frame: pd.DataFrame, metric: str) -> None:
    """Write the table and print a mean for each of the first names."""
    with replacing(out) as partial:
        frame.to_csv(partial, index=False)
    means = frame.groupby("name")["score"].agg(["mean", "size"])
    for name, (mean, count) in means.head(10).iterrows():
        print(f"{name or 'all'}: {metric} {mean:.4f} over {int(count)} trajectories")
    print(out)


def _choice(kind: type[EnumT], value: str, key: str) -> EnumT:
    """A member by its value. ValueError, with the values there are, for another text."""
    try:
        return kind(str(value).lower())
    except ValueError:
        values = " or ".join(str(member.value) for member in kind)
        raise ValueError(f"{key} must be {values}, got {value!r}") from None


def _writable(name: str, *suffixes: str) -> Path:
    path = Path(name)
    if path.suffix not in suffixes:
        raise DataError(f"{path}: the name must end in {' or '.join(suffixes)}")
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _write_reasons(path: Path, rows: list[dict[str, object]]) -> None:
    with replacing(path) as partial:
        if path.suffix == ".csv":
            pd.DataFrame(rows).to_csv(partial, index=False)
        else:
            partial.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
