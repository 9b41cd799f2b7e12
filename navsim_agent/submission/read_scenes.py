"""The scenes of a split that is to be submitted: what a car saw, without annotations, maps and future."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from tqdm import tqdm

from driving.data.read_observed import read_observed_log
from driving.data.read_synthetic import read_synthetic_scene
from driving.data.splits import logs_of
from driving.errors import DataError
from driving.log_frame import LogFrame
from driving.types import HISTORY_FRAMES
from navsim_agent.submission.leaderboard_split import LeaderboardSplit, SubmissionFolders
from navsim_agent.submission.read_private import private_logs, private_synthetic_scenes


@dataclass(frozen=True)
class ObservedScene:
    """What is needed to make one Observation."""

    history: tuple[LogFrame, ...]
    """Four frames, oldest first; the last one knows the cameras that were asked for, the others none."""
    pictures: Path
    """Sensor root of the frames."""

    @property
    def token(self) -> str:
        return self.history[-1].token


def read_scenes(
    split: LeaderboardSplit, folders: SubmissionFolders, cameras: Sequence[str]
) -> list[ObservedScene]:
    """Every scene of both stages, in the order of the split's lists; pictures are not opened yet.

    A scene needs three frames before its own and none after it. Raises DataError, with the first token or
    path, where a scene or a picture is missing, where a token occurs twice, and as the readers do.
    """
    stages = (
        (split.first_stage, folders.logs, _first_stage(split, folders)),
        (split.second_stage, folders.synthetic_scenes, _second_stage(split, folders)),
    )
    scenes = [scene for stage in stages for scene in _in_order(split.name, *stage, cameras)]
    _check_pictures(scenes)
    return scenes


def _first_stage(split: LeaderboardSplit, folders: SubmissionFolders) -> Iterator[ObservedScene]:
    """Windows of the logs whose current frame the split lists."""
    wanted = set(split.first_stage)
    if split.is_private:
        windows = (window for window in private_logs(folders.logs) if window[-1].token in wanted)
    else:
        bar = tqdm(logs_of(split.log_names, folders.logs), desc="reading logs", leave=False, disable=None)
        windows = (window for path in bar for window in _windows(path, wanted))
    for window in windows:
        yield ObservedScene(window, folders.sensors)


def _second_stage(split: LeaderboardSplit, folders: SubmissionFolders) -> Iterator[ObservedScene]:
    """The synthetic scenes that the split lists, as far as there are files of them."""
    wanted = set(split.second_stage)
    if split.is_private:
        windows = private_synthetic_scenes(folders.synthetic_scenes)
        windows = (window for window in windows if window[-1].token in wanted)
    else:
        bar = tqdm(split.second_stage, desc="reading synthetic scenes", leave=False, disable=None)
        paths = (folders.synthetic_scenes / f"{token}.pkl" for token in bar)
        windows = (read_synthetic_scene(path).frames[:HISTORY_FRAMES] for path in paths if path.is_file())
    for window in windows:
        yield ObservedScene(window, folders.synthetic_sensors)


def _windows(path: Path, wanted: Collection[str]) -> Iterator[tuple[LogFrame, ...]]:
    frames = read_observed_log(path)
    for index, frame in enumerate(frames):
        if frame.token in wanted:
            if index < HISTORY_FRAMES - 1:
                raise DataError(f"{path}: token {frame.token} has only {index} frames before it")
            yield tuple(frames[index + 1 - HISTORY_FRAMES : index + 1])


def _in_order(
    name: str, tokens: Sequence[str], folder: Path, found: Iterator[ObservedScene], cameras: Sequence[str]
) -> list[ObservedScene]:
    """The scenes of one stage, lean. DataError where not each token has exactly one."""
    if not tokens:
        return []
    by_token: dict[str, ObservedScene] = {}
    for scene in found:
        if scene.token in by_token:
            raise DataError(f"{folder}: token {scene.token} occurs twice")
        by_token[scene.token] = _lean(scene, cameras)
    missing = [token for token in tokens if token not in by_token]
    if missing:
        raise DataError(
            f"{folder}: {len(missing)} of the {len(tokens)} scenes that {name} lists are not there, the "
            f"first is {missing[0]}; a submission without them would be scored as failed, or not at all"
        )
    return [by_token[token] for token in tokens]


def _lean(scene: ObservedScene, cameras: Sequence[str]) -> ObservedScene:
    """The same scene without what nobody will look at: twelve thousand of them are held at once."""
    nobody = {"boxes": np.zeros((0, 7)), "velocities": np.zeros((0, 3)), "names": (), "track_tokens": ()}
    *past, current = (replace(frame, cameras={}, **nobody) for frame in scene.history)
    mounted = scene.history[-1].cameras
    lacking = [camera for camera in cameras if camera not in mounted]
    if lacking:
        raise DataError(f"log {current.log_name}: frame {current.token} has no {lacking[0]}")
    seen = replace(current, cameras={camera: mounted[camera] for camera in cameras})
    return replace(scene, history=(*past, seen))


def _check_pictures(scenes: Sequence[ObservedScene]) -> None:
    missing = [
        path
        for scene in scenes
        for camera in scene.history[-1].cameras.values()
        if not (path := scene.pictures / camera.path).is_file()
    ]
    if missing:
        more = f", and {len(missing) - 1} more are missing" if len(missing) > 1 else ""
        raise DataError(f"{missing[0]}: no such picture{more}")
