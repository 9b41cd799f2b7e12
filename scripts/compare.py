"""Compare two score files, row by row.

The official file is what the devkit's run_pdm_score_one_stage.py, or run_pdm_score.py for two stages, writes
for the same agent and split.
Where both files have a column "name", as those of `irl-vla score` do, rows are matched by token and name.
Ends with status 1 where a value differs by more than the tolerance.
"""

from dataclasses import dataclass
from pathlib import Path

from driving.errors import DataError
from navsim_agent.evaluation.compare_official import compare_with_official, format_comparison


@dataclass
class Config:
    """Keys of ``irl-vla compare``."""

    ours: str = "???"
    """scores.csv of `irl-vla evaluate`, or what `irl-vla score` wrote."""
    official: str = "???"
    """The devkit's CSV."""
    tolerance: float = 1e-6
    """Largest difference that counts as agreement."""
    worst: int = 5
    """Disagreeing rows shown for each column."""


def run(config: Config) -> None:
    comparison = compare_with_official(
        Path(config.ours), Path(config.official), config.tolerance, config.worst
    )
    print(format_comparison(comparison))
    if not comparison.agrees:
        raise DataError(f"{config.ours} and {config.official} do not agree")
