"""Frames survive writing and reading; each kind of bad frame is one line with path and index."""

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from driving.data.read_log import read_log
from driving.data.restricted_pickle import load_plain_pickle
from driving.data.write_log import write_log
from driving.errors import DataError
from driving.log_frame import LogFrame
from tests.driving.data.conftest import DiskWorld


def test_write_then_read_is_identity(disk_world: DiskWorld) -> None:
    for name, written in disk_world.logs.items():
        read = read_log(disk_world.folders.logs / f"{name}.pkl")
        assert len(read) == len(written)
        for a, b in zip(read, written, strict=True):
            _assert_same(a, b)


def test_the_heading_is_the_devkits_yaw(tmp_path: Path, disk_world: DiskWorld) -> None:
    quaternion_module = pytest.importorskip("pyquaternion")
    raw = load_plain_pickle(disk_world.folders.logs / "red_light.pkl")
    rng = np.random.default_rng(0)
    for frame in raw:
        frame["ego2global_rotation"] = rng.normal(size=4)
    path = tmp_path / "red_light.pkl"
    path.write_bytes(pickle.dumps(raw))
    for frame, parsed in zip(raw, read_log(path), strict=True):
        yaw = quaternion_module.Quaternion(*frame["ego2global_rotation"]).yaw_pitch_roll[0]
        assert parsed.ego_pose_in_map[2] == pytest.approx(yaw, abs=1e-12)


def test_cameras_without_a_picture_may_be_empty(tmp_path: Path, disk_world: DiskWorld) -> None:
    raw = load_plain_pickle(disk_world.folders.logs / "red_light.pkl")
    raw[0]["cams"]["CAM_B0"] = {}
    path = tmp_path / "red_light.pkl"
    path.write_bytes(pickle.dumps(raw))
    assert "CAM_B0" not in read_log(path)[0].cameras


def _spoil(*keys: Any, value: Any) -> Callable[[dict[str, Any]], None]:
    def spoil(frame: dict[str, Any]) -> None:
        for key in keys[:-1]:
            frame = frame[key]
        frame[keys[-1]] = value

    return spoil


def _drop(key: str) -> Callable[[dict[str, Any]], None]:
    return lambda frame: frame.pop(key)


BAD_FRAMES = {
    "nan pose": (_spoil("ego2global_translation", 0, value=np.nan), "translation holds nan"),
    "infinite speed": (_spoil("ego_dynamic_state", 1, value=np.inf), "dynamic_state holds inf"),
    "no rotation": (_spoil("ego2global_rotation", value=np.zeros(4)), "no ego pose"),
    "location": (_spoil("map_location", value="las_vegas"), "unknown map_location 'las_vegas'"),
    "class": (_spoil("anns", "gt_names", value=np.array(["horse"])), "unknown class 'horse'"),
    "boxes": (_spoil("anns", "gt_boxes", value=np.zeros((1, 6))), r"gt_boxes has shape \(1, 6\)"),
    "nan box": (_spoil("anns", "gt_boxes", value=np.full((1, 7), np.nan)), "gt_boxes holds nan"),
    "tracks": (_spoil("anns", "track_tokens", value=[]), "1 gt_names but 0 track_tokens"),
    "no key": (_drop("driving_command"), "driving_command is missing"),
    "no camera": (lambda frame: frame["cams"].pop("CAM_B0"), "CAM_B0 is missing"),
    "calibration": (_spoil("cams", "CAM_F0", "cam_intrinsic", value=None), "cam_intrinsic"),
    "text": (_spoil("ego_dynamic_state", value=["a"] * 4), "does not hold numbers only"),
    "time": (_spoil("timestamp", value=0), "timestamp 0 is not after"),
    "float time": (_spoil("timestamp", value=1.5), "timestamp is 1.5"),
    "lights": (_spoil("traffic_lights", value=[1, 2]), "traffic_lights is not a list of"),
    "route": (_spoil("roadblock_ids", value="12"), "roadblock_ids is a str"),
    "log name": (_spoil("log_name", value="other"), "log_name is 'other'"),
}


@pytest.mark.parametrize("case", BAD_FRAMES)
def test_a_bad_frame_is_named(tmp_path: Path, disk_world: DiskWorld, case: str) -> None:
    spoil, message = BAD_FRAMES[case]
    raw = load_plain_pickle(disk_world.folders.logs / "stopped_car.pkl")
    spoil(raw[5])
    path = tmp_path / "stopped_car.pkl"
    path.write_bytes(pickle.dumps(raw))
    with pytest.raises(DataError, match=message) as error:
        read_log(path)
    assert str(error.value).startswith(f"{path}: frame 5: ") and "\n" not in str(error.value)


@pytest.mark.parametrize("content", [[], {}, None, [3]])
def test_what_is_no_list_of_frames_is_refused(tmp_path: Path, content: object) -> None:
    path = tmp_path / "log.pkl"
    path.write_bytes(pickle.dumps(content))
    with pytest.raises(DataError, match="log.pkl"):
        read_log(path)


def test_a_truncated_log_is_one_line(disk_world: DiskWorld) -> None:
    path = disk_world.folders.logs / "red_light.pkl"
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(DataError, match="truncated"):
        read_log(path)


def test_frames_without_agents(tmp_path: Path, disk_world: DiskWorld) -> None:
    frame = disk_world.logs["red_light"][0]
    assert len(frame.names) == 0
    write_log([frame], tmp_path / "red_light.pkl")
    assert read_log(tmp_path / "red_light.pkl")[0].boxes.shape == (0, 7)


def _assert_same(a: LogFrame, b: LogFrame) -> None:
    for name, value in vars(a).items():
        other = getattr(b, name)
        if name == "cameras":
            assert value.keys() == other.keys()
            for camera, record in value.items():
                for key, item in vars(record).items():
                    assert np.array_equal(item, getattr(other[camera], key))
        elif isinstance(value, np.ndarray):
            assert value.dtype == other.dtype, name
            np.testing.assert_allclose(value, other, atol=1e-12, err_msg=name)
        elif name != "lidar_path":  # a log always names one, whether the file exists or not
            assert value == other, name
