"""Which log holds which token, and whether a scene round it can be scored."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tqdm import tqdm

from driving.data.read_log import read_log
from driving.errors import DataError
from driving.parallel import results
from driving.types import HISTORY_FRAMES, PLAN_POSES


@dataclass(frozen=True)
class LogScenes:
    """The scenes of one log that somebody asked for."""

    path: Path
    tokens: tuple[str, ...]
    """In time order."""


def find_scenes(
    logs: Path, tokens: Collection[str], workers: int = 1, future_frames: int = PLAN_POSES
) -> list[LogScenes]:
    """The logs below ``logs`` that hold ``tokens``, by name; one log in memory at a time.

    Raises DataError, with the first token and its log, where a token is in no log or in two, or where
    its scene has too short a past or future, or no route.
    """
    paths = sorted(logs.glob("*.pkl"))
    if not paths:
        raise DataError(f"{logs}: no log (*.pkl) there")
    wanted = frozenset(tokens)
    found: dict[Path, tuple[str, ...]] = {}
    with tqdm(total=len(paths), desc="finding scenes", unit="log", disable=None, leave=False) as bar:
        for path, own in results(partial(_tokens_of, wanted, future_frames), paths, workers):
            found[path] = own
            bar.update()
    _check_found(logs, tokens, found)
    return [LogScenes(path, found[path]) for path in paths if found[path]]


def _tokens_of(wanted: frozenset[str], future_frames: int, path: Path) -> tuple[str, ...]:
    """Those of a log, checked."""
    frames = read_log(path)
    own = [index for index, frame in enumerate(frames) if frame.token in wanted]
    for index in own:
        where = f"{path}: token {frames[index].token}"
        if index < HISTORY_FRAMES - 1:
            raise DataError(f"{where} has {index} frames before it, scoring needs {HISTORY_FRAMES - 1}")
        left = len(frames) - 1 - index
        if left < future_frames:
            raise DataError(f"{where} has {left} frames after it, scoring needs {future_frames}")
        if not frames[index].roadblock_ids:
            raise DataError(f"{where} has no route, and nothing to measure progress along")
    return tuple(frames[index].token for index in own)


def _check_found(logs: Path, tokens: Collection[str], found: Mapping[Path, Sequence[str]]) -> None:
    log_of: dict[str, Path] = {}
    for path, own in found.items():
        for token in own:
            if token in log_of:
                raise DataError(f"token {token} occurs twice, in {log_of[token].name} and in {path.name}")
            log_of[token] = path
    missing = [token for token in tokens if token not in log_of]
    if missing:
        raise DataError(f"{logs}: {len(missing)} of {len(tokens)} tokens are in no log, first {missing[0]!r}")
