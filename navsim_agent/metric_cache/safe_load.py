"""Open a metric cache: an lzma stream with a pickle inside, of which nothing is imported or run."""

import io
import lzma
import pickle
from pathlib import Path
from typing import Any

from driving.data.restricted_pickle import PLAIN_NAMES
from driving.errors import DataError
from navsim_agent.metric_cache.devkit_records import METRIC_CACHE_NAMES

LARGEST_BYTES = 1 << 28
"""Of the unpacked pickle, and of what unpacking may take; a scene of 20 agents needs half a million."""
XZ_MAGIC, XZ_END = b"\xfd7zXZ\x00", b"YZ"


class _ForbiddenNameError(Exception):
    """The pickle names something that is not on the list."""


class _RestrictedUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in PLAIN_NAMES:
            return PLAIN_NAMES[module, name]
        if (module, name) not in METRIC_CACHE_NAMES:
            raise _ForbiddenNameError(f"{module}.{name}")
        kind = METRIC_CACHE_NAMES[module, name]
        return type(kind.__name__, (kind,), {})  # its own: a pickle may set attributes of a class, too

    def persistent_load(self, pid: Any) -> Any:
        raise _ForbiddenNameError(f"persistent id {pid!r}")


_BROKEN_STREAM = (
    pickle.UnpicklingError,
    EOFError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    OverflowError,
    MemoryError,
    RuntimeError,
    SystemError,
)
"""What the unpickler may raise at a garbled stream."""


def load_metric_cache_pickle(path: Path) -> Any:
    """What the pickle holds, the devkit's objects as ``devkit_records``.

    Raises DataError naming ``path`` where the file cannot be read, is empty, cut short or garbled,
    unpacks to more than ``LARGEST_BYTES``, or names anything that is not on the list (the error
    names that, too).
    """
    stream = _unpack(path)
    try:
        return _RestrictedUnpickler(io.BytesIO(stream)).load()
    except _ForbiddenNameError as error:
        raise DataError(f"{path}: the pickle names {error}, which is not allowed") from None
    except _BROKEN_STREAM as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DataError(f"{path}: not a pickle, or a broken one ({reason})") from None


def flaw_of(path: Path) -> str:
    """Why a file cannot be a whole metric cache, told by its first and last bytes; empty where it can.

    Much faster than reading it, and finds the files that a full disk or a killed worker leaves.
    """
    try:
        with path.open("rb") as file:
            start = file.read(len(XZ_MAGIC))
            size = file.seek(0, io.SEEK_END)
            file.seek(max(0, size - len(XZ_END)))
            end = file.read()
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    if not size:
        return "empty file"
    if start != XZ_MAGIC:
        return "not compressed by lzma"
    return "" if end == XZ_END else f"cut short after {size} bytes"


def _unpack(path: Path) -> bytes:
    flaw = flaw_of(path)
    if flaw:
        raise DataError(f"{path}: {flaw}")
    unpacker = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=LARGEST_BYTES)
    try:
        stream = unpacker.decompress(path.read_bytes(), LARGEST_BYTES)
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from None
    except lzma.LZMAError as error:
        raise DataError(f"{path}: broken lzma stream ({error})") from None
    if not unpacker.eof:
        raise DataError(f"{path}: cut short, or more than {LARGEST_BYTES} bytes when unpacked")
    return stream
