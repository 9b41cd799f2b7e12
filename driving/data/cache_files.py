"""The files of a tensor cache: one safetensors shard a log, and ``index.json``, written last.

A shard holds the tensors of its scenes, scene first, and in its metadata, as JSON, what is no
tensor. Files appear under their names only when complete. A cache without an index is unfinished.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import safetensors
from safetensors.torch import save_file
from torch import Tensor

from driving.data.data_config import DataConfig
from driving.errors import DataError
from driving.replacing import replacing

SCHEMA_VERSION = 1
"""Raise it whenever an example's tensors, or the rules they are made by, change."""

INDEX_NAME = "index.json"


@dataclass(frozen=True)
class Shard:
    """What the index says about the scenes of one log, in time order."""

    log_name: str
    location: str
    key: str
    """Fingerprint of all that the shard was made from."""
    bytes: int
    tokens: list[str]
    timestamps_us: list[int]
    answers: list[str]

    @property
    def file(self) -> str:
        return f"{self.log_name}.safetensors"


@dataclass(frozen=True)
class CacheIndex:
    """The whole cache at a glance."""

    split: str
    config: DataConfig
    shards: list[Shard]


def fingerprint(content: Mapping[str, Any]) -> str:
    """A digest of plain values, the same in every process."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def file_digest(path: Path) -> str:
    """SHA-256 of a file's content; a file that has not changed is read once a process."""
    state = path.stat()
    return _digest(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=4096)
def _digest(path: Path, mtime_ns: int, size: int) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def write_shard(folder: Path, shard: Shard, tensors: Mapping[str, Tensor]) -> Shard:
    """Write the tensors of one log; returns the shard with its size in bytes."""
    metadata = {"shard": json.dumps(asdict(shard))}
    with replacing(folder / shard.file) as partial:
        save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, partial, metadata)
    return _with_size(shard, folder / shard.file)


def read_shard(path: Path) -> Shard | None:
    """What an existing shard says about itself; None where it is missing, cut short or foreign."""
    if not path.is_file():
        return None
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            content = json.loads(file.metadata()["shard"])
        return _with_size(Shard(**content), path)
    except (safetensors.SafetensorError, KeyError, TypeError, ValueError):
        return None


def write_index(folder: Path, index: CacheIndex) -> None:
    """Declare the cache complete."""
    content = {"schema_version": SCHEMA_VERSION, **asdict(index)}
    with replacing(folder / INDEX_NAME) as partial:
        partial.write_text(json.dumps(content), encoding="utf-8")


def read_index(folder: Path) -> CacheIndex:
    """The index of a finished cache.

    Raises DataError with the path: no cache or a half-written one, a garbled index, another schema
    version, a shard that is missing or not as long as it was.
    """
    path = folder / INDEX_NAME
    if not path.is_file():
        state = "unfinished cache, build it again" if folder.is_dir() else "no such cache"
        raise DataError(f"{path}: {state}")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        version = content.pop("schema_version")
        if version == SCHEMA_VERSION:
            content["shards"] = [Shard(**shard) for shard in content["shards"]]
            content["config"] = DataConfig(**content["config"])
            index = CacheIndex(**content)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DataError(f"{path}: not an index of a cache ({error})") from None
    if version != SCHEMA_VERSION:
        raise DataError(f"{path}: schema version {version}, not {SCHEMA_VERSION}; build it again")
    for shard in index.shards:
        file = folder / shard.file
        size = file.stat().st_size if file.is_file() else 0
        if size != shard.bytes:
            raise DataError(f"{file}: {size} bytes, not {shard.bytes}; build the cache again")
    return index


def _with_size(shard: Shard, path: Path) -> Shard:
    return replace(shard, bytes=path.stat().st_size)
