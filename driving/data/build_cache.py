"""Build the tensor cache of a split, log by log; run again after a stop, it takes up where it was.

A shard is kept where its key fits: a fingerprint of the schema version, the data configuration, the
scene filter, and the content of the log and of the map. Pictures are not part of the key (hashing
them would cost as much as reading them): delete the cache after rendering anew. A shard that is
missing, cut short or garbled is built again.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

from tqdm import tqdm

from driving.data.assemble import load_source, observe_scene
from driving.data.cache_files import (
    INDEX_NAME,
    SCHEMA_VERSION,
    CacheIndex,
    Shard,
    file_digest,
    fingerprint,
    read_shard,
    write_index,
    write_shard,
)
from driving.data.data_config import DataConfig
from driving.data.examples import collate, to_tensors
from driving.data.log_sources import LogSource, log_sources
from driving.data.make_targets import make_example
from driving.data.map_layers import find_map
from driving.data.splits import DataFolders, SceneFilter, Split
from driving.errors import DataError
from driving.parallel import results
from driving.types import PLAN_POSES


@dataclass(frozen=True)
class CacheReport:
    """What one run did."""

    scenes: int
    logs: int
    built: int
    """Shards written by this run; the others were there already."""


@dataclass(frozen=True)
class _Job:
    """One log to be cached; travels to a worker process."""

    source: LogSource
    folders: DataFolders
    scene_filter: SceneFilter
    config: DataConfig
    out: Path
    limit: int | None
    """At most this many scenes."""

    def key(self, location: str) -> str:
        choice = asdict(self.scene_filter) | {"max_scenes": self.limit, "log_names": None}
        synthetic = [file_digest(path) for path in self.source.synthetic]
        content = {
            "schema": SCHEMA_VERSION,
            "config": asdict(self.config),
            "filter": choice,
            "log": file_digest(self.source.log),
            "map": file_digest(find_map(self.folders.maps, location)),
        }
        return fingerprint(content | ({"synthetic": synthetic} if synthetic else {}))


def build_cache(
    split: Split,
    folders: DataFolders,
    config: DataConfig,
    out: Path,
    workers: int = 1,
    show_progress: bool = True,
) -> CacheReport:
    """Cache every scene of a split below ``out``; ``workers`` > 1 uses that many processes.

    With ``max_scenes`` set, logs are cached one after the other, since each needs to know how many
    scenes are left. Raises DataError, with the path, at the first input that cannot be used; what
    was built until then is kept.
    """
    if split.scene_filter.num_future_frames < PLAN_POSES:
        raise DataError(
            f"split {split.name}: num_future_frames={split.scene_filter.num_future_frames}, "
            f"the expert's trajectory needs {PLAN_POSES}"
        )
    sources = log_sources(split, folders)
    out.mkdir(parents=True, exist_ok=True)
    (out / INDEX_NAME).unlink(missing_ok=True)
    cached = _in_turn if split.scene_filter.max_scenes else _in_parallel
    shards: list[Shard] = []
    built = 0
    with tqdm(total=len(sources), desc=f"cache {split.name}", disable=not show_progress) as bar:
        for shard, is_new in cached(sources, split, folders, config, out, workers):
            shards += [shard] if shard.tokens else []
            built += is_new
            bar.update()
    if not shards:
        raise DataError(f"{folders.logs}: no scene of split {split.name!r} passes its filter")
    order = {source.log.stem: number for number, source in enumerate(sources)}
    shards.sort(key=lambda shard: order[shard.log_name])
    write_index(out, CacheIndex(split.name, config, shards))
    return CacheReport(sum(len(shard.tokens) for shard in shards), len(shards), built)


def _in_turn(
    sources: list[LogSource],
    split: Split,
    folders: DataFolders,
    config: DataConfig,
    out: Path,
    workers: int,
) -> Iterator[tuple[Shard, bool]]:
    left = split.scene_filter.max_scenes
    for source in sources:
        if left == 0:
            return
        shard, is_new = _cache_log(_Job(source, folders, split.scene_filter, config, out, left))
        left = None if left is None else left - len(shard.tokens)
        yield shard, is_new


def _in_parallel(
    sources: list[LogSource],
    split: Split,
    folders: DataFolders,
    config: DataConfig,
    out: Path,
    workers: int,
) -> Iterator[tuple[Shard, bool]]:
    jobs = [_Job(source, folders, split.scene_filter, config, out, None) for source in sources]
    yield from (shard for _, shard in results(_cache_log, jobs, workers))


def _cache_log(job: _Job) -> tuple[Shard, bool]:
    """The shard of one log, and whether it had to be built; without scenes it has no file."""
    log_name = job.source.log.stem
    path = job.out / f"{log_name}.safetensors"
    kept = read_shard(path)
    if kept is not None and kept.key == job.key(kept.location):
        return kept, False
    path.unlink(missing_ok=True)
    examples, tokens, timestamps, location = [], [], [], ""
    for scene in islice(load_source(job.source, job.folders.maps, job.scene_filter), job.limit):
        pictures = job.folders.pictures(scene.is_synthetic)
        observation = observe_scene(scene, pictures, job.config)
        examples.append(make_example(scene, observation, job.config))
        tokens.append(scene.token)
        timestamps.append(scene.current.timestamp_us)
        location = scene.map.location
    if not examples:
        return Shard(log_name, "", "", 0, [], [], []), True
    batch = collate(examples)
    key = job.key(location)
    shard = Shard(log_name, location, key, 0, tokens, timestamps, list(batch.answers))
    return write_shard(job.out, shard, to_tensors(batch)), True
