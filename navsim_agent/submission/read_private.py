"""The format of the private test set: groups of five frames, half a second apart, without annotations.

Each group holds two scenes, whose current frames are its fourth and its fifth. Groups of the first stage
are mixed in one pickle (or several) and told apart by ``scene_token``; groups of another length hold
none, as in the devkit. Each group of the second stage has a file of its own.
"""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from tqdm import tqdm

from driving.data.log_fields import require
from driving.data.read_observed import observed_frame, raw_frames
from driving.data.restricted_pickle import load_scene_pickle
from driving.errors import DataError
from driving.log_frame import LogFrame
from driving.types import HISTORY_FRAMES

GROUP_FRAMES = HISTORY_FRAMES + 1


def private_logs(folder: Path) -> Iterator[tuple[LogFrame, ...]]:
    """The four frames of every first-stage scene.

    Raises DataError with the path, and the frame's number where one frame is at fault.
    """
    for path in tqdm(_pickles(folder), desc="reading logs", leave=False, disable=None):
        for group in _groups(path).values():
            if len(group) == GROUP_FRAMES:
                yield from _two_scenes(group)


def private_synthetic_scenes(folder: Path) -> Iterator[tuple[LogFrame, ...]]:
    """The four frames of every second-stage scene; errors as ``private_logs``."""
    for path in tqdm(_pickles(folder), desc="reading synthetic scenes", leave=False, disable=None):
        raw = raw_frames(load_scene_pickle(path), path)
        if len(raw) < GROUP_FRAMES:
            raise DataError(f"{path}: {len(raw)} frames, a synthetic scene of this format has {GROUP_FRAMES}")
        frames = [observed_frame(frame, f"{path}: frame {index}") for index, frame in enumerate(raw)]
        yield from _two_scenes(frames[:GROUP_FRAMES])


def _pickles(folder: Path) -> list[Path]:
    paths = sorted(folder.glob("*.pkl"))
    if not paths:
        raise DataError(f"{folder}: no pickle (*.pkl) there")
    return paths


def _groups(path: Path) -> dict[str, list[LogFrame]]:
    """The frames of a pickle by scene token, each group by ``frame_idx``."""
    groups: dict[str, list[tuple[int, LogFrame]]] = defaultdict(list)
    for index, raw in enumerate(raw_frames(load_scene_pickle(path), path)):
        where = f"{path}: frame {index}"
        place = require(raw, "frame_idx", where)
        if not isinstance(place, int | np.integer):
            raise DataError(f"{where}: frame_idx is {place!r}, not an integer")
        groups[str(require(raw, "scene_token", where))].append((int(place), observed_frame(raw, where)))
    return {
        token: [frame for _, frame in sorted(group, key=lambda pair: pair[0])]
        for token, group in groups.items()
    }


def _two_scenes(group: list[LogFrame]) -> Iterator[tuple[LogFrame, ...]]:
    yield tuple(group[:-1])
    yield tuple(group[1:])
