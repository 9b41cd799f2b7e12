"""What a split takes from each log: its own windows, and the synthetic scenes that were made from it."""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from driving.data.read_synthetic import log_of_synthetic_scene
from driving.data.splits import DataFolders, Split, log_paths
from driving.errors import DataError


@dataclass(frozen=True)
class LogSource:
    """The files of one log."""

    log: Path
    synthetic: tuple[Path, ...] = ()
    """Pickles of second-stage scenes, by token."""


def log_sources(split: Split, folders: DataFolders) -> list[LogSource]:
    """The logs of a split that are on disk, by name, each with its synthetic scenes.

    Synthetic scenes of logs that ``log_names`` leaves out are left out as well. Raises DataError where
    there is no log, where a synthetic scene that the split wants is missing, or cannot be read, or
    belongs to a log that is not there.
    """
    paths = log_paths(split, folders)
    if not split.scene_filter.include_synthetic_scenes:
        return [LogSource(path) for path in paths]
    by_log: dict[str, list[Path]] = defaultdict(list)
    for path in _synthetic_paths(split, folders):
        by_log[log_of_synthetic_scene(path)].append(path)
    names = split.scene_filter.log_names
    wanted = set(by_log) if names is None else set(by_log) & set(names)
    missing = sorted(wanted - {path.stem for path in paths})
    if missing:
        raise DataError(f"{by_log[missing[0]][0]}: its log {missing[0]!r} is not in {folders.logs}")
    return [LogSource(path, tuple(by_log[path.stem])) for path in paths]


def _synthetic_paths(split: Split, folders: DataFolders) -> list[Path]:
    """Files that the split's lists of tokens name; all that there are where it has no list."""
    assert folders.synthetic_scenes is not None, "a split with synthetic scenes has a folder of them"
    lists = (
        split.scene_filter.synthetic_scene_tokens,
        split.scene_filter.reactive_synthetic_initial_tokens,
    )
    wanted = [set(tokens) for tokens in lists if tokens is not None]
    if not wanted:
        return sorted(folders.synthetic_scenes.glob("*.pkl"))
    paths = [folders.synthetic_scenes / f"{token}.pkl" for token in sorted(set.intersection(*wanted))]
    for path in paths:
        if not path.is_file():
            raise DataError(f"{path}: no such file, but {split.name} names it")
    return paths
