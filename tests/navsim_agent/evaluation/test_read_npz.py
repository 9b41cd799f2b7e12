"""An npz file gives its arrays, or one line of error."""

import random
from pathlib import Path

import numpy as np
import pytest

from driving.errors import DataError
from navsim_agent.evaluation.read_npz import read_npz


def test_only_what_is_asked_for_is_opened(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", a=np.arange(3), other=np.array([None]))
    assert list(read_npz(tmp_path / "a.npz", ("a", "b"))) == ["a"]


def test_a_single_array_has_no_names(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.arange(3))
    with pytest.raises(DataError, match=r"a\.npy: not an npz file with named arrays"):
        read_npz(tmp_path / "a.npy", ("a",))


@pytest.mark.parametrize("content", [None, b"", b"PK nonsense", b"\x93NUMPY"])
def test_what_is_no_npz_file_is_named(content: bytes | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(DataError, match=r"a\.npz: cannot be read as npz"):
        read_npz(tmp_path / "a.npz", ("a",))


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_garbled_bytes_never_escape_as_another_error(save, tmp_path: Path) -> None:
    path, draw = tmp_path / "a.npz", random.Random(0)
    save(path, a=np.arange(30.0), b=np.array(["x", "y"]))
    whole = path.read_bytes()
    for _ in range(500):
        garbled = bytearray(whole)
        garbled[draw.randrange(len(whole))] = draw.randrange(256)
        path.write_bytes(garbled)
        try:
            read_npz(path, ("a", "b"))
        except DataError as error:
            assert str(path) in str(error)
