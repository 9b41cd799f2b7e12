"""The devkit's cache of features and targets: <log>/<token>/<name>.gz. Nothing is unpickled.

The devkit silently leaves out every scene that lacks one of the names.
"""

import gzip
import zlib
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path

from navsim_agent.doctor.finding import Finding, count_of, error, first_of, ok, spread, warning
from navsim_agent.doctor.tensor_cache import compare_tokens

AGAIN = "run the devkit's run_dataset_caching.py again with force_cache_computation=true"
_BLOCK = 1 << 20


def dataset_cache_findings(folder: Path, wanted: Collection[str], samples: int) -> Iterator[Finding]:
    """``wanted``: tokens of the split; empty where it is not known."""
    subject = "dataset cache"
    if not folder.is_dir():
        yield error(subject, f"{folder}: no such folder", "give the cache_path of run_dataset_caching.py")
        return
    strangers = sorted(path.name for path in folder.iterdir() if not path.is_dir())
    if strangers:
        yield error(
            subject,
            f"{folder} also holds {first_of(strangers)}; the devkit takes all of it for folders of logs, "
            "and fails",
            "move it elsewhere",
        )
    scenes = {path: frozenset(file.name for file in path.glob("*.gz")) for path in sorted(folder.glob("*/*"))}
    names = Counter(name for files in scenes.values() for name in files)
    if not names:
        yield error(subject, f"{folder} holds no *.gz: caching wrote nothing", AGAIN)
        return
    lacking = [path for path, files in scenes.items() if len(files) < len(names)]
    yield from _names(folder, len(scenes), names, lacking)
    yield from _contents([path / name for path, files in scenes.items() for name in sorted(files)], samples)
    whole = [path.name for path, files in scenes.items() if len(files) == len(names)]
    yield from compare_tokens(subject, whole, wanted, AGAIN)


def _names(folder: Path, scenes: int, names: Counter[str], lacking: list[Path]) -> Iterator[Finding]:
    subject, text = "dataset cache", first_of(sorted(names), 6)
    if lacking:
        yield warning(
            subject,
            f"{len(lacking):,} of {scenes:,} scenes lack some of {text}, first {lacking[0]}; the devkit "
            "leaves scenes out that lack what its agent asks for, without a word",
            AGAIN,
        )
    else:
        yield ok(subject, f"{folder}: {count_of(scenes, 'scene')}, each with {text}")


def _contents(files: list[Path], samples: int) -> Iterator[Finding]:
    subject = "dataset cache"
    empty = [path for path in files if path.stat().st_size == 0]
    if empty:
        yield error(
            subject, f"{count_of(len(empty), 'file')} of 0 bytes, first {empty[0]} (a full disk?)", AGAIN
        )
        return
    chosen = spread(files, samples)
    for path in chosen:
        try:
            with gzip.open(path) as file:
                while file.read(_BLOCK):
                    pass
        except (OSError, EOFError, zlib.error) as reason:
            yield error(subject, f"{path} is cut short or garbled ({reason})", AGAIN)
            return
    yield ok(subject, f"{count_of(len(chosen), 'file')} that were opened are whole")
