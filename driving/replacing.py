"""Files and folders that are complete or absent."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from safetensors import SafetensorError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path beside ``path`` to write to; at the end of the block it takes the place of ``path``.

    Where the block fails, what ``path`` held before is still there and nothing else is left. Folders
    are made. An OSError of a full disk names ``path``.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with _named(path):
            yield partial
            os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def replacing_folder(path: Path) -> Iterator[Path]:
    """The same for a folder: an empty one to fill, which then takes the place of ``path``."""
    partial, outdated = (path.with_name(f"{path.name}.{state}") for state in ("partial", "outdated"))
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        with _named(path):
            yield partial
            if path.exists():
                shutil.rmtree(outdated, ignore_errors=True)
                os.replace(path, outdated)
            os.replace(partial, path)
    finally:
        if outdated.exists() and not path.exists():  # stopped between the two
            os.replace(outdated, path)
        shutil.rmtree(outdated, ignore_errors=True)
        shutil.rmtree(partial, ignore_errors=True)


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """A full disk does not say where, and safetensors has an error of its own for it."""
    try:
        yield
    except SafetensorError as error:
        raise OSError(f"{path}: cannot be written ({error})") from error
    except OSError as error:
        if error.errno is not None and error.filename is None:
            error.filename = str(path)
        raise
