"""The scorer's constants of a whole split on disk: one file a log, made once, by several processes."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from tqdm import tqdm

from driving.data.assemble import load_source
from driving.data.cache_files import file_digest, fingerprint
from driving.data.log_sources import LogSource, log_sources
from driving.data.splits import DataFolders, SceneFilter, Split
from driving.errors import DataError
from driving.parallel import results
from driving.replacing import replacing
from reward_wm.epdms.prepare import prepare_scene
from reward_wm.epdms.prepared import PreparedScene
from reward_wm.epdms.prepared_file import load_prepared, save_prepared

SCHEMA_VERSION = 3
INDEX = "index.json"
SUFFIX = ".safetensors"


@dataclass(frozen=True)
class _Job:
    """One log to prepare; travels to a worker process."""

    source: LogSource
    maps: Path
    scene_filter: SceneFilter
    out: Path

    @property
    def log_name(self) -> str:
        return self.source.log.stem

    def key(self) -> str:
        """Everything that decides the file's content."""
        return fingerprint(
            {
                "schema": SCHEMA_VERSION,
                "log": file_digest(self.source.log),
                "synthetic": [file_digest(path) for path in self.source.synthetic],
                "maps": sorted(file_digest(path) for path in self.maps.glob("*/*/map.gpkg")),
                "filter": asdict(self.scene_filter) | {"log_names": None},
            }
        )


def prepare_logs(split: Split, folders: DataFolders, out: Path, workers: int = 1) -> None:
    """Prepare every scene of a split below ``out``; logs that are there and fit are kept.

    Raises DataError, with the path, at the first input that cannot be used.
    """
    out.mkdir(parents=True, exist_ok=True)
    keys = _read_index(out)
    sources = log_sources(split, folders)
    jobs = [_Job(source, folders.maps, split.scene_filter, out) for source in sources]
    wanted = {job.log_name: job.key() for job in jobs}
    missing = [job for job in jobs if keys.get(job.log_name) != wanted[job.log_name]]
    kept = {name: key for name, key in keys.items() if wanted.get(name) == key}
    bar = tqdm(total=len(jobs), initial=len(jobs) - len(missing), desc=f"scorer {split.name}", unit="log")
    with bar:
        for _, name in results(_prepare_log, missing, workers):
            kept[name] = wanted[name]
            _write_index(out, kept)
            bar.update()
    _write_index(out, kept)


def load_prepared_log(folder: Path, log_name: str) -> dict[str, PreparedScene]:
    """The scenes of one log by token; empty for a log without scenes. DataError where it is missing."""
    if log_name not in _read_index(folder):
        raise DataError(f"{folder}: log {log_name} was not prepared; run irl-vla cache again")
    path = folder / f"{log_name}{SUFFIX}"
    return load_prepared(path) if path.exists() else {}


def load_prepared_logs(folder: Path) -> Mapping[str, PreparedScene]:
    """All scenes below ``folder`` by token. DataError where nothing was prepared."""
    names = sorted(_read_index(folder))
    if not names:
        raise DataError(f"{folder}: nothing was prepared for the scorer; run irl-vla cache")
    return {token: scene for name in names for token, scene in load_prepared_log(folder, name).items()}


def _prepare_log(job: _Job) -> str:
    scenes = [prepare_scene(scene) for scene in load_source(job.source, job.maps, job.scene_filter)]
    path = job.out / f"{job.log_name}{SUFFIX}"
    path.unlink(missing_ok=True)
    if scenes:
        save_prepared(scenes, path)
    return job.log_name


def _read_index(folder: Path) -> dict[str, str]:
    path = folder / INDEX
    if not path.exists():
        return {}
    try:
        return json.loads(path.read_text())
    except json.JSONDecodeError as error:
        raise DataError(f"{path}: broken index ({error}); delete {folder}") from None


def _write_index(folder: Path, keys: dict[str, str]) -> None:
    with replacing(folder / INDEX) as partial:
        partial.write_text(json.dumps(keys, indent=1, sort_keys=True) + "\n")
