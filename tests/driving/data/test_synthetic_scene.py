"""Synthetic scenes: what is written is read back, in the devkit's own terms; bad files are one line."""

import pickle
import pickletools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pytest

from driving.data import nuplan_records as nuplan
from driving.data.read_synthetic import read_synthetic_scene
from driving.data.restricted_pickle import load_plain_pickle, load_scene_pickle
from driving.data.synthetic_scene import SyntheticScene
from driving.data.write_log import dumps_for_any_numpy
from driving.data.write_synthetic import write_synthetic_scene
from driving.errors import DataError
from driving.frames import local_to_map
from driving.log_frame import LogFrame
from driving.types import CAMERA_NAMES
from tests import worlds

TOKEN = "0123456789abcdef0"


def hand_made(ego_frames: int) -> SyntheticScene:
    """A turn among other agents, of 12 frames; the cameras see the observed four."""
    source = worlds.crossing_with_red_light()
    frames = [
        replace(
            frame,
            token=f"{TOKEN[:-1]}{index:x}" if index != 3 else TOKEN,
            cameras={name: frame.cameras[name] for name in ("CAM_F0", "CAM_L0")} if index < 4 else {},
        )
        for index, frame in enumerate(worlds.stopped_car_ahead().frames[:12])
    ]
    lights = source.current.traffic_lights
    return SyntheticScene(
        tuple(replace(frame, traffic_lights=lights) for frame in frames), ego_frames, "f" * 16, "0" * 16
    )


def in_map(frame: LogFrame) -> np.ndarray:
    """Centres and headings of a frame's boxes, in the map frame."""
    return local_to_map(np.asarray(frame.boxes, np.float64)[:, [0, 1, 6]], frame.ego_pose_in_map)


@pytest.mark.parametrize("ego_frames", [4, 7, 12])
def test_what_is_written_is_read_back(tmp_path: Path, ego_frames: int) -> None:
    scene = hand_made(ego_frames)
    write_synthetic_scene(scene, tmp_path)
    found = read_synthetic_scene(tmp_path / f"{TOKEN}.pkl")
    assert (found.token, found.log_name, found.location) == (TOKEN, scene.log_name, scene.location)
    assert (found.original_last_token, found.original_token) == ("f" * 16, "0" * 16)
    assert (found.ego_frames, len(found.frames)) == (ego_frames, 12)
    for index, (wrote, read) in enumerate(zip(scene.frames, found.frames, strict=True)):
        assert read.timestamp_us == wrote.timestamp_us
        assert read.traffic_lights == wrote.traffic_lights
        assert read.track_tokens == wrote.track_tokens
        assert read.names == wrote.names
        assert np.allclose(in_map(read), in_map(wrote), atol=1e-6)
        if index < ego_frames:
            assert np.array_equal(read.ego_pose_in_map, wrote.ego_pose_in_map)
            assert np.array_equal(read.boxes, wrote.boxes)
            assert read.cameras.keys() == wrote.cameras.keys()
        else:
            assert np.array_equal(read.ego_pose_in_map, found.frames[ego_frames - 1].ego_pose_in_map)


def test_velocities_of_the_extended_future_turn_with_the_ego(tmp_path: Path) -> None:
    frame = worlds.stopped_car_ahead().frames[0]
    turned = replace(
        frame,
        ego_pose_in_map=np.array([5.0, -3.0, 0.7]),
        velocities=np.array([[2.0, 1.0, 0.0]] * len(frame.names), np.float32),
    )
    scene = hand_made(4)
    write_synthetic_scene(replace(scene, frames=(*scene.frames[:4], turned)), tmp_path)
    found = read_synthetic_scene(tmp_path / f"{TOKEN}.pkl").frames
    turn = 0.7 - found[3].ego_pose_in_map[2]
    expected = (2 * np.cos(turn) - np.sin(turn), 2 * np.sin(turn) + np.cos(turn))
    assert np.allclose(found[4].velocities[0, :2], expected)


def test_who_nobody_drives_has_no_human(tmp_path: Path) -> None:
    town = worlds.stopped_car_ahead().map
    driven, undriven = (hand_made(count).scene(town) for count in (12, 4))
    assert driven.is_synthetic and driven.human_poses(8).shape == (8, 3)
    assert (undriven.human_frames, undriven.frames_without_ego) == (0, 8)
    with pytest.raises(ValueError, match="8 future frames asked for, the log has 0"):
        undriven.human_poses(8)


def test_the_same_scene_gives_the_same_bytes(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        write_synthetic_scene(hand_made(6), tmp_path / folder)
    a, b = (tmp_path / folder / f"{TOKEN}.pkl" for folder in ("a", "b"))
    assert a.read_bytes() == b.read_bytes()


def test_the_file_names_nothing_of_ours_and_opens_under_any_numpy(tmp_path: Path) -> None:
    write_synthetic_scene(hand_made(4), tmp_path)
    stream = (tmp_path / f"{TOKEN}.pkl").read_bytes()
    names = {arg for opcode, arg, _ in pickletools.genops(stream) if opcode.name == "GLOBAL"}
    assert "nuplan.common.actor_state.agent Agent" in names
    assert all(name.split(".")[0].split(" ")[0] in ("nuplan", "numpy", "_codecs") for name in names), names
    assert not any("numpy._core" in name for name in names)


def test_logs_may_not_name_nuplan(tmp_path: Path) -> None:
    write_synthetic_scene(hand_made(4), tmp_path)
    with pytest.raises(DataError, match="names nuplan.*which is not allowed"):
        load_plain_pickle(tmp_path / f"{TOKEN}.pkl")


def test_other_names_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "evil.pkl"
    path.write_bytes(pickle.dumps(print))
    with pytest.raises(DataError, match="builtins.print, which is not allowed"):
        load_scene_pickle(path)


def test_paths_and_remembered_geometry_are_let_through(tmp_path: Path) -> None:
    path = tmp_path / "scene.pkl"
    content = {"path": PurePosixPath("a/b"), "box": nuplan.OrientedBox(_length=4.0, geometry=nuplan.Unread())}
    stream = nuplan.with_nuplan_names(pickle.dumps(content, 3))
    path.write_bytes(stream.replace(b"cdriving.data.nuplan_records\nUnread\n", b"cshapely.io\nfrom_wkb\n"))
    found = load_scene_pickle(path)
    assert found["path"] == PurePosixPath("a/b")
    assert found["box"]["_length"] == 4.0


def _without_lights(raw: dict[str, Any]) -> None:
    raw["extended_traffic_light_data"] = raw["extended_traffic_light_data"] * 2


def _short_history(raw: dict[str, Any]) -> None:
    raw["frames"] = raw["frames"][:3]


def _no_metadata(raw: dict[str, Any]) -> None:
    del raw["scene_metadata"]["map_name"]


def _bad_box(raw: dict[str, Any]) -> None:
    raw["frames"][2]["annotations"]["boxes"] = np.full((1, 7), np.nan, np.float32)


def _ego_among_agents(raw: dict[str, Any]) -> None:
    agents = raw["extended_detections_tracks"][1]["tracked_objects"]["tracked_objects"]
    vars(agents[0])["_tracked_object_type"] = nuplan.TrackedObjectType(7)


def _plain_tracks(raw: dict[str, Any]) -> None:
    raw["extended_detections_tracks"][0] = {"tracked_objects": None}


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_without_lights, "16 moments of extended lights but 8 of agents"),
        (_short_history, "3 frames, at least 4 are needed"),
        (_no_metadata, "frame 0: map_name is missing"),
        (_bad_box, "frame 2: gt_boxes holds nan"),
        (_ego_among_agents, "extended frame 1: not nuPlan's objects .*unknown class number 7"),
        (_plain_tracks, "extended frame 0: not nuPlan's objects"),
    ],
)
def test_a_bad_file_is_one_line_with_its_path(
    tmp_path: Path, spoil: Callable[[dict[str, Any]], None], message: str
) -> None:
    write_synthetic_scene(hand_made(4), tmp_path)
    path = tmp_path / f"{TOKEN}.pkl"
    raw = load_scene_pickle(path)
    spoil(raw)
    path.write_bytes(nuplan.with_nuplan_names(dumps_for_any_numpy(raw)))
    with pytest.raises(DataError, match=message) as caught:
        read_synthetic_scene(path)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


def test_a_file_that_is_called_otherwise_is_refused(tmp_path: Path) -> None:
    write_synthetic_scene(hand_made(4), tmp_path)
    other = (tmp_path / f"{TOKEN}.pkl").rename(tmp_path / f"{'9' * 17}.pkl")
    with pytest.raises(DataError, match="token is '0123456789abcdef0', not the file's"):
        read_synthetic_scene(other)


def test_every_camera_is_known_by_its_name_in_small_letters(tmp_path: Path) -> None:
    write_synthetic_scene(hand_made(4), tmp_path)
    raw = load_scene_pickle(tmp_path / f"{TOKEN}.pkl")
    assert set(raw["frames"][0]["camera_dict"]) == {name.lower() for name in CAMERA_NAMES}
    assert raw["frames"][0]["camera_dict"]["cam_r2"] == {}
