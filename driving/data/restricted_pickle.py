"""Open a pickle that holds nothing but plain data: containers, strings, numbers, numpy arrays; or, for a
synthetic scene, also paths and the fields of nuPlan objects.

A pickle can name any importable object and call it. This reader answers a fixed list of names with
fixed objects and refuses every other one, so that nothing from the file is imported or run. Pickles
of numpy 1 (``numpy.core``) and numpy 2 (``numpy._core``) both open.
"""

import pickle
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path, PurePosixPath
from typing import IO, Any

import numpy as np

from driving.data.nuplan_records import NUPLAN_NAMES
from driving.errors import DataError

_CORE = "numpy._core" if np.lib.NumpyVersion(np.__version__) >= "2.0.0" else "numpy.core"
_multiarray, _numeric = import_module(f"{_CORE}.multiarray"), import_module(f"{_CORE}.numeric")


def _latin1(text: str, encoding: str) -> bytes:
    """How Python 2 style pickles (protocol <= 2) store bytes."""
    if encoding != "latin1":
        raise pickle.UnpicklingError(f"text encoded as {encoding}")
    return text.encode("latin1")


PLAIN_NAMES: dict[tuple[str, str], Any] = {
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    ("_codecs", "encode"): _latin1,
}
for _builtins in ("builtins", "__builtin__"):
    for _container in (set, frozenset, bytearray):
        PLAIN_NAMES[_builtins, _container.__name__] = _container
for _name in ("numpy.core", "numpy._core"):
    PLAIN_NAMES[f"{_name}.multiarray", "_reconstruct"] = _multiarray._reconstruct
    PLAIN_NAMES[f"{_name}.multiarray", "scalar"] = _multiarray.scalar
    PLAIN_NAMES[f"{_name}.numeric", "_frombuffer"] = _numeric._frombuffer
"""The names that plain data need, and what is answered to them."""


def _path(*parts: str) -> PurePosixPath:
    """Not the class, whose attributes a pickle could set."""
    return PurePosixPath(*parts)


PATH_NAMES: dict[tuple[str, str], Any] = {
    (module, f"{system}Path"): _path
    for module in ("pathlib", "pathlib._local")
    for system in ("Posix", "Windows", "PurePosix")
}
"""Paths, of any system, as they were written."""

_ALLOWED_IN_SCENES: dict[tuple[str, str], Any] = {**PLAIN_NAMES, **PATH_NAMES, **NUPLAN_NAMES}


class _ForbiddenClassError(Exception):
    """The pickle names something that is not on the list."""


class _RestrictedUnpickler(pickle.Unpickler):
    def __init__(self, file: IO[bytes], allowed: Mapping[tuple[str, str], Any]) -> None:
        super().__init__(file)
        self.allowed = allowed

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self.allowed:
            raise _ForbiddenClassError(f"{module}.{name}")
        return self.allowed[module, name]

    def persistent_load(self, pid: Any) -> Any:
        raise _ForbiddenClassError(f"persistent id {pid!r}")


_BROKEN_STREAM = (
    pickle.UnpicklingError,
    EOFError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OverflowError,
    MemoryError,
    RuntimeError,
    SystemError,
)
"""What the unpickler may raise at a stream that was cut or garbled."""


def load_plain_pickle(path: Path) -> Any:
    """The content of a pickle of plain data.

    Raises DataError naming ``path`` where the file cannot be read, is cut short or garbled, or
    names a class that is not on the list (the error names that, too).
    """
    return load_pickle(path, PLAIN_NAMES)


def load_scene_pickle(path: Path) -> Any:
    """The content of a synthetic scene's pickle: plain data, paths, and ``nuplan_records``.

    Raises DataError as ``load_plain_pickle`` does.
    """
    return load_pickle(path, _ALLOWED_IN_SCENES)


def load_pickle(path: Path, allowed: Mapping[tuple[str, str], Any]) -> Any:
    """The content of a pickle that may name what is in ``allowed``: (module, name) -> what stands for it.

    Raises DataError as ``load_plain_pickle`` does.
    """
    try:
        with path.open("rb") as file:
            return unpickle(file, allowed, path)
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from None


def unpickle(stream: IO[bytes], allowed: Mapping[tuple[str, str], Any], path: Path) -> Any:
    """The same of a stream that comes from ``path``."""
    try:
        return _RestrictedUnpickler(stream, allowed).load()
    except _ForbiddenClassError as error:
        raise DataError(f"{path}: the pickle names {error}, which is not allowed") from None
    except _BROKEN_STREAM as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DataError(f"{path}: truncated or not a pickle ({reason})") from None
