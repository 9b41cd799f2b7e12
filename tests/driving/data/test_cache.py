"""The cache gives back what was seen, survives a stop, and refuses what is half-written."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from driving.data import build_cache as build_cache_module
from driving.data.assemble import load_scenes, observe_scene
from driving.data.build_cache import build_cache
from driving.data.cache_files import INDEX_NAME
from driving.data.cached_dataset import CachedDataset
from driving.data.data_config import DataConfig
from driving.data.examples import EXAMPLE_TENSORS, collate, to_tensors
from driving.data.make_targets import make_example
from driving.data.splits import SceneFilter, Split
from driving.errors import DataError
from driving.targets import Example
from tests.driving.data.conftest import DiskWorld

CONFIG = DataConfig(image_height=32, image_width=56, bev_cells=32)


def _build(world: DiskWorld, config: DataConfig = CONFIG, **changes: object) -> CachedDataset:
    scene_filter = replace(world.split.scene_filter, **changes)
    split = replace(world.split, scene_filter=scene_filter)
    build_cache(split, world.folders, config, _folder(world), show_progress=False)
    return CachedDataset(_folder(world))


def _folder(world: DiskWorld) -> Path:
    return world.root / "cache"


def _rebuilt(world: DiskWorld, config: DataConfig = CONFIG) -> int:
    report = build_cache(world.split, world.folders, config, _folder(world), show_progress=False)
    assert (report.scenes, report.logs) == (6, 2)
    return report.built


def _assert_same(a: Example, b: Example) -> None:
    assert a.observation.tokens == b.observation.tokens and a.answers == b.answers
    left, right = to_tensors(a), to_tensors(b)
    for name in EXAMPLE_TENSORS:
        assert left[name].dtype == right[name].dtype
        assert torch.equal(left[name], right[name]), name


def test_the_cache_gives_back_every_example(disk_world: DiskWorld) -> None:
    dataset = _build(disk_world)
    scenes = list(load_scenes(disk_world.split, disk_world.folders))
    assert dataset.tokens == [scene.token for scene in scenes]
    assert dataset.log_names == [scene.log_name for scene in scenes]
    assert dataset.timestamps_us == [scene.current.timestamp_us for scene in scenes]
    for number, scene in enumerate(scenes):
        seen = observe_scene(scene, disk_world.folders.sensors, CONFIG)
        _assert_same(dataset[number], make_example(scene, seen, CONFIG))


def test_batches_and_columns(disk_world: DiskWorld) -> None:
    dataset = _build(disk_world)
    loader = torch.utils.data.DataLoader(dataset, batch_size=4, collate_fn=collate, num_workers=1)
    batches = list(loader)
    assert [len(batch.observation) for batch in batches] == [4, 2]
    whole = collate(batches)
    _assert_same(whole, collate([dataset[number] for number in range(6)]))
    assert torch.equal(dataset.column("expert"), whole.expert)
    assert dataset.answers == list(whole.answers)
    with pytest.raises(KeyError, match="lidar"):
        dataset.column("lidar")


def test_two_processes_make_the_same_cache(disk_world: DiskWorld) -> None:
    _build(disk_world)
    folder = disk_world.root / "parallel"
    build_cache(disk_world.split, disk_world.folders, CONFIG, folder, 2, show_progress=False)
    for path in _folder(disk_world).iterdir():
        assert path.read_bytes() == (folder / path.name).read_bytes()


def test_what_is_there_is_kept(disk_world: DiskWorld) -> None:
    assert _rebuilt(disk_world) == 2
    assert _rebuilt(disk_world) == 0
    (_folder(disk_world) / "red_light.safetensors").unlink()
    assert _rebuilt(disk_world) == 1
    assert _rebuilt(disk_world, replace(CONFIG, bev_extent_m=16.0)) == 2


def test_a_changed_log_map_or_schema_is_built_again(
    disk_world: DiskWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    _rebuilt(disk_world)
    log = disk_world.folders.logs / "red_light.pkl"
    log.write_bytes(log.read_bytes() + b" ")
    assert _rebuilt(disk_world) == 1
    path = disk_world.folders.maps / "us-ma-boston" / "1.0" / "map.gpkg"
    path.write_bytes(path.read_bytes() + b" ")
    assert _rebuilt(disk_world) == 1
    monkeypatch.setattr(build_cache_module, "SCHEMA_VERSION", 0)
    assert _rebuilt(disk_world) == 2


def test_a_stopped_build_is_taken_up(disk_world: DiskWorld) -> None:
    pictures = disk_world.folders.sensors / "stopped_car_ahead"
    moved = pictures.rename(pictures.with_name("moved"))
    with pytest.raises(DataError, match="not a picture"):
        _rebuilt(disk_world)
    with pytest.raises(DataError, match="unfinished cache"):
        CachedDataset(_folder(disk_world))
    moved.rename(pictures)
    assert _rebuilt(disk_world) == 1
    assert len(CachedDataset(_folder(disk_world))) == 6


def test_a_half_written_shard_is_refused_and_built_again(disk_world: DiskWorld) -> None:
    _build(disk_world)
    shard = _folder(disk_world) / "red_light.safetensors"
    shard.write_bytes(shard.read_bytes()[:-100])
    with pytest.raises(DataError, match=r"red_light.safetensors: \d+ bytes, not") as error:
        CachedDataset(_folder(disk_world))
    assert "\n" not in str(error.value)
    assert _rebuilt(disk_world) == 1


def test_no_part_of_a_file_stays_behind(disk_world: DiskWorld) -> None:
    _build(disk_world)
    names = {path.name for path in _folder(disk_world).iterdir()}
    assert names == {INDEX_NAME, "red_light.safetensors", "stopped_car.safetensors"}


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"schema_version": 1}', "{nonsense"])
def test_a_garbled_index_is_one_line(disk_world: DiskWorld, content: str) -> None:
    _build(disk_world)
    (_folder(disk_world) / INDEX_NAME).write_text(content)
    with pytest.raises(DataError, match="not an index") as error:
        CachedDataset(_folder(disk_world))
    assert "\n" not in str(error.value)


def test_another_schema_version_is_refused(disk_world: DiskWorld) -> None:
    _build(disk_world)
    path = _folder(disk_world) / INDEX_NAME
    path.write_text(json.dumps(json.loads(path.read_text()) | {"schema_version": 99}))
    with pytest.raises(DataError, match="schema version 99"):
        CachedDataset(_folder(disk_world))


def test_a_missing_cache_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such cache"):
        CachedDataset(tmp_path / "absent")


def test_max_scenes_counts_over_all_logs(disk_world: DiskWorld) -> None:
    assert _build(disk_world, max_scenes=5).log_names == ["red_light"] * 4 + ["stopped_car"]
    assert _build(disk_world, max_scenes=3).log_names == ["red_light"] * 3
    assert len(_build(disk_world)) == 6


def test_a_split_must_hold_scenes_that_are_long_enough(disk_world: DiskWorld) -> None:
    with pytest.raises(DataError, match="no scene of split"):
        _build(disk_world, tokens=["unknown"])
    short = Split("short", "test", SceneFilter(num_future_frames=7))
    with pytest.raises(DataError, match="num_future_frames=7"):
        build_cache(short, disk_world.folders, CONFIG, _folder(disk_world), show_progress=False)


def test_without_pictures_everything_else_is_the_same(disk_world: DiskWorld) -> None:
    seen, blind = _build(disk_world)[0], CachedDataset(_folder(disk_world), pictures=False)[0]
    assert blind.observation.images.shape == (1, len(CONFIG.cameras), 3, 0, 0)
    left, right = to_tensors(seen), to_tensors(blind)
    assert all(torch.equal(left[name], right[name]) for name in EXAMPLE_TENSORS if name != "images")


def test_logs_without_sensor_blobs_can_be_cached(disk_world: DiskWorld) -> None:
    shutil.rmtree(disk_world.folders.sensors)
    dataset = _build(disk_world, replace(CONFIG, cameras=[]))
    example = collate([dataset[0], dataset[1]])
    assert example.observation.images.shape == (2, 0, 3, 32, 56)
    assert example.observation.intrinsics.shape == (2, 0, 3, 3)
    assert example.observation.camera_to_ego.shape == (2, 0, 4, 4)
