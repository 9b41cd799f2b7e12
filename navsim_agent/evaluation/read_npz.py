"""Arrays from npz files, of which nothing is unpickled."""

import zlib
from collections.abc import Collection
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from driving.errors import DataError

_BROKEN = (OSError, ValueError, EOFError, BadZipFile, zlib.error, RuntimeError)
"""What numpy and zipfile raise at a file that was cut or garbled."""


def read_npz(path: Path, names: Collection[str]) -> dict[str, np.ndarray]:
    """Those of the named arrays that a file has; others may be anything.

    Raises DataError with the path where it is missing, broken or no npz file.
    """
    try:
        file = np.load(path, allow_pickle=False)
        if isinstance(file, np.lib.npyio.NpzFile):
            with file:
                return {name: np.asarray(file[name]) for name in names if name in file}
    except _BROKEN as error:
        raise DataError(f"{path}: cannot be read as npz ({' '.join(str(error).split())})") from None
    raise DataError(f"{path}: not an npz file with named arrays")
