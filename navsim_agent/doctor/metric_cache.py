"""The devkit's metric cache: its list of files, the files, and who wrote them. Nothing is unpickled.

The devkit looks for the first CSV in ``metadata``, believes its paths, and silently leaves out every scene
that is not listed there.
"""

import lzma
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from navsim_agent.doctor.finding import Finding, count_of, error, first_of, ok, spread, warning
from navsim_agent.doctor.tensor_cache import compare_tokens

FILE_NAME = "metric_cache.pkl"
AGAIN = "run the devkit's run_metric_caching.py again, into an empty folder"
_SECOND_VERSION_MARK = b"map_parameters"
"""A field that v2 stores and v1 does not know."""
_NUMPY_2_MARK = b"numpy._core"


@dataclass(frozen=True)
class Reader:
    """Who is going to read the cache, as far as it is known."""

    is_second_version: bool | None = None
    numpy: str | None = None


def metric_cache_findings(
    folder: Path, wanted: Collection[str], samples: int, reader: Reader
) -> Iterator[Finding]:
    """``wanted``: tokens of the split; empty where it is not known."""
    subject = "metric cache"
    if not folder.is_dir():
        yield error(
            subject, f"{folder}: no such folder", "give the metric_cache_path of run_metric_caching.py"
        )
        return
    tables = sorted((folder / "metadata").glob("*.csv"))
    on_disk = sorted(folder.glob(f"*/*/*/{FILE_NAME}"))
    if not tables:
        yield error(
            subject,
            f"{folder}: {count_of(len(on_disk), 'file')}, but no metadata/*.csv, which is written last: "
            "caching did not get to its end",
            AGAIN,
        )
        return
    if len(tables) > 1:
        names = first_of([table.name for table in tables])
        yield error(
            subject,
            f"{folder}/metadata holds {len(tables)} CSVs ({names}); the devkit reads one of them, whichever "
            "comes first",
            "join their rows under one header, or cache again on one node",
        )
        return
    rows = tables[0].read_text(encoding="utf-8", errors="replace").splitlines()[1:]
    listed = [Path(bare) for row in rows if (bare := row.strip().strip('"'))]
    if not listed:
        yield error(
            subject,
            f"{tables[0]} lists nothing: caching found no scene and reported success",
            "check that navsim_logs/<data_split> holds the split's logs (irl-vla doctor split=...), and "
            "cache again",
        )
        return
    yield from _paths(folder, tables[0], listed, on_disk)
    yield from _contents(
        [path for path in on_disk if path.stat().st_size == 0], spread(on_disk, samples), reader
    )
    yield from compare_tokens(subject, [path.parent.name for path in listed], wanted, AGAIN)


def _paths(folder: Path, table: Path, listed: list[Path], on_disk: list[Path]) -> Iterator[Finding]:
    """The rows of the CSV against the files."""
    subject = "metric cache"
    lost = [path for path in listed if not path.is_file()]
    moved = [path for path in lost if folder.joinpath(*path.parts[-4:]).is_file()]
    if moved:
        old = Path(*moved[0].parts[:-4])
        yield error(
            subject,
            f"{len(moved):,} of {len(listed):,} rows of {table} name files in {old}; they are in {folder}",
            f"sed -i 's#^{old}/#{folder.absolute()}/#' {table}",
        )
        return
    if lost:
        yield error(subject, f"{len(lost):,} of {len(listed):,} files are missing, first {lost[0]}", AGAIN)
        return
    here = folder.resolve()
    elsewhere = [path for path in listed if here not in path.resolve().parents]
    if elsewhere:
        yield warning(
            subject,
            f"{len(elsewhere):,} of {len(listed):,} rows of {table} name files outside of {folder}, first "
            f"{elsewhere[0]}: the devkit reads those",
            f"if this is a copy: sed -i 's#^{Path(*elsewhere[0].parts[:-4])}/#{here}/#' {table}",
        )
        return
    unlisted = {path.resolve() for path in on_disk} - {path.resolve() for path in listed}
    if unlisted:
        yield warning(
            subject,
            f"{table} lists {len(listed):,} of {len(on_disk):,} files: the others are of another run, and "
            f"the devkit does not see them, first {min(unlisted)}",
            AGAIN,
        )
    else:
        yield ok(subject, f"{folder}: {len(listed):,} files, as its CSV says")


def _contents(empty: list[Path], sample: list[Path], reader: Reader) -> Iterator[Finding]:
    subject = "metric cache"
    if empty:
        yield error(
            subject, f"{count_of(len(empty), 'file')} of 0 bytes, first {empty[0]} (a full disk?)", AGAIN
        )
        return
    if not sample:
        return
    versions, numpys = set(), set()
    for path in sample:
        try:
            content = lzma.decompress(path.read_bytes())
        except (OSError, lzma.LZMAError, EOFError) as reason:
            yield error(subject, f"{path} is cut short or garbled ({reason})", AGAIN)
            return
        versions.add(2 if _SECOND_VERSION_MARK in content else 1)
        numpys.add(2 if _NUMPY_2_MARK in content else 1)
    yield from _writers(versions, numpys, len(sample), reader)


def _writers(versions: set[int], numpys: set[int], count: int, reader: Reader) -> Iterator[Finding]:
    subject = "metric cache"
    if len(versions) > 1:
        yield error(subject, "files of devkit v1 and of v2 are mixed", AGAIN)
        return
    version, reading = versions.pop(), reader.is_second_version
    if reading is not None and (version == 2) != reading:
        yield error(
            subject, f"written by devkit v{version}, but the devkit here is v{2 if reading else 1}", AGAIN
        )
        return
    if 2 in numpys and reader.numpy is not None and reader.numpy.startswith("1."):
        yield error(
            subject,
            f"written with numpy 2, which the devkit's numpy {reader.numpy} cannot open",
            "cache in the environment that scores",
        )
        return
    yield ok(subject, f"{count_of(count, 'file')} that were opened are whole, written by devkit v{version}")
