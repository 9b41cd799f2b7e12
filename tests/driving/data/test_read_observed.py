"""Reading what a car sees: the same motion and cameras as the whole reader, from less."""

import pickle
from pathlib import Path

import numpy as np
import pytest

from driving.data.read_log import read_log
from driving.data.read_observed import read_observed_log
from driving.data.restricted_pickle import load_plain_pickle
from driving.data.write_log import dumps_for_any_numpy, write_log
from driving.errors import DataError
from tests import worlds

SEEN = ("token", "timestamp_us", "log_name", "ego_pose_in_map", "ego_velocity", "ego_acceleration")
UNSEEN = ("anns", "roadblock_ids", "traffic_lights", "map_location", "lidar_path")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    frames = list(worlds.stopped_car_ahead().frames)
    path = tmp_path / f"{frames[0].log_name}.pkl"
    write_log(frames, path)
    return path


def strip(log: Path) -> None:
    frames = load_plain_pickle(log)
    log.write_bytes(
        dumps_for_any_numpy([{k: v for k, v in frame.items() if k not in UNSEEN} for frame in frames])
    )


def test_what_is_seen_is_the_same_and_the_rest_is_empty(log: Path) -> None:
    whole = read_log(log)
    strip(log)
    observed = read_observed_log(log)
    assert len(observed) == len(whole)
    for one, other in zip(observed, whole, strict=True):
        for name in (*SEEN, "driving_command"):
            assert np.array_equal(getattr(one, name), getattr(other, name)), name
        assert one.cameras.keys() == other.cameras.keys()
        assert (len(one.boxes), one.names, one.traffic_lights, one.roadblock_ids) == (0, (), (), ())


def test_a_frame_out_of_order_is_named(log: Path) -> None:
    frames = load_plain_pickle(log)
    frames[4:6] = frames[5:3:-1]
    log.write_bytes(pickle.dumps(frames))
    with pytest.raises(DataError, match=f"{log}: frame 5: timestamp .* is not after the last one's"):
        read_observed_log(log)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("ego_dynamic_state", [1.0, np.nan, 0.0, 0.0], "frame 2: ego_dynamic_state holds nan"),
        ("driving_command", [1, 0], r"frame 2: driving_command has shape \(2,\), not \(4,\)"),
        ("cams", {}, "frame 2: CAM_F0 is missing"),
        ("timestamp", 1.5, "frame 2: timestamp is 1.5, not an integer"),
    ],
)
def test_a_broken_frame_is_one_line(log: Path, key: str, value: object, message: str) -> None:
    frames = load_plain_pickle(log)
    frames[2][key] = value
    log.write_bytes(pickle.dumps(frames))
    with pytest.raises(DataError, match=message):
        read_observed_log(log)


@pytest.mark.parametrize("content", [[], {}, None])
def test_what_is_no_list_of_frames_is_named(log: Path, content: object) -> None:
    log.write_bytes(pickle.dumps(content))
    with pytest.raises(DataError, match="not a list of frames"):
        read_observed_log(log)
