"""The committed metric caches of the devkit as it lays them out; see ``make_metric_cache_golden.py``."""

import lzma
import tarfile
from pathlib import Path

ARCHIVE = Path(__file__).parent / "metric_caches.tar.xz"
EARLIER, LATER = "71aa97e66cc39fd9", "50c9542a8532f72e"
"""Two scenes of ``epdms_world.tar.xz``, half a second apart."""
SYNTHETIC = "000c570c862437960"
"""A second-stage scene of ``two_stage_world.tar.xz``."""


def unpack_metric_caches(folder: Path) -> dict[str, Path]:
    """``folder/<log>/unknown/<token>/metric_cache.pkl``; the files by token. There is no table of them."""
    with tarfile.open(ARCHIVE) as tar:
        tar.extractall(folder, filter="data")
    paths = {path.parent.name: path for path in folder.glob("*/*/*/metric_cache.pkl")}
    for path in paths.values():
        path.write_bytes(lzma.compress(path.read_bytes(), preset=0))
    return paths
