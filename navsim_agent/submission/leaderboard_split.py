"""Which plans a submission must hold: the tokens of a split, by the keys of the official file."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from driving.data.splits import Split, folder_of_environment, root_of_environment
from driving.errors import DataError

ONE_STAGE_KEY = "predictions"
"""What the navtest leaderboard reads: that of the devkit v1.1, which scores it."""
TWO_STAGE_KEYS = ("first_stage_predictions", "second_stage_predictions")
"""Since v2.0: navhard, warmup and the private test set."""
PRIVATE_PREFIX = "private_"
"""Data splits of this name are in the private format; see ``read_private``."""


@dataclass(frozen=True)
class LeaderboardSplit:
    """A split that can be submitted."""

    name: str
    data_split: str
    log_names: tuple[str, ...] | None
    """Logs that hold the first stage; None: any."""
    stages: Mapping[str, tuple[str, ...]]
    """Key of the official file -> tokens whose plans belong there: one stage or two."""

    @property
    def is_private(self) -> bool:
        """Whether its data are in the format of the private test set."""
        return self.data_split.startswith(PRIVATE_PREFIX)

    @property
    def first_stage(self) -> tuple[str, ...]:
        return next(iter(self.stages.values()))

    @property
    def second_stage(self) -> tuple[str, ...]:
        """Tokens of synthetic scenes; none in a one-stage split."""
        return self.stages.get(TWO_STAGE_KEYS[1], ())


@dataclass(frozen=True)
class SubmissionFolders:
    """Where the scenes of a split lie; a planner that only observes needs no maps."""

    logs: Path
    sensors: Path
    synthetic_scenes: Path
    synthetic_sensors: Path


def leaderboard_split(split: Split) -> LeaderboardSplit:
    """What has to be submitted for ``split``.

    The second stage is what the official script takes, ``reactive_synthetic_initial_tokens``. Raises
    DataError for a split that lists no tokens, or synthetic scenes without saying which.
    """
    chosen = split.scene_filter
    first, second = chosen.tokens, chosen.reactive_synthetic_initial_tokens
    if not first:
        raise DataError(f"split {split.name}: lists no tokens, but every split of a leaderboard does")
    if chosen.include_synthetic_scenes and not second:
        raise DataError(
            f"split {split.name}: has synthetic scenes but no reactive_synthetic_initial_tokens, so the "
            "official script could make no submission of it"
        )
    stages = {ONE_STAGE_KEY: first} if not second else dict(zip(TWO_STAGE_KEYS, (first, second), strict=True))
    both = set(first) & set(second or ())
    if both:
        raise DataError(f"split {split.name}: {min(both)} is in both stages")
    return LeaderboardSplit(
        split.name,
        split.data_split,
        None if chosen.log_names is None else tuple(chosen.log_names),
        {key: tuple(dict.fromkeys(tokens)) for key, tokens in stages.items()},
    )


def find_scenes_to_submit(split: LeaderboardSplit, data_root: Path | None) -> SubmissionFolders:
    """The folders below ``data_root`` or OPENSCENE_DATA_ROOT, where the devkit's docs put them.

    SYNTHETIC_SCENES_PATH and SYNTHETIC_SENSOR_PATH may say otherwise. Raises DataError where logs or
    synthetic scenes are not there.
    """
    root = data_root or root_of_environment("OPENSCENE_DATA_ROOT")
    scenes = "openscene_meta_datas" if split.is_private else "synthetic_scene_pickles"
    folders = SubmissionFolders(
        root / "navsim_logs" / split.data_split,
        root / "sensor_blobs" / split.data_split,
        folder_of_environment("SYNTHETIC_SCENES_PATH", root / split.name / scenes),
        folder_of_environment("SYNTHETIC_SENSOR_PATH", root / split.name / "sensor_blobs"),
    )
    for folder in (folders.logs, *((folders.synthetic_scenes,) if split.second_stage else ())):
        if not folder.is_dir():
            raise DataError(f"{folder}: no such folder")
    return folders
