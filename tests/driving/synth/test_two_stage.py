"""The second stage of a toy world: on disk as asked for, the same bytes again, driven as cars drive."""

import hashlib
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from driving.data.assemble import load_scenes, observe_frames
from driving.data.data_config import DataConfig
from driving.data.log_sources import log_sources
from driving.data.read_log import read_log
from driving.data.read_synthetic import read_synthetic_scene
from driving.data.splits import DataFolders, Split, find_data, read_split
from driving.errors import DataError
from driving.synth.build_town import TWO_STAGE_SPLIT, build_one_town, remove_town
from driving.synth.build_world import build_world, town_orders
from driving.synth.config import SensorConfig, TwoStageConfig, WorldConfig
from driving.synth.perturbed_drive import Perturbation, perturb
from driving.synth.traffic import STEP_S

SCENES = f"{TWO_STAGE_SPLIT}/synthetic_scene_pickles"


@pytest.fixture(scope="module")
def two_stage(toy_config: WorldConfig) -> WorldConfig:
    return replace(toy_config, two_stage=TwoStageConfig(starts=2, scenes_per_log=1))


@pytest.fixture(scope="module")
def world(two_stage: WorldConfig, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("two_stage")
    report = build_world(two_stage, out, quiet=True)
    assert not report.failures and report.two_stage(), report.summary()
    return out


def opened(world: Path) -> tuple[Split, DataFolders]:
    split = read_split(world / "train_test_split" / f"{TWO_STAGE_SPLIT}.yaml")
    return split, find_data(split, world, world / "maps")


def digests(root: Path) -> dict[str, str]:
    files = [path for path in sorted(root.rglob("*")) if path.is_file()]
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def build_test_town(config: WorldConfig, out: Path) -> list[Path]:
    """Builds the test town alone; returns its synthetic scenes."""
    build_one_town(town_orders(config)[0], config, out)
    return sorted((out / SCENES).iterdir())


def test_the_same_seed_gives_the_same_bytes(world, two_stage, tmp_path):
    build_test_town(two_stage, tmp_path)
    again, first = digests(tmp_path), digests(world)
    assert len(again) > 6
    assert again == {name: first[name] for name in again}


def test_the_logs_are_those_of_a_world_without(world, toy_world):
    def logs(root: Path) -> dict[str, str]:
        return digests(root / "navsim_logs")

    assert logs(world) == logs(toy_world.out)


def test_every_scene_of_the_split_is_there_and_no_other(world):
    split, folders = opened(world)
    tokens = {scene.token for scene in load_scenes(split, folders)}
    mapped = {t for m in split.two_stage for t in (m.now, m.before, *m.second_stage_tokens)}
    assert tokens == mapped
    on_disk = {path.stem for path in (world / SCENES).iterdir()}
    assert on_disk == {t for m in split.two_stage for t in m.second_stage_tokens}
    assert on_disk == set(split.scene_filter.reactive_synthetic_initial_tokens or ())


def test_a_second_stage_starts_four_seconds_later_and_in_pairs(world):
    split, folders = opened(world)
    moments = {
        frame.token: frame.timestamp_us for path in folders.logs.glob("*.pkl") for frame in read_log(path)
    }
    for mapping in split.two_stage:
        assert moments[mapping.now] - moments[mapping.before] == 500_000
        for now, before in mapping.pairs:
            later, earlier = (read_synthetic_scene(world / SCENES / f"{t}.pkl") for t in (now, before))
            for scene, first in ((later, mapping.now), (earlier, mapping.before)):
                assert scene.original_token == first
                assert scene.frames[3].timestamp_us == moments[first] + 4_000_000
                assert moments[scene.original_last_token] == scene.frames[3].timestamp_us
            for a, b in zip(later.frames[:-1], earlier.frames[1:], strict=True):
                assert np.array_equal(a.ego_pose_in_map, b.ego_pose_in_map)
                assert a.token == b.token


def test_starts_differ_from_the_log_and_from_each_other(world):
    split, folders = opened(world)
    poses = {
        frame.token: frame.ego_pose_in_map for path in folders.logs.glob("*.pkl") for frame in read_log(path)
    }
    for mapping in split.two_stage:
        scenes = [read_synthetic_scene(world / SCENES / f"{now}.pkl") for now, _ in mapping.pairs]
        starts = [scene.frames[3].ego_pose_in_map for scene in scenes]
        starts.append(poses[scenes[0].original_last_token])
        places = {tuple(np.round(start, 3)) for start in starts}
        assert len(places) == len(starts)


def test_a_missing_scene_is_named(world, tmp_path):
    shutil.copytree(world, tmp_path, dirs_exist_ok=True)
    gone = sorted((tmp_path / SCENES).iterdir())[0]
    gone.unlink()
    with pytest.raises(DataError, match=f"{gone.name}: no such file"):
        log_sources(*opened(tmp_path))


def test_some_logs_bring_only_their_own_scenes(world):
    split, folders = opened(world)
    names = split.scene_filter.log_names or []
    some = replace(split, scene_filter=replace(split.scene_filter, log_names=names[:1]))
    (source,) = log_sources(some, folders)
    assert source.log.stem == names[0] and source.synthetic
    assert {read_synthetic_scene(path).log_name for path in source.synthetic} == {names[0]}


def test_scenes_of_a_log_that_is_not_there_are_named(world, tmp_path):
    shutil.copytree(world, tmp_path, dirs_exist_ok=True)
    split, folders = opened(tmp_path)
    name = (split.scene_filter.log_names or [])[-1]
    other = folders.logs / f"{name}.pkl"
    other.rename(folders.logs / f"{'z' * 9}.pkl")
    everything = replace(split, scene_filter=replace(split.scene_filter, log_names=None))
    with pytest.raises(DataError, match=f"its log '{name}' is not in"):
        log_sources(everything, folders)


def test_a_town_takes_its_scenes_with_it(world, toy_world, tmp_path):
    shutil.copytree(world, tmp_path, dirs_exist_ok=True)
    remove_town(tmp_path, toy_world.orders[0])
    assert not list((tmp_path / SCENES).iterdir())


def test_without_an_ego_future_only_what_others_do_is_told(two_stage, tmp_path):
    config = replace(two_stage, two_stage=TwoStageConfig(starts=1, scenes_per_log=1, ego_future=False))
    scenes = [read_synthetic_scene(path) for path in build_test_town(config, tmp_path)]
    assert {(scene.ego_frames, len(scene.frames)) for scene in scenes} == {(4, 12)}
    assert any(len(scene.frames[-1].names) for scene in scenes)


def test_a_planner_sees_where_it_is(two_stage, tmp_path):
    sensors = SensorConfig(cameras=["CAM_F0"], width_px=64, height_px=36, history=False, lidar=True)
    config = replace(two_stage, sensors=sensors, logs_per_town=1)
    scenes = [read_synthetic_scene(path) for path in build_test_town(config, tmp_path)]
    root = tmp_path / TWO_STAGE_SPLIT / "sensor_blobs"
    data = DataConfig(cameras=["CAM_F0"], image_height=36, image_width=64)
    seen = [observe_frames(scene.frames[:4], root, data).images.numpy() for scene in scenes]
    assert len({picture.tobytes() for picture in seen}) == len(seen)
    current = [scene.frames[3] for scene in scenes]
    named = {path for frame in current for path in (frame.cameras["CAM_F0"].path, frame.lidar_path)}
    assert {path.relative_to(root) for path in root.rglob("*.*")} == named


@pytest.mark.parametrize(
    "perturbation",
    [Perturbation(0.0, 0.0, 0.0), Perturbation(0.73, 1.0, 0.05), Perturbation(-0.9, -1.2, -0.07)],
)
def test_a_perturbed_drive_obeys_kinematics(toy_stage, perturbation):
    drive = max(toy_stage.drives, key=lambda one: len(one.s))
    middle = len(drive.s) // 2
    moved = perturb(drive, drive.first + middle, perturbation)
    moving = slice(middle - 20, middle + 60)
    step = np.diff(moved.pose[moving, :2], axis=0)
    speed = np.hypot(*step.T) / STEP_S
    assert np.abs(speed - moved.speed[moving][1:]).max() < 0.5
    fast = speed > 1.0
    course = np.arctan2(step[fast, 1], step[fast, 0])
    slip = np.angle(np.exp(1j * (course - moved.pose[moving, 2][1:][fast])))
    assert np.abs(slip).max() < 0.06
    late = moved.pose[moving.stop] - drive.pose[moving.stop]
    if perturbation == Perturbation(0.0, 0.0, 0.0):
        assert np.abs(late[:2]).max() < 1e-6


def test_a_start_is_where_it_was_asked_for(toy_stage):
    drive = max(toy_stage.drives, key=lambda one: one.speed.mean())
    k = int(np.argmax(drive.speed))
    moved = perturb(drive, drive.first + k, Perturbation(0.0, 0.8, 0.04))
    x, y, heading = moved.pose[k] - drive.pose[k]
    left = -np.sin(drive.pose[k, 2]) * x + np.cos(drive.pose[k, 2]) * y
    assert left == pytest.approx(0.8, abs=1e-6)
    assert np.angle(np.exp(1j * heading)) == pytest.approx(0.04, abs=5e-3)
