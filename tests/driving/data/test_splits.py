"""NAVSIM's YAML files, and the same windows as the devkit cuts."""

from dataclasses import replace
from pathlib import Path

import pytest

from driving.data.splits import (
    SceneFilter,
    Split,
    find_data,
    log_paths,
    read_scene_filter,
    read_split,
    scene_windows,
)
from driving.errors import DataError
from driving.log_frame import LogFrame
from tests import worlds
from tests.driving.data.conftest import DiskWorld


def _log(count: int) -> list[LogFrame]:
    frame = worlds.straight_road().current
    return [replace(frame, token=f"{index:016x}") for index in range(count)]


def _current(windows: list[tuple[LogFrame, ...]]) -> list[int]:
    return [int(window[3].token, 16) for window in windows]


@pytest.mark.parametrize(
    ("count", "interval", "expected"),
    [
        (17, 1, [3, 4, 5, 6]),
        (13, 1, []),
        (14, 1, [3]),
        (30, None, [3, 17]),
        (27, None, [3]),
        (20, 5, [3, 8]),
    ],
)
def test_windows_are_cut_by_list_index(count: int, interval: int | None, expected: list[int]) -> None:
    windows = list(scene_windows(_log(count), SceneFilter(frame_interval=interval)))
    assert _current(windows) == expected
    assert all(len(window) == 14 for window in windows)


def test_only_the_current_frame_needs_a_route() -> None:
    frames = _log(17)
    frames[3] = replace(frames[3], roadblock_ids=())
    assert _current(list(scene_windows(frames, SceneFilter(frame_interval=1)))) == [4, 5, 6]
    kept = scene_windows(frames, SceneFilter(frame_interval=1, has_route=False))
    assert _current(list(kept)) == [3, 4, 5, 6]


def test_tokens_name_current_frames() -> None:
    wanted = [f"{5:016x}", f"{0:016x}"]
    windows = scene_windows(_log(17), SceneFilter(frame_interval=1, tokens=wanted))
    assert _current(list(windows)) == [5]


def test_a_split_names_its_filter_or_holds_it(disk_world: DiskWorld, tmp_path: Path) -> None:
    assert disk_world.split.name == "hand_made" and disk_world.split.data_split == "test"
    assert disk_world.split.scene_filter.frame_interval == 1
    path = tmp_path / "inline.yaml"
    path.write_text("data_split: mini\nscene_filter:\n  num_future_frames: 8\n  frame_interval: 1\n")
    assert read_split(path) == Split("inline", "mini", SceneFilter(4, 8, 1))


def test_no_interval_means_no_overlap(tmp_path: Path) -> None:
    path = tmp_path / "filter.yaml"
    path.write_text("num_history_frames: 4\nnum_future_frames: 10\nframe_interval: null\n")
    assert read_scene_filter(path).frame_interval == 14


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("num_future: 8", "a scene filter has no 'num_future'"),
        ("frame_interval: 0", "frame_interval=0"),
        ("num_history_frames: many", "filter.yaml"),
        ("tokens: [12]", "tokens holds 12"),
        ("a: [", "not YAML"),
        ("[1, 2]", "holds a list"),
        ("", "holds a NoneType"),
        ("3: 4\nfuture: 1", "a scene filter has no '3'"),
        ("num_history_frames:", "num_history_frames is None, not a whole number"),
    ],
)
def test_a_bad_filter_is_one_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "filter.yaml"
    path.write_text(text)
    with pytest.raises(DataError, match=message) as error:
        read_scene_filter(path)
    assert str(error.value).startswith(str(path)) and "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("data_split: test", "names no scene_filter"),
        ("defaults:\n- scene_filter: all", "names no data_split"),
        ("data_split: test\ndefaults:\n- scene_filter: absent", "absent.yaml: cannot be read"),
        ("data_split: test\ndefaults:", "names no scene_filter"),
        ("data_split: test\ndefaults: [scene_filter, 3]", "names no scene_filter"),
        ("data_split: test\ndefaults:\n- scene_filter:", "names no scene_filter"),
        ("data_split: test\nscene_filter: all", "scene_filter holds 'all', not keys and values"),
        ("data_split: \xff", "not YAML"),
    ],
)
def test_a_bad_split_is_one_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "split.yaml"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(DataError, match=message) as error:
        read_split(path)
    assert str(error.value).startswith(str(tmp_path)) and "\n" not in str(error.value)


def test_roots_come_from_the_environment(disk_world: DiskWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENSCENE_DATA_ROOT", str(disk_world.root))
    monkeypatch.setenv("NUPLAN_MAPS_ROOT", str(disk_world.root / "maps"))
    assert find_data(disk_world.split) == disk_world.folders


def test_a_missing_root_is_one_line(
    disk_world: DiskWorld, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("OPENSCENE_DATA_ROOT", raising=False)
    with pytest.raises(DataError, match="OPENSCENE_DATA_ROOT is not set"):
        find_data(disk_world.split)
    with pytest.raises(DataError, match="navsim_logs/test: no such folder"):
        find_data(disk_world.split, tmp_path, disk_world.folders.maps)
    with pytest.raises(DataError, match="no_maps: no such folder"):
        find_data(disk_world.split, disk_world.root, tmp_path / "no_maps")


def test_logs_that_are_not_on_disk_are_passed_over(disk_world: DiskWorld) -> None:
    some = replace(disk_world.split.scene_filter, log_names=["stopped_car", "elsewhere"])
    paths = log_paths(replace(disk_world.split, scene_filter=some), disk_world.folders)
    assert [path.stem for path in paths] == ["stopped_car"]
    none = replace(disk_world.split.scene_filter, log_names=["elsewhere"])
    with pytest.raises(DataError, match="no log of split 'hand_made'"):
        log_paths(replace(disk_world.split, scene_filter=none), disk_world.folders)
