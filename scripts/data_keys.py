"""Where the data of a split lie: keys that several verbs share."""

from dataclasses import dataclass
from pathlib import Path

from driving.data.splits import DataFolders, Split, find_data, read_split, split_path


@dataclass
class DataKeys:
    """``data=DIR split=test`` for an embedded world; recorded NAVSIM data through the environment."""

    data: str | None = None
    """Folder with maps, navsim_logs, sensor_blobs and train_test_split, as `irl-vla world` writes it.
    Without it OPENSCENE_DATA_ROOT and NUPLAN_MAPS_ROOT say where recorded data lie."""
    split: str = "???"
    """Name of a split in data=, or the path of a train_test_split YAML in NAVSIM's own format."""


def choose_split(keys: DataKeys) -> Split:
    """The split; where its data lie is not looked at. Raises DataError with the path that is missing."""
    return read_split(split_path(keys.split, None if keys.data is None else Path(keys.data)))


def open_split(keys: DataKeys) -> tuple[Split, DataFolders]:
    """The split and its folders. Raises DataError with the path that is missing."""
    root, split = None if keys.data is None else Path(keys.data), choose_split(keys)
    maps = None if root is None else root / "maps"
    return split, find_data(split, root, maps)
