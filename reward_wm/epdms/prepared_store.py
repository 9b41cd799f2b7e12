"""Prepared scenes of single logs on disk, added to as they are asked for.

One file a log; its name says what it was made from, so a log, a map or a scorer that has changed finds
nothing and prepares anew.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from driving.data.cache_files import file_digest, fingerprint
from driving.data.read_log import read_log
from driving.data.read_map import read_map
from driving.scene import Scene
from driving.types import HISTORY_FRAMES
from reward_wm.epdms.prepare import prepare_scene
from reward_wm.epdms.prepared import PreparedScene
from reward_wm.epdms.prepared_file import load_prepared, save_prepared
from reward_wm.epdms.prepared_logs import SCHEMA_VERSION

FUTURE_FRAMES = 10
"""As many as the devkit's scenes have, where the log goes on that long."""


def prepared_scenes(
    log: Path, maps: Path, tokens: Sequence[str], cache: Path | None = None
) -> Iterator[PreparedScene]:
    """The scenes of a log whose current frames are ``tokens``, in that order, one at a time.

    What ``cache`` holds is not prepared again, and what it lacks is there afterwards.
    Raises DataError as ``read_log``, ``read_map`` and ``prepare_scene`` do.
    """
    path = None if cache is None else cache / f"{log.stem}.{_key(log, maps)}.safetensors"
    kept = load_prepared(path) if path is not None and path.exists() else {}
    missing = [token for token in tokens if token not in kept]
    scenes = scenes_at(log, maps, missing) if missing else iter(())
    for token in tokens:
        prepared = kept[token] if token in kept else prepare_scene(next(scenes))
        if path is not None:
            kept[token] = prepared
        yield prepared
    if path is not None and missing:
        save_prepared(list(kept.values()), path)


def scenes_at(log: Path, maps: Path, tokens: Sequence[str]) -> Iterator[Scene]:
    """The scenes of a log whose current frames are ``tokens``, one at a time."""
    frames = read_log(log)
    place = {frame.token: index for index, frame in enumerate(frames)}
    for token in tokens:
        start = place[token] - HISTORY_FRAMES + 1
        window = tuple(frames[start : start + HISTORY_FRAMES + FUTURE_FRAMES])
        yield Scene(window, read_map(maps, frames[place[token]].location))


def _key(log: Path, maps: Path) -> str:
    digests = [file_digest(log), *(file_digest(path) for path in sorted(maps.glob("*/*/map.gpkg")))]
    return fingerprint({"schema": SCHEMA_VERSION, "files": digests})[:16]
