"""Scenes to submit: found by token in every format, without annotations, and none is lost in silence."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from driving.data.assemble import observe_frames
from driving.data.restricted_pickle import load_plain_pickle
from driving.data.splits import SceneFilter, Split, read_split
from driving.data.write_log import dumps_for_any_numpy, write_log
from driving.errors import DataError
from driving.observation import TENSOR_FIELDS, Observation
from driving.observation_config import ObservationConfig
from navsim_agent.submission.leaderboard_split import (
    LeaderboardSplit,
    find_scenes_to_submit,
    leaderboard_split,
)
from navsim_agent.submission.read_scenes import ObservedScene, read_scenes
from tests import worlds
from tests.driving.data.official_files import CAMERAS, write_pictures
from tests.navsim_agent.submission.toy_splits import write_private_split

FRAMES = worlds.turning_at_crossing().frames
SYNTHETIC = tuple(
    replace(frame, token=f"{frame.token}5") for frame in worlds.straight_road(name="synthetic").frames
)


@pytest.fixture
def one_stage(tmp_path: Path) -> tuple[LeaderboardSplit, Path]:
    """One log with pictures of which two scenes are to be submitted, the later one first."""
    write_log(list(FRAMES), tmp_path / "navsim_logs" / "test" / f"{FRAMES[0].log_name}.pkl")
    for number in (5, 9):
        write_pictures(tmp_path / "sensor_blobs" / "test", FRAMES[number], seed=number)
    tokens = [FRAMES[9].token, FRAMES[5].token]
    return leaderboard_split(Split("toy", "test", SceneFilter(tokens=tokens, frame_interval=7))), tmp_path


def read(split: LeaderboardSplit, root: Path, cameras: tuple[str, ...] = CAMERAS) -> list[ObservedScene]:
    return read_scenes(split, find_scenes_to_submit(split, root), cameras)


def same(one: Observation, other: Observation) -> bool:
    tensors = all(torch.equal(getattr(one, name), getattr(other, name)) for name in TENSOR_FIELDS)
    return tensors and one.tokens == other.tokens


def test_scenes_come_in_the_order_of_the_list_and_show_what_their_frames_show(
    one_stage: tuple[LeaderboardSplit, Path],
) -> None:
    """Whatever ``frame_interval`` would skip, and with fewer frames after it than ``num_future_frames``."""
    split, root = one_stage
    scenes, config = read(split, root), ObservationConfig(list(CAMERAS), 32, 64)
    assert [scene.token for scene in scenes] == list(split.first_stage)
    for scene, number in zip(scenes, (9, 5), strict=True):
        pictures = root / "sensor_blobs" / "test"
        whole = observe_frames(FRAMES[number - 3 : number + 1], pictures, config)
        assert same(observe_frames(scene.history, scene.pictures, config), whole)
        assert all(frame.names == () for frame in scene.history)


def test_a_log_without_annotations_route_and_lights_is_enough(
    one_stage: tuple[LeaderboardSplit, Path],
) -> None:
    split, root = one_stage
    before = read(split, root)
    (path,) = (root / "navsim_logs" / "test").iterdir()
    frames = load_plain_pickle(path)
    for frame in frames:
        for key in ("anns", "roadblock_ids", "traffic_lights", "map_location", "lidar_path"):
            del frame[key]
    path.write_bytes(dumps_for_any_numpy(frames))
    config = ObservationConfig(list(CAMERAS), 32, 64)
    for one, other in zip(before, read(split, root), strict=True):
        seen = [observe_frames(scene.history, scene.pictures, config) for scene in (one, other)]
        assert same(*seen)


def test_a_scene_that_no_log_holds_is_named(one_stage: tuple[LeaderboardSplit, Path]) -> None:
    split, root = one_stage
    lost = replace(split, stages={"predictions": (*split.first_stage, "f" * 16)})
    with pytest.raises(
        DataError, match=f"1 of the 3 scenes that toy lists are not there, the first is {'f' * 16}"
    ):
        read(lost, root)


def test_a_scene_without_history_is_named(one_stage: tuple[LeaderboardSplit, Path]) -> None:
    split, root = one_stage
    early = replace(split, stages={"predictions": (FRAMES[2].token,)})
    with pytest.raises(DataError, match=f"token {FRAMES[2].token} has only 2 frames before it"):
        read(early, root)


def test_a_scene_that_two_logs_hold_is_named(one_stage: tuple[LeaderboardSplit, Path]) -> None:
    split, root = one_stage
    (path,) = (root / "navsim_logs" / "test").iterdir()
    path.with_name("copy.pkl").write_bytes(path.read_bytes())
    with pytest.raises(DataError, match=f"token {FRAMES[5].token} occurs twice"):
        read(split, root)


def test_missing_pictures_are_named_before_anything_is_planned(
    one_stage: tuple[LeaderboardSplit, Path],
) -> None:
    split, root = one_stage
    lost = root / "sensor_blobs" / "test" / FRAMES[5].cameras["CAM_F0"].path
    lost.unlink()
    with pytest.raises(DataError, match=f"{lost}: no such picture"):
        read(split, root)
    assert len(read(split, root, ())) == 2


def test_logs_of_other_names_are_not_read(one_stage: tuple[LeaderboardSplit, Path]) -> None:
    split, root = one_stage
    (root / "navsim_logs" / "test" / "broken.pkl").write_bytes(b"broken")
    assert len(read(replace(split, log_names=(FRAMES[0].log_name,)), root)) == 2
    with pytest.raises(DataError, match="not a pickle"):
        read(split, root)


@pytest.fixture
def private(tmp_path: Path) -> tuple[LeaderboardSplit, Path]:
    name = write_private_split(tmp_path, FRAMES, SYNTHETIC)
    for number in (3, 4, 8, 9):
        write_pictures(tmp_path / "sensor_blobs" / "private_test_toy", FRAMES[number], seed=number)
    for number in (3, 4):
        write_pictures(tmp_path / name / "sensor_blobs", SYNTHETIC[number], seed=50 + number)
    return leaderboard_split(read_split(tmp_path / "train_test_split" / f"{name}.yaml")), tmp_path


def test_groups_of_five_frames_are_two_scenes_each(private: tuple[LeaderboardSplit, Path]) -> None:
    split, root = private
    scenes, config = read(split, root), ObservationConfig(list(CAMERAS), 32, 64)
    sources = [(FRAMES, number, root / "sensor_blobs" / "private_test_toy") for number in (3, 4, 8, 9)]
    sources += [(SYNTHETIC, number, root / split.name / "sensor_blobs") for number in (3, 4)]
    assert len(scenes) == 6
    for scene, (frames, number, pictures) in zip(scenes, sources, strict=True):
        whole = observe_frames(frames[number - 3 : number + 1], pictures, config)
        seen = observe_frames(scene.history, scene.pictures, config)
        assert seen.tokens == (frames[number].token,)
        assert torch.equal(seen.images, whole.images)
        assert torch.allclose(seen.ego_poses, whole.ego_poses, atol=1e-5)


def test_a_group_of_another_length_holds_no_scene(private: tuple[LeaderboardSplit, Path]) -> None:
    split, root = private
    key = next(iter(split.stages))
    lost = replace(split, stages={**split.stages, key: (*split.first_stage, FRAMES[13].token)})
    with pytest.raises(DataError, match=f"the first is {FRAMES[13].token}"):
        read(lost, root)


def test_a_private_frame_without_its_place_is_named(private: tuple[LeaderboardSplit, Path]) -> None:
    split, root = private
    (path,) = (root / "navsim_logs" / split.data_split).iterdir()
    frames = load_plain_pickle(path)
    frames[2]["frame_idx"] = "third"
    path.write_bytes(dumps_for_any_numpy(frames))
    with pytest.raises(DataError, match=r"frame 2: frame_idx is 'third', not an integer"):
        read(split, root)


def test_a_private_synthetic_scene_with_too_few_frames_is_named(
    private: tuple[LeaderboardSplit, Path],
) -> None:
    split, root = private
    path = root / split.name / "openscene_meta_datas" / "anything.pkl"
    path.write_bytes(dumps_for_any_numpy(load_plain_pickle(path)[:4]))
    with pytest.raises(DataError, match=r"anything\.pkl: 4 frames"):
        read(split, root)


def test_splits_that_nobody_can_submit_are_refused() -> None:
    with pytest.raises(DataError, match="lists no tokens"):
        leaderboard_split(Split("all", "test", SceneFilter()))
    unsaid = SceneFilter(tokens=["a"], include_synthetic_scenes=True)
    with pytest.raises(DataError, match="no reactive_synthetic_initial_tokens"):
        leaderboard_split(Split("unsaid", "test", unsaid))
    twice = SceneFilter(tokens=["a"], reactive_synthetic_initial_tokens=["a"])
    with pytest.raises(DataError, match="a is in both stages"):
        leaderboard_split(Split("twice", "test", twice))
