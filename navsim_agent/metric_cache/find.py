"""Where the metric caches of tokens lie below a folder that the devkit's caching has written.

``<folder>/<log>/<scenario type>/<token>/metric_cache.pkl``, and ``<folder>/metadata/*.csv`` with a path a
line. The devkit trusts the first of these tables, wherever its paths point. Here all are read, for caching
on several nodes writes one each; a path counts from the folder on, for folders move to other machines; and
tokens that no table lists are looked for on disk, for a second run writes over the table of the first.
"""

import csv
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path, PurePosixPath

from driving.errors import DataError
from navsim_agent.metric_cache.safe_load import flaw_of

FILE_NAME = "metric_cache.pkl"
LEVELS = 4
"""Log, scenario type, token and file."""


@dataclass(frozen=True)
class LogCaches:
    """The metric caches of one log that somebody asked for."""

    log_name: str
    paths: dict[str, Path]
    """By token."""


def find_metric_caches(folder: Path, tokens: Collection[str]) -> list[LogCaches]:
    """The metric caches of ``tokens`` below ``folder``, log by log.

    Raises DataError, with the first of them and how many there are, where a token has no file or two,
    or where files are empty, cut short or no lzma streams.
    """
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder")
    found = _unique(_listed(folder), tokens)
    if len(found) < len(tokens):
        found = _unique(chain(_listed(folder), _on_disk(folder)), tokens)
    missing = [token for token in tokens if token not in found]
    if missing:
        what = f"{len(missing)} of {len(tokens)} tokens have no {FILE_NAME}"
        raise DataError(f"{folder}: {what}, first {missing[0]!r}")
    flaws = [f"{path}: {flaw}" for path in found.values() if (flaw := flaw_of(path))]
    if flaws:
        others = f" (and {len(flaws) - 1} more like it)" if len(flaws) > 1 else ""
        raise DataError(f"{flaws[0]}{others}")
    logs: dict[str, dict[str, Path]] = {}
    for token in tokens:
        logs.setdefault(found[token].parents[2].name, {})[token] = found[token]
    return [LogCaches(name, logs[name]) for name in sorted(logs)]


def _unique(paths: Iterable[Path], tokens: Collection[str]) -> dict[str, Path]:
    """The paths of tokens that are wanted."""
    wanted, found = frozenset(tokens), {}
    for path in paths:
        token = path.parent.name
        if token not in wanted:
            continue
        if found.setdefault(token, path) != path:
            raise DataError(f"token {token} has two metric caches, {found[token]} and {path}")
    return found


def _listed(folder: Path) -> Iterator[Path]:
    """What the tables list and is there: below ``folder``, or else where the table says."""
    for table in sorted((folder / "metadata").glob("*.csv")):
        for line in _column(table):
            written = PurePosixPath(line)
            if written.name != FILE_NAME or len(written.parts) < LEVELS:
                raise DataError(f"{table}: {line!r} is no path of a {FILE_NAME}")
            here = folder.joinpath(*written.parts[-LEVELS:])
            yield here if here.exists() or not Path(written).exists() else Path(written)


def _column(table: Path) -> list[str]:
    """Every first column but its title."""
    try:
        with table.open(newline="", encoding="utf-8") as file:
            return [row[0] for row in csv.reader(file) if row][1:]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{table}: cannot be read ({' '.join(str(error).split())})") from None


def _on_disk(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"*/*/*/{FILE_NAME}"))
