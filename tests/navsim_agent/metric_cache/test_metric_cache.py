"""What is read out of a file of the devkit, and files that are not as the devkit v2.2 writes them."""

import gc
import lzma
import math
import pickle
import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from driving.errors import DataError
from navsim_agent.metric_cache.metric_cache import read_metric_cache
from tests.golden.metric_caches import EARLIER, LATER, SYNTHETIC

Rewrite = Callable[[bytes, bytes], Path]


def _error(path: Path) -> str:
    with pytest.raises(DataError) as caught:
        read_metric_cache(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    return message


def _double(value: float) -> bytes:
    """As a pickle stores it."""
    return b"G" + struct.pack(">d", value)


def test_two_scenes_of_a_log(cached: dict[str, Path]) -> None:
    earlier, later = (read_metric_cache(cached[token]) for token in (EARLIER, LATER))
    assert (earlier.token, later.token) == (EARLIER, LATER)
    assert earlier.log_name == later.log_name == "stirred_01"
    assert later.timestamp_us - earlier.timestamp_us == 500_000
    assert earlier.location == "us-ma-boston"
    assert not earlier.is_synthetic
    assert earlier.human_poses is not None
    assert earlier.past.times_us.tolist() == [earlier.timestamp_us + 500_000 * k for k in (-3, -2, -1, 0)]
    assert np.diff(earlier.plan.times_us).tolist() == [100_000] * 50
    np.testing.assert_array_equal(earlier.past.states[-1], earlier.ego)


def test_a_synthetic_scene_has_no_human(cached: dict[str, Path]) -> None:
    cache = read_metric_cache(cached[SYNTHETIC])
    assert cache.is_synthetic
    assert cache.human_poses is None


def test_a_dictionary(own_copy: Path) -> None:
    own_copy.write_bytes(lzma.compress(pickle.dumps({"log_name": "a"})))
    assert _error(own_copy).endswith("holds a dict, not a MetricCache of the devkit")


@pytest.mark.parametrize(
    "name", ["past_human_trajectory", "scene_type", "_occupancy_maps_tl", "_detections_tracks", "heading"]
)
def test_a_cache_of_another_version(rewritten: Rewrite, name: str) -> None:
    """The devkit v1.1, for one, knew neither a past nor lights."""
    path = rewritten(name.encode(), b"X" + name.encode()[1:])
    assert _error(path).endswith(f"no metric cache of the devkit v2.2, it lacks {name}")


def test_a_file_in_another_token_s_folder(own_copy: Path) -> None:
    other = own_copy.parents[1] / EARLIER / own_copy.name
    other.parent.mkdir()
    shutil.move(own_copy, other)
    assert f"it was made for token {LATER}" in _error(other)


def test_another_vehicle(rewritten: Rewrite) -> None:
    assert "its ego is (2.0, 4.049, 1.127) m wide" in _error(rewritten(_double(2.297), _double(2.0)))


def test_other_samples(rewritten: Rewrite) -> None:
    path = rewritten(b"_sample_interval\x94" + _double(0.1), b"_sample_interval\x94" + _double(0.2))
    assert "its samples are 0.2 s apart" in _error(path)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_number_that_is_not_finite(cached: dict[str, Path], rewritten: Rewrite, value: float) -> None:
    x = float(read_metric_cache(cached[LATER]).centreline[3, 0])
    assert f"it holds {value}" in _error(rewritten(_double(x), _double(value)))


def test_a_moment_that_is_not_finite(cached: dict[str, Path], rewritten: Rewrite) -> None:
    moment = pickle.dumps(read_metric_cache(cached[LATER]).timestamp_us, protocol=3)[2:-1]
    assert "cannot convert float infinity" in _error(rewritten(moment, _double(math.inf)))


def test_a_polygon_that_is_none(rewritten: Rewrite) -> None:
    """Type number 3 of well-known binary is a polygon."""
    polygon = b"\x01\x03\x00\x00\x00\x01\x00\x00\x00"
    assert "no metric cache of the devkit v2.2 (" in _error(
        rewritten(polygon, polygon.replace(b"\x03", b"\x63"))
    )


def test_garbage_is_collected_afterwards(own_copy: Path, rewritten: Rewrite) -> None:
    read_metric_cache(own_copy)
    assert gc.isenabled()
    _error(rewritten(b"map_parameters", b"map_parametric"))
    assert gc.isenabled()
