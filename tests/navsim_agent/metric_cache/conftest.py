"""The committed metric caches, and ways to break them."""

import lzma
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.golden.metric_caches import LATER, unpack_metric_caches


@pytest.fixture(scope="session")
def cached(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Files of the devkit by token; not to be changed."""
    return unpack_metric_caches(tmp_path_factory.mktemp("metric_cache"))


@pytest.fixture
def own_copy(cached: dict[str, Path], tmp_path: Path) -> Path:
    """One of them, below the same folders, to be changed."""
    path = tmp_path.joinpath(*cached[LATER].parts[-4:])
    path.parent.mkdir(parents=True)
    shutil.copy(cached[LATER], path)
    return path


@pytest.fixture
def rewritten(own_copy: Path) -> Callable[[bytes, bytes], Path]:
    """Puts other bytes of the same length where some are in the pickle."""

    def rewrite(old: bytes, new: bytes) -> Path:
        stream = lzma.decompress(own_copy.read_bytes())
        assert old in stream
        assert len(old) == len(new)
        own_copy.write_bytes(lzma.compress(stream.replace(old, new), preset=0))
        return own_copy

    return rewrite
