"""The cache that `irl-vla cache` writes: finished, whole, and of the split that is meant."""

import json
from collections.abc import Collection, Iterator
from pathlib import Path

from driving.data.cache_files import CacheIndex, read_index, read_shard
from driving.errors import DataError
from navsim_agent.doctor.finding import Finding, count_of, error, first_of, ok, spread, warning
from reward_wm.epdms.prepared_file import load_prepared
from reward_wm.epdms.prepared_logs import INDEX, SUFFIX

AGAIN = "run the same `irl-vla cache` again: what is whole is kept"
SCORER = "scorer"
"""Folder below a cache with the constants of the exact scorer."""


def tensor_cache_findings(folder: Path, wanted: Collection[str], samples: int) -> Iterator[Finding]:
    """``wanted``: tokens of the split; empty where it is not known."""
    yield from _leftovers(folder)
    try:
        index = read_index(folder)
    except DataError as reason:
        yield error(
            "cache", str(reason), AGAIN if folder.is_dir() else "give the folder that `irl-vla cache` wrote"
        )
        return
    broken = [
        shard.file for shard in spread(index.shards, samples) if read_shard(folder / shard.file) is None
    ]
    if broken:
        yield error("cache", f"{folder / broken[0]} cannot be opened", AGAIN)
        return
    tokens = [token for shard in index.shards for token in shard.tokens]
    yield ok(
        "cache",
        f"{folder}: {len(tokens):,} scenes of {count_of(len(index.shards), 'log')} of split {index.split}",
    )
    yield from compare_tokens("cache", tokens, wanted, AGAIN)
    yield from _scorer(folder / SCORER, index, samples)


def compare_tokens(
    subject: str, found: Collection[str], wanted: Collection[str], cure: str
) -> Iterator[Finding]:
    """What a cache has of a split; nothing where the split is not known."""
    if not wanted:
        return
    have, want = set(found), set(wanted)
    missing, unasked = sorted(want - have), len(have - want)
    if len(missing) == len(want):
        yield error(
            subject, f"holds none of the {len(want):,} scenes of the split: it is that of another one", cure
        )
    elif missing:
        lacks = f"lacks {len(missing):,} of the {len(want):,} scenes of the split, first {missing[0]}"
        yield error(subject, lacks, cure)
    else:
        more = f", and {unasked:,} that are not asked for" if unasked else ""
        yield ok(subject, f"has all {len(want):,} scenes of the split{more}")


def _leftovers(folder: Path) -> Iterator[Finding]:
    partial = sorted(path.name for path in folder.rglob(".*.partial")) if folder.is_dir() else []
    if partial:
        yield warning(
            "cache",
            f"{folder} holds half-written files of a run that goes on, or was killed: {first_of(partial, 2)}",
            f"if none runs: find {folder} -name '.*.partial' -delete",
        )


def _scorer(folder: Path, index: CacheIndex, samples: int) -> Iterator[Finding]:
    """Constants of the exact scorer, without which `irl-vla evaluate` cannot score."""
    try:
        prepared = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    except (OSError, ValueError) as reason:
        yield error(
            "scorer", f"{folder / INDEX} cannot be read ({' '.join(str(reason).split())[:120]})", AGAIN
        )
        return
    names = [shard.log_name for shard in index.shards]
    missing = [name for name in names if name not in prepared or not (folder / f"{name}{SUFFIX}").is_file()]
    if missing:
        yield error(
            "scorer",
            f"{len(missing):,} of {count_of(len(names), 'log')} not prepared, first {missing[0]}",
            AGAIN,
        )
        return
    for name in spread(names, samples):
        try:
            load_prepared(folder / f"{name}{SUFFIX}")
        except DataError as reason:
            yield error("scorer", str(reason), f"delete {folder}, and {AGAIN}")
            return
    yield ok("scorer", f"{count_of(len(names), 'log')} prepared in {folder}")
