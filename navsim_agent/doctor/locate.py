"""Which split is meant and where its data should lie, whether or not they do."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from driving.data.splits import DataFolders, SceneFilter, Split, read_split, split_path
from navsim_agent.doctor.environment import DATA, DEVKIT, MAPS, SECOND_STAGE, root_of

SPLITS_OF_DEVKIT = Path("navsim/planning/script/config/common/train_test_split")


@dataclass(frozen=True)
class Located:
    """A split and its folders, of which any may be missing."""

    split: Split
    folders: DataFolders


def find_split(name: str, data: Path | None) -> Split:
    """A split as the other verbs take it, or a folder of log pickles, every window of which is then a scene.

    Raises DataError with the path that is no split.
    """
    path = Path(name)
    if path.is_dir():
        return Split(path.name, path.name, SceneFilter(frame_interval=1))
    return read_split(split_path(name, data))


def where_split_files_are(name: str, environment: Mapping[str, str]) -> str:
    """A cure for a split that cannot be read: what to type instead."""
    root = root_of(environment, DEVKIT.name)
    path = None if root is None else root / SPLITS_OF_DEVKIT / f"{Path(name).stem}.yaml"
    if path is not None and path.is_file():
        return f"split={path}"
    return (
        f"give the path of a train_test_split YAML (the devkit has them in {SPLITS_OF_DEVKIT}), or a folder "
        "of logs; for an embedded world data=FOLDER split=test"
    )


def locate(split: Split, name: str, data: Path | None, environment: Mapping[str, str]) -> Located | None:
    """The folders where the other verbs look. None where the root of recorded data is not known, or wrong."""
    logs = Path(name) if Path(name).is_dir() else None
    root = data or (logs and logs.absolute().parent.parent) or root_of(environment, DATA.name)
    maps = data / "maps" if data is not None else root_of(environment, MAPS.name)
    if root is None or (data is None and logs is None and not DATA.is_right(root)):
        return None
    scenes = sensors = None
    if split.scene_filter.include_synthetic_scenes:
        scenes, sensors = (root_of(environment, variable) for variable in SECOND_STAGE)
        scenes = scenes or root / split.name / "synthetic_scene_pickles"
        sensors = sensors or root / split.name / "sensor_blobs"
    folders = DataFolders(
        logs or root / "navsim_logs" / split.data_split,
        root / "sensor_blobs" / split.data_split,
        maps or root / "maps",
        scenes,
        sensors,
    )
    return Located(split, folders)
