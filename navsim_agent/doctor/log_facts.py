"""What one log holds of a split: scenes, odd tokens, and how many scenes have all their pictures."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from driving.data.read_log import read_log
from driving.data.splits import SceneFilter, scene_windows
from driving.log_frame import CameraRecord, LogFrame
from driving.types import SYNTHETIC_TOKEN_LENGTH
from navsim_agent.doctor.finding import spread

SAMPLES_A_LOG = 3
"""Pictures of a log that somebody opens later."""


@dataclass(frozen=True)
class LogJob:
    """One log to look at; travels to a worker process."""

    path: Path
    scene_filter: SceneFilter
    sensors: Path
    cameras: tuple[str, ...]


@dataclass(frozen=True)
class SamplePicture:
    """A picture that exists, and the size that its camera's intrinsics speak of [pixels]."""

    path: Path
    width: float
    height: float


@dataclass(frozen=True)
class Pictures:
    """Scenes whose pictures are all there: of the current frame, of the ones before, of the ones after."""

    now: int = 0
    before: int = 0
    after: int = 0
    missing_now: tuple[str, ...] = ()
    """Paths below the sensor root."""
    missing_before: tuple[str, ...] = ()
    samples: tuple[SamplePicture, ...] = ()


@dataclass(frozen=True)
class LogFacts:
    """What was found in one log."""

    name: str
    scenes: tuple[str, ...]
    """Tokens of the current frames of the windows that pass the filter."""
    long_tokens: tuple[str, ...]
    """Tokens as long as those of synthetic scenes."""
    pictures: Pictures


def read_facts(job: LogJob) -> LogFacts:
    """Raises DataError as ``read_log``."""
    frames = read_log(job.path)
    windows = list(scene_windows(frames, job.scene_filter))
    current = job.scene_filter.num_history_frames - 1
    return LogFacts(
        name=job.path.stem,
        scenes=tuple(window[current].token for window in windows),
        long_tokens=tuple(frame.token for frame in frames if len(frame.token) == SYNTHETIC_TOKEN_LENGTH),
        pictures=count_pictures(windows, current, job.sensors, job.cameras),
    )


def count_pictures(
    windows: Sequence[tuple[LogFrame, ...]], current: int, sensors: Path, cameras: tuple[str, ...]
) -> Pictures:
    """Look for the pictures of every window; each file is asked for once."""
    frames = {frame.token: frame for window in windows for frame in window}
    missing = {token: _missing(frame, sensors, cameras) for token, frame in frames.items()}
    now = [missing[window[current].token] for window in windows]
    before = [[path for frame in window[:current] for path in missing[frame.token]] for window in windows]
    after = [any(missing[frame.token] for frame in window[current + 1 :]) for window in windows]
    return Pictures(
        now=sum(not paths for paths in now),
        before=sum(not paths for paths in before),
        after=sum(not lacks for lacks in after),
        missing_now=tuple(dict.fromkeys(path for paths in now for path in paths)),
        missing_before=tuple(dict.fromkeys(path for paths in before for path in paths)),
        samples=tuple(_samples(windows, current, sensors, cameras)),
    )


def _missing(frame: LogFrame, sensors: Path, cameras: tuple[str, ...]) -> list[str]:
    records = {name: frame.cameras.get(name) for name in cameras}
    named = [f"{frame.token}: the log names no {name}" for name, record in records.items() if record is None]
    there = [record.path for record in records.values() if record is not None]
    return [*named, *(str(path) for path in there if not (sensors / path).is_file())]


def _samples(
    windows: Sequence[tuple[LogFrame, ...]], current: int, sensors: Path, cameras: tuple[str, ...]
) -> list[SamplePicture]:
    """The pictures that exist of windows spread over the log, another camera each time."""
    records: list[CameraRecord] = []
    for number, window in enumerate(spread(windows, SAMPLES_A_LOG)):
        record = window[current].cameras.get(cameras[number % len(cameras)]) if cameras else None
        if record is not None and (sensors / record.path).is_file():
            records.append(record)
    return [
        SamplePicture(sensors / record.path, 2 * record.intrinsics[0, 2], 2 * record.intrinsics[1, 2])
        for record in records
    ]
