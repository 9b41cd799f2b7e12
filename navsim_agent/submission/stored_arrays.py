"""The numpy arrays in a stranger's pickle: kept as stored, and read only where they are plain numbers.

numpy fills an array from a pickle without much doubt; one that was garbled, or made to be, can end the
process or worse. So none of its functions is answered to a pickle: what was stored is looked at here.
"""

import math
import re
from typing import Any

import numpy as np

PLAIN_NUMBER = re.compile(r"b1|[iu][1248]|f(?:2|4|8|16)|c(?:8|16)")
BYTE_ORDERS = ("<", ">", "=", "|")
KINDS = {"O": "object", "U": "text", "S": "bytes", "V": "record", "M": "time", "m": "duration"}


class StoredDtype:
    """What ``numpy.dtype`` was called with, and its state."""

    def __init__(self, code: Any = None, *options: Any) -> None:
        self._code = code if isinstance(code, str) else ""
        self._state: Any = None

    def __setstate__(self, state: Any) -> None:
        self._state = state

    @property
    def name(self) -> str:
        """As numpy would print it, roughly."""
        number = self.number
        return KINDS.get(self._code[:1], "an unknown type") if number is None else str(number)

    @property
    def number(self) -> "np.dtype[Any] | None":
        """The type, where it is one of plain numbers."""
        if not PLAIN_NUMBER.fullmatch(self._code):
            return None
        order = self._state[1] if isinstance(self._state, tuple) and len(self._state) > 1 else "="
        return np.dtype(f"{order}{self._code}") if order in BYTE_ORDERS else None


class StoredArray:
    """What makes up one array: shape, type, order and bytes."""

    def __init__(self, *arguments: Any) -> None:
        """As ``numpy.core.multiarray._reconstruct`` is called: nothing that matters."""
        self._state: Any = None

    def __setstate__(self, state: Any) -> None:
        self._state = state

    @property
    def type_name(self) -> str:
        """Of its entries."""
        _, dtype, _, _ = self._parts()
        return dtype.name if isinstance(dtype, StoredDtype) else "an unknown type"

    def read(self) -> np.ndarray | None:
        """The array, or None where it is no whole array of plain numbers."""
        shape, dtype, is_fortran, data = self._parts()
        number = dtype.number if isinstance(dtype, StoredDtype) else None
        if number is None or not isinstance(data, bytes | bytearray) or not isinstance(shape, tuple):
            return None
        if not all(type(size) is int and size >= 0 for size in shape) or len(shape) > 8:
            return None
        if math.prod(shape) * number.itemsize != len(data):
            return None
        return np.frombuffer(bytes(data), number).reshape(shape, order="F" if is_fortran else "C")

    def _parts(self) -> tuple[Any, Any, Any, Any]:
        if not isinstance(self._state, tuple) or len(self._state) != 5:
            return None, None, None, None
        return self._state[1:]


def stored_buffer(data: Any = None, dtype: Any = None, shape: Any = None, order: Any = "C") -> StoredArray:
    """An array as protocol 5 stores it."""
    array = StoredArray()
    array.__setstate__((1, shape, dtype, order == "F", data))
    return array


def stored_scalar(dtype: Any = None, data: Any = None) -> Any:
    """One number, or one text, of numpy's own types."""
    array = stored_buffer(data, dtype, ())
    number = array.read()
    if number is not None:
        return number[()]
    if array.type_name == "text" and isinstance(data, bytes):
        return np.str_(data.decode("utf-32-le", errors="replace").rstrip("\0"))
    return array


def _no_bytes(*arguments: Any) -> bytes:
    """How protocol 2 stores those of an empty array."""
    return b""


ARRAY_NAMES: dict[tuple[str, str], Any] = {
    ("numpy", "ndarray"): StoredArray,
    ("numpy", "dtype"): StoredDtype,
    ("builtins", "bytes"): _no_bytes,
    ("__builtin__", "bytes"): _no_bytes,
}
"""What is answered to the names that arrays need."""
for _core in ("numpy.core", "numpy._core"):
    ARRAY_NAMES[f"{_core}.multiarray", "_reconstruct"] = StoredArray
    ARRAY_NAMES[f"{_core}.multiarray", "scalar"] = stored_scalar
    ARRAY_NAMES[f"{_core}.numeric", "_frombuffer"] = stored_buffer
