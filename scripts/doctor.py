"""Say what is missing or broken before hours are lost.

Looks at versions, environment variables, maps and the machine; with split= also at logs, pictures and
synthetic scenes, and with cache=, metric_cache=, dataset_cache= at caches. It opens only a few logs, pictures
and cached files, and takes seconds; thorough=true reads all logs. Nothing is written but out=.
Ends with status 1 where there is an error; warnings do not count.
"""

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

from driving.data.data_config import DataConfig
from driving.errors import DataError
from navsim_agent.doctor.examine import Question, examine
from navsim_agent.doctor.finding import Level, count_of
from navsim_agent.doctor.logs import Reading
from navsim_agent.doctor.page import format_page, save_findings


@dataclass
class Config:
    """Keys of ``irl-vla doctor``."""

    data: str | None = None
    """Folder with maps, navsim_logs, sensor_blobs and train_test_split, as `irl-vla world` writes it.
    Without it OPENSCENE_DATA_ROOT and NUPLAN_MAPS_ROOT say where recorded data lie."""
    split: str | None = None
    """Name of a split in data=, the path of a train_test_split YAML in NAVSIM's own format, or a folder of
    logs."""
    cameras: list[str] = field(default_factory=lambda: DataConfig().cameras)
    """Whose pictures must be there; [] for a planner that does not look."""
    cache: str | None = None
    """Folder that `irl-vla cache` wrote."""
    metric_cache: str | None = None
    """metric_cache_path of the devkit's run_metric_caching.py."""
    dataset_cache: str | None = None
    """cache_path of the devkit's run_dataset_caching.py."""
    devkit_python: str | None = None
    """Python of the devkit's environment, where that is another one: its numpy is asked to solve a system
    whose solution is known, since that of some versions and CPUs cannot."""
    samples: int = 5
    """Logs, synthetic scenes and cached files that are opened."""
    thorough: bool = False
    """Read every log of the split and look for every picture."""
    workers: int = 2
    """Processes, with thorough=true."""
    out: str | None = None
    """File to write the findings to, as JSON."""

    def __post_init__(self) -> None:
        DataConfig(cameras=list(self.cameras))  # refuses cameras that there are not
        if self.samples < 1 or self.workers < 1:
            raise ValueError(f"samples={self.samples} and workers={self.workers} must be at least 1")


def run(config: Config) -> None:
    examination = examine(
        Question(
            data=_path(config.data),
            split=config.split,
            cameras=tuple(config.cameras),
            cache=_path(config.cache),
            metric_cache=_path(config.metric_cache),
            dataset_cache=_path(config.dataset_cache),
            devkit_python=config.devkit_python,
            reading=Reading(config.samples, config.thorough, config.workers),
        )
    )
    has_colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    print(format_page(examination, has_colour), flush=True)
    if config.out is not None:
        save_findings(examination, Path(config.out))
    errors = examination.count(Level.ERROR)
    if errors:
        raise DataError(f"{count_of(errors, 'error')}; the lines after -> say what to do")


def _path(text: str | None) -> Path | None:
    return None if text is None else Path(text)
