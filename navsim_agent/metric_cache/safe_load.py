"""Open a metric cache: an lzma stream with a pickle inside, of which nothing is imported or run."""

import io
import lzma
from pathlib import Path
from typing import Any

from driving.data.restricted_pickle import unpickle
from driving.errors import DataError
from navsim_agent.metric_cache.devkit_records import METRIC_CACHE_NAMES

LARGEST_BYTES = 1 << 28
"""Of the unpacked pickle, and of what unpacking may take; a scene of 20 agents needs half a million."""
XZ_MAGIC, XZ_END = b"\xfd7zXZ\x00", b"YZ"


def load_metric_cache_pickle(path: Path) -> Any:
    """What the pickle holds, the devkit's objects as ``devkit_records``.

    Raises DataError naming ``path`` where the file cannot be read, is empty, cut short or garbled,
    unpacks to more than ``LARGEST_BYTES``, or names anything that is not on the list (the error
    names that, too).
    """
    return unpickle(io.BytesIO(_unpack(path)), METRIC_CACHE_NAMES, path)


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
