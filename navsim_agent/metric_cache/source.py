"""Scenes to score that come from a folder of metric caches: no log is read, and the map only for reactive
traffic."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from driving.data.cache_files import file_digest, fingerprint
from driving.data.read_map import read_map
from driving.types import SYNTHETIC_TOKEN_LENGTH
from navsim_agent.metric_cache.find import LogCaches, find_metric_caches
from navsim_agent.metric_cache.metric_cache import read_metric_cache
from navsim_agent.metric_cache.to_prepared import prepare_metric_cache
from reward_wm.epdms.prepared import PreparedScene
from reward_wm.epdms.prepared_file import load_prepared, save_prepared
from reward_wm.epdms.prepared_logs import SCHEMA_VERSION


@dataclass(frozen=True)
class CachedScenes:
    """The metric caches of one log that somebody asked for; travels to a worker process."""

    caches: LogCaches
    maps: Path | None
    store: Path | None

    @property
    def tokens(self) -> tuple[str, ...]:
        return tuple(self.caches.paths)

    def prepared(self) -> Iterator[PreparedScene]:
        """In time order, synthetic scenes last. Raises DataError as ``read_metric_cache`` does."""
        scenes = [self._prepared(path) for path in self.caches.paths.values()]
        yield from sorted(scenes, key=lambda scene: (_is_synthetic(scene), scene.timestamp_us))

    def _prepared(self, path: Path) -> PreparedScene:
        """From the store, if it has what is made of this very file; else it has it afterwards."""
        if self.store is None:
            return self._prepare(path)
        kept = self.store / self.caches.log_name / f"{path.parent.name}.{self._key(path)}.safetensors"
        if kept.exists():
            (scene,) = load_prepared(kept).values()
            return scene
        scene = self._prepare(path)
        save_prepared([scene], kept)
        return scene

    def _prepare(self, path: Path) -> PreparedScene:
        cache = read_metric_cache(path)
        return prepare_metric_cache(cache, self.maps and read_map(self.maps, cache.location))

    def _key(self, path: Path) -> str:
        maps = [] if self.maps is None else sorted(self.maps.glob("*/*/map.gpkg"))
        digests = [file_digest(path), *map(file_digest, maps)]
        return fingerprint({"schema": SCHEMA_VERSION, "metric_cache": digests})[:16]


@dataclass(frozen=True)
class MetricCaches:
    """A folder of metric caches. ``store`` keeps the prepared scenes for the next time, a file each."""

    folder: Path
    maps: Path | None = None
    store: Path | None = None

    def find(self, tokens: Collection[str], workers: int) -> list[CachedScenes]:
        """The scenes of ``tokens``, log by log. Raises DataError as ``find_metric_caches`` does."""
        return [
            CachedScenes(caches, self.maps, self.store) for caches in find_metric_caches(self.folder, tokens)
        ]


def _is_synthetic(scene: PreparedScene) -> bool:
    return len(scene.token) == SYNTHETIC_TOKEN_LENGTH
