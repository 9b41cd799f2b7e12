"""Only plain data comes out of a pickle; everything else is one line of error."""

import pickle
import subprocess
from collections import OrderedDict
from pathlib import Path, PurePosixPath

import numpy as np
import pytest

from driving.data.nuplan_records import StateSE2
from driving.data.restricted_pickle import load_plain_pickle, load_scene_pickle
from driving.errors import DataError

PLAIN = {
    "array": np.arange(6, dtype=np.float32).reshape(2, 3),
    "names": np.array(["vehicle", "pedestrian"]),
    "scalar": np.float64(1.5),
    "objects": np.array(["a", None], dtype=object),
    "nested": [(1, True), {"x": None}, {3, 4}, b"bytes", "text"],
}


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_plain_data_opens_at_every_protocol(tmp_path: Path, protocol: int) -> None:
    path = tmp_path / "plain.pkl"
    path.write_bytes(pickle.dumps(PLAIN, protocol))
    content = load_plain_pickle(path)
    assert np.array_equal(content["array"], PLAIN["array"])
    assert content["names"].tolist() == ["vehicle", "pedestrian"]
    assert content["scalar"] == 1.5 and content["objects"].tolist() == ["a", None]
    assert content["nested"] == PLAIN["nested"]


@pytest.mark.parametrize("core", [b"numpy.core", b"numpy._core"])
def test_arrays_of_either_numpy_open(tmp_path: Path, core: bytes) -> None:
    content = pickle.dumps(np.arange(3.0), 0).replace(b"numpy._core", b"numpy.core")
    path = tmp_path / "array.pkl"
    path.write_bytes(content.replace(b"numpy.core", core))
    assert load_plain_pickle(path).tolist() == [0.0, 1.0, 2.0]


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (subprocess.run, "subprocess.run"),
        (eval, "builtins.eval"),
        (Path("/"), "pathlib"),
        (OrderedDict(), "collections.OrderedDict"),
    ],
)
def test_a_forbidden_class_is_named(tmp_path: Path, value: object, name: str) -> None:
    path = tmp_path / "forbidden.pkl"
    path.write_bytes(pickle.dumps([value]))
    with pytest.raises(DataError, match=name) as error:
        load_plain_pickle(path)
    assert str(path) in str(error.value) and "\n" not in str(error.value)


def test_nothing_of_a_hostile_pickle_runs(tmp_path: Path) -> None:
    marker = tmp_path / "ran"

    class Hostile:
        def __reduce__(self) -> tuple:
            return Path.touch, (marker,)

    path = tmp_path / "hostile.pkl"
    path.write_bytes(pickle.dumps(Hostile()))
    with pytest.raises(DataError, match="not allowed"):
        load_plain_pickle(path)
    assert not marker.exists()


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.99])
def test_a_truncated_pickle_is_one_line(tmp_path: Path, share: float) -> None:
    whole = pickle.dumps(PLAIN)
    path = tmp_path / "cut.pkl"
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(DataError, match="truncated or not a pickle") as error:
        load_plain_pickle(path)
    assert str(path) in str(error.value) and "\n" not in str(error.value)


def test_garbled_bytes_never_escape_as_another_error(tmp_path: Path) -> None:
    """Without arrays: numpy itself may not survive a garbled array header."""
    whole = pickle.dumps(PLAIN["nested"] * 5)
    rng = np.random.default_rng(0)
    path = tmp_path / "garbled.pkl"
    for _ in range(300):
        garbled = bytearray(whole)
        for position in rng.integers(0, len(whole), 3):
            garbled[position] = rng.integers(0, 256)
        path.write_bytes(bytes(garbled))
        try:
            load_plain_pickle(path)
        except DataError as error:
            assert str(path) in str(error)


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="No such file"):
        load_plain_pickle(tmp_path / "absent.pkl")


def test_a_file_cannot_change_how_the_next_one_is_read(tmp_path: Path) -> None:
    """A pickle that sets an attribute of a class: that of the class, not of an object."""
    path = tmp_path / "scene.pkl"
    path.write_bytes(f"c{StateSE2.home}\nStateSE2\n".encode() + b"N}\x8c\x0b__getitem__\x88s\x86b.")
    with pytest.raises(DataError, match="StateSE2.__getitem__ cannot be set"):
        load_scene_pickle(path)
    assert StateSE2(x=1.0)["x"] == 1.0


def test_a_file_cannot_change_paths(tmp_path: Path) -> None:
    path = tmp_path / "scene.pkl"
    path.write_bytes(b"cpathlib\nPosixPath\nN}\x8c\x0bis_absolute\x88s\x86b.")
    load_scene_pickle(path)
    assert PurePosixPath("/").is_absolute()
