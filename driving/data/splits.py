"""Splits and scene filters in NAVSIM's own YAML format, and the windows of frames they choose."""

import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import yaml

from driving.data.two_stage import TwoStageMapping, parse_mappings
from driving.errors import DataError
from driving.log_frame import LogFrame


@dataclass
class SceneFilter:
    """Which windows of a log are scenes; the fields are those of NAVSIM's ``SceneFilter``.

    The fields after ``tokens`` choose synthetic second-stage scenes.
    """

    num_history_frames: int = 4
    num_future_frames: int = 10
    frame_interval: int | None = None
    """Frames from one window to the next; None: windows do not overlap."""
    has_route: bool = True
    """Only windows whose current frame has a route."""
    max_scenes: int | None = None
    log_names: list[str] | None = None
    tokens: list[str] | None = None
    """Tokens of current frames."""
    include_synthetic_scenes: bool = False
    all_mapping: Any = None
    synthetic_scene_tokens: list[str] | None = None
    reactive_synthetic_initial_tokens: list[str] | None = None
    non_reactive_synthetic_initial_tokens: list[str] | None = None

    def __post_init__(self) -> None:
        if self.frame_interval is None:
            self.frame_interval = self.num_frames
        if self.num_history_frames < 1 or self.num_future_frames < 0 or self.frame_interval < 1:
            raise ValueError(
                f"num_history_frames={self.num_history_frames}, frame_interval="
                f"{self.frame_interval} must be >= 1, num_future_frames="
                f"{self.num_future_frames} >= 0"
            )

    @property
    def num_frames(self) -> int:
        return self.num_history_frames + self.num_future_frames


@dataclass
class Split:
    """A named choice of scenes: which folder of logs, and which windows of them."""

    name: str
    data_split: str
    """Folder below ``navsim_logs`` and ``sensor_blobs``."""
    scene_filter: SceneFilter = field(default_factory=SceneFilter)
    two_stage: tuple[TwoStageMapping, ...] = ()
    """``reactive_all_mapping``: what the two-stage score is made of; empty for a one-stage split."""


@dataclass(frozen=True)
class DataFolders:
    """Where the logs and pictures of a split, and the maps, lie."""

    logs: Path
    sensors: Path
    maps: Path
    synthetic_scenes: Path | None = None
    """Pickles of second-stage scenes; None for a split without."""
    synthetic_sensors: Path | None = None

    def pictures(self, is_synthetic: bool) -> Path:
        """The sensor root of the log's own scenes, or of the synthetic ones."""
        if not is_synthetic:
            return self.sensors
        if self.synthetic_sensors is None:
            raise DataError(f"{self.logs}: the split has no synthetic scenes, and no pictures of them")
        return self.synthetic_sensors


def split_path(split: str, data_root: Path | None) -> Path:
    """The YAML that ``split`` names: a path, or the name of a split below ``data_root``."""
    path = Path(split)
    if path.suffix == ".yaml" or data_root is None:
        return path
    return data_root / "train_test_split" / f"{split}.yaml"


def read_split(path: Path) -> Split:
    """A ``train_test_split`` YAML with its scene filter: in place, or named under ``defaults``.

    Raises DataError naming the file and the key that cannot be used.
    """
    content = _read_yaml(path)
    inline, names = content.get("scene_filter"), _default_filters(content.get("defaults"))
    if inline is None and not names:
        raise DataError(f"{path}: names no scene_filter")
    if "data_split" not in content:
        raise DataError(f"{path}: names no data_split")
    if inline is None:
        scene_filter = read_scene_filter(path.parent / "scene_filter" / f"{names[0]}.yaml")
    else:
        scene_filter = _scene_filter(inline, path)
    two_stage = parse_mappings(content.get("reactive_all_mapping"), path)
    return Split(path.stem, str(content["data_split"]), scene_filter, two_stage)


def _default_filters(defaults: Any) -> list[Any]:
    """The scene filters in Hydra's list of defaults."""
    items = [item for item in defaults if isinstance(item, dict)] if isinstance(defaults, list) else []
    return [item["scene_filter"] for item in items if item.get("scene_filter") is not None]


def read_scene_filter(path: Path) -> SceneFilter:
    """A ``scene_filter`` YAML. Raises DataError naming the file and the key at fault."""
    return _scene_filter(_read_yaml(path), path)


def find_data(split: Split, data_root: Path | None = None, maps_root: Path | None = None) -> DataFolders:
    """The folders of a split, below the given roots or those of the environment.

    Synthetic scenes lie in ``<split>/synthetic_scene_pickles`` and their pictures in
    ``<split>/sensor_blobs``, unless SYNTHETIC_SCENES_PATH and SYNTHETIC_SENSOR_PATH (the names of the
    devkit's own scripts) say otherwise. Raises DataError where OPENSCENE_DATA_ROOT or
    NUPLAN_MAPS_ROOT is needed and not set, or where logs, maps or synthetic scenes are not there.
    Pictures may be missing until somebody asks for one.
    """
    data_root = data_root or root_of_environment("OPENSCENE_DATA_ROOT")
    maps_root = maps_root or root_of_environment("NUPLAN_MAPS_ROOT")
    logs = data_root / "navsim_logs" / split.data_split
    scenes = sensors = None
    if split.scene_filter.include_synthetic_scenes:
        stage_two = data_root / split.name
        scenes = folder_of_environment("SYNTHETIC_SCENES_PATH", stage_two / "synthetic_scene_pickles")
        sensors = folder_of_environment("SYNTHETIC_SENSOR_PATH", stage_two / "sensor_blobs")
    for folder in (logs, maps_root, scenes):
        if folder is not None and not folder.is_dir():
            raise DataError(f"{folder}: no such folder")
    return DataFolders(logs, data_root / "sensor_blobs" / split.data_split, maps_root, scenes, sensors)


def log_paths(split: Split, folders: DataFolders) -> list[Path]:
    """The logs of a split that are on disk, by name. Raises DataError where there is none."""
    paths = logs_of(split.scene_filter.log_names, folders.logs)
    if not paths:
        raise DataError(f"{folders.logs}: no log of split {split.name!r}")
    return paths


def logs_of(names: Collection[str] | None, folder: Path) -> list[Path]:
    """The logs in a folder, by name: those of ``names``, or all; none where the folder is missing."""
    wanted = None if names is None else set(names)
    return [path for path in sorted(folder.glob("*.pkl")) if wanted is None or path.stem in wanted]


def scene_windows(frames: Sequence[LogFrame], scene_filter: SceneFilter) -> Iterator[tuple[LogFrame, ...]]:
    """The windows of one log that pass the filter, cut by list index as the official devkit does.

    ``max_scenes`` counts over all logs and is left to the caller.
    """
    tokens = None if scene_filter.tokens is None else set(scene_filter.tokens)
    step = scene_filter.frame_interval or scene_filter.num_frames
    for start in range(0, len(frames) - scene_filter.num_frames + 1, step):
        window = tuple(frames[start : start + scene_filter.num_frames])
        current = window[scene_filter.num_history_frames - 1]
        if scene_filter.has_route and not current.roadblock_ids:
            continue
        if tokens is None or current.token in tokens:
            yield window


def _scene_filter(content: Any, path: Path) -> SceneFilter:
    if not isinstance(content, dict):
        raise DataError(f"{path}: scene_filter holds {str(content)[:80]!r}, not keys and values")
    values = {key: value for key, value in content.items() if key not in ("_target_", "_convert_")}
    unknown = sorted(str(key) for key in set(values) - {item.name for item in fields(SceneFilter)})
    if unknown:
        raise DataError(f"{path}: a scene filter has no {unknown[0]!r}")
    for name in (*_COUNTS, *_COUNTS_OR_NULL):
        value = values.get(name, 1)
        if not isinstance(value, int) and not (value is None and name in _COUNTS_OR_NULL):
            raise DataError(f"{path}: {name} is {value!r}, not a whole number")
    for name in _NAME_LISTS:
        names = values.get(name)
        if not isinstance(names, list | None):
            raise DataError(f"{path}: {name} is {names!r}, not a list")
        for item in names or ():
            if not isinstance(item, str):
                raise DataError(f"{path}: {name} holds {item!r}, which is not text: quote it")
    try:
        return SceneFilter(**values)
    except ValueError as error:
        raise DataError(f"{path}: {error}") from None


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_FAST_LOADER)
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: not YAML ({' '.join(str(error).split())})") from None
    if not isinstance(content, dict):
        raise DataError(f"{path}: holds a {type(content).__name__}, not keys and values")
    return content


def root_of_environment(name: str) -> Path:
    """The folder that an environment variable names. Raises DataError where it is not set."""
    if not os.environ.get(name):
        raise DataError(f"{name} is not set, and no folder was given instead")
    return Path(os.environ[name])


def folder_of_environment(name: str, default: Path) -> Path:
    """The same where it may be left unset."""
    return Path(os.environ[name]) if os.environ.get(name) else default


_COUNTS = ("num_history_frames", "num_future_frames")
_COUNTS_OR_NULL = ("frame_interval", "max_scenes")
_NAME_LISTS = (
    "log_names",
    "tokens",
    "synthetic_scene_tokens",
    "reactive_synthetic_initial_tokens",
    "non_reactive_synthetic_initial_tokens",
)

_FAST_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""navtrain's filter lists a hundred thousand tokens."""
