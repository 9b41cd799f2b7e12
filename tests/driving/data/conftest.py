"""A hand-made world on disk: two logs of 4 and 2 scenes, two maps, pictures, a split."""

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from driving.data.splits import DataFolders, Split, find_data, read_split
from driving.log_frame import LogFrame
from driving.scene import Scene
from tests import worlds
from tests.driving.data.official_files import write_data
from tests.world_maps import crossing_map, straight_map


@dataclass(frozen=True)
class DiskWorld:
    root: Path
    split: Split
    folders: DataFolders
    logs: dict[str, list[LogFrame]]


@pytest.fixture(scope="session")
def pristine_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("pristine") / "data"
    write_data(root, hand_made_logs(), [crossing_map(), straight_map()])
    return root


@pytest.fixture
def disk_world(pristine_root: Path, tmp_path: Path) -> DiskWorld:
    """A copy that a test may spoil."""
    root = tmp_path / "data"
    shutil.copytree(pristine_root, root)
    split = read_split(root / "train_test_split" / "hand_made.yaml")
    return DiskWorld(root, split, find_data(split, root, root / "maps"), hand_made_logs())


def hand_made_logs() -> dict[str, list[LogFrame]]:
    return {
        "red_light": _frames(worlds.crossing_with_red_light(speed_mps=3.0), 17, "red_light"),
        "stopped_car": _frames(worlds.stopped_car_ahead(), 15, "stopped_car"),
    }


def _frames(scene: Scene, count: int, log_name: str) -> list[LogFrame]:
    """The scene's frames, the last one repeated half a second apart until there are ``count``."""
    frames = [replace(frame, log_name=log_name) for frame in scene.frames]
    while len(frames) < count:
        last = frames[-1]
        frames.append(
            replace(
                last,
                token=f"{last.token[:12]}{len(frames):04x}",
                timestamp_us=last.timestamp_us + 500_000,
            )
        )
    return frames
