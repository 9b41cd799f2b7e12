"""Logs have the keys, types and sizes that the official devkit reads, and open under either numpy."""

import pickle
import pickletools
from dataclasses import fields, replace

import numpy as np
import pytest

from driving.data.read_log import read_log
from driving.data.write_log import dumps_for_any_numpy, write_log
from driving.log_frame import LogFrame
from driving.types import AGENT_CLASSES, CAMERA_NAMES

KEYS = {
    *("token", "timestamp", "log_name", "scene_token", "map_location", "roadblock_ids", "traffic_lights"),
    *("ego2global_translation", "ego2global_rotation", "ego_dynamic_state", "driving_command"),
    *("anns", "cams", "lidar_path"),
}


def _first_log(toy_world):
    return sorted((toy_world.out / "navsim_logs" / "test").glob("*.pkl"))[0]


def test_a_frame_has_every_key_of_the_format(toy_world):
    frames = pickle.loads(_first_log(toy_world).read_bytes())
    assert len(frames) == toy_world.config.frames_per_log
    for frame in frames:
        assert set(frame) >= KEYS
        assert len(frame["token"]) == 16
        assert set(frame["cams"]) == set(CAMERA_NAMES)
        assert sum(frame["driving_command"]) == 1
        anns = frame["anns"]
        count = len(anns["gt_names"])
        assert anns["gt_boxes"].shape == (count, 7) and anns["gt_velocity_3d"].shape == (count, 3)
        assert len(anns["track_tokens"]) == len(anns["instance_tokens"]) == count
        assert set(anns["gt_names"]) <= set(AGENT_CLASSES)
    assert {b["timestamp"] - a["timestamp"] for a, b in zip(frames, frames[1:])} == {500_000}
    assert len({frame["token"] for frame in frames}) == len(frames)


@pytest.mark.parametrize(
    "array", [np.zeros((0, 7), np.float32), np.array(["a", "bc"]), np.arange(3), np.array(True)]
)
def test_pickles_name_no_module_that_numpy_1_lacks(array):
    content = dumps_for_any_numpy([{"x": array}])
    words = [argument for _, argument, _ in pickletools.genops(content) if isinstance(argument, str)]
    assert not any("numpy._core" in word for word in words)
    back = pickle.loads(content)[0]["x"]
    assert back.dtype == array.dtype and back.shape == array.shape
    np.testing.assert_array_equal(back, array)


def test_write_then_read_is_identity(toy_world, tmp_path):
    frames = read_log(_first_log(toy_world))
    copy = tmp_path / _first_log(toy_world).name
    write_log(frames, copy)
    for before, after in zip(frames, read_log(copy), strict=True):
        for field in fields(LogFrame):
            if field.name != "cameras":
                _assert_same(getattr(before, field.name), getattr(after, field.name))


def _assert_same(before, after):
    """The heading goes through a quaternion, which may cost its last bit."""
    if isinstance(before, np.ndarray):
        np.testing.assert_allclose(after, before, rtol=0, atol=1e-15 if before.shape == (3,) else 0)
    else:
        assert after == before


def test_foreign_and_unordered_frames_are_refused(toy_world, tmp_path):
    frames = read_log(_first_log(toy_world))
    with pytest.raises(ValueError, match="other logs"):
        write_log(frames, tmp_path / "stranger.pkl")
    with pytest.raises(ValueError, match="grow"):
        write_log(frames[::-1], tmp_path / _first_log(toy_world).name)
    with pytest.raises(ValueError, match="at least one"):
        write_log([], tmp_path / "x.pkl")
    renamed = [replace(frame, log_name="x") for frame in frames[:2]]
    write_log(renamed, tmp_path / "x.pkl")
