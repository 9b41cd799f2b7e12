"""Arrays of any pickle protocol and numpy are read as they are; what is no plain array is not read at all."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from navsim_agent.submission.open_submission import open_submission
from navsim_agent.submission.stored_arrays import StoredArray, StoredDtype

ARRAYS = {
    "float32": np.arange(24, dtype=np.float32).reshape(8, 3),
    "columns first": np.asfortranarray(np.arange(24.0).reshape(8, 3)),
    "big endian": np.arange(6, dtype=">f8").reshape(2, 3),
    "every second row": np.arange(48.0).reshape(16, 3)[::2],
    "integers": np.arange(4),
    "bool": np.array([True, False]),
    "empty": np.zeros((0, 3)),
    "no dimension": np.array(3.0),
}


def opened(content: Any, folder: Path, protocol: int) -> Any:
    path = folder / "submission.pkl"
    path.write_bytes(pickle.dumps(content, protocol))
    return open_submission(path).content


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("array", ARRAYS.values(), ids=ARRAYS.keys())
def test_an_array_is_read_as_it_was(array: np.ndarray, protocol: int, tmp_path: Path) -> None:
    stored = opened(array, tmp_path, protocol)
    assert isinstance(stored, StoredArray)
    found = stored.read()
    assert found is not None and (found.dtype, found.shape) == (array.dtype, array.shape)
    assert np.array_equal(found, array)


@pytest.mark.parametrize("value", [np.float64(1.5), np.int64(8), np.bool_(True), np.str_("token é")])
def test_a_number_or_text_of_numpy_is_one(value: np.generic, tmp_path: Path) -> None:
    found = opened(value, tmp_path, 4)
    assert found == value and type(found) is type(value)


@pytest.mark.parametrize(
    ("array", "name"),
    [
        (np.array(["a", None], dtype=object), "object"),
        (np.array(["a", "b"]), "text"),
        (np.zeros(2, dtype=[("x", "f4")]), "record"),
        (np.zeros(2, dtype="M8[s]"), "time"),
    ],
)
def test_what_holds_no_plain_numbers_is_named_and_not_read(
    array: np.ndarray, name: str, tmp_path: Path
) -> None:
    stored = opened(array, tmp_path, 4)
    assert stored.read() is None and stored.type_name == name


def dtype(code: str, state: Any = None) -> StoredDtype:
    made = StoredDtype(code)
    made.__setstate__(state)
    return made


@pytest.mark.parametrize(
    "state",
    [
        None,
        (1, (8, 3), dtype("f4"), False, b"short"),
        (1, (2**62, 2**62), dtype("f4"), False, b""),
        (1, (-1, -3), dtype("f4"), False, bytes(12)),
        (1, (True,), dtype("f4"), False, bytes(4)),
        (1, [1], dtype("f4"), False, bytes(4)),
        (1, (1,), dtype("f4", (3, "?")), False, bytes(4)),
        (1, (1,), dtype("f4", (3, ["<"])), False, bytes(4)),
        (1, (1,), "f4", False, bytes(4)),
        (1, (1,), dtype("f4"), False, [1.0]),
        (1, (1,), dtype("f3"), False, bytes(3)),
        (1, (1,) * 99, dtype("f4"), False, bytes(4)),
    ],
)
def test_a_garbled_state_is_no_array(state: Any) -> None:
    array = StoredArray()
    array.__setstate__(state)
    assert array.read() is None and isinstance(array.type_name, str)
