"""The pictures of a split: there, not broken, and of the size that the log's cameras speak of."""

from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from navsim_agent.doctor.finding import Finding, error, ok, warning
from navsim_agent.doctor.log_facts import SamplePicture
from navsim_agent.doctor.logs import LogSurvey, as_unpacked

SIZE_TOLERANCE = 0.1
"""An optical centre lies near the middle of its picture, not on it."""


def picture_findings(survey: LogSurvey, sensors: Path, cameras: tuple[str, ...]) -> Iterator[Finding]:
    """How many of the scenes that were read have their pictures, and whether some of them open."""
    scenes = sum(len(log.scenes) for log in survey.facts)
    if not cameras or scenes == 0:
        return
    if not sensors.is_dir():
        unpacked = as_unpacked(sensors)
        fetch = "fetch the sensor blobs, or cameras=[] for a planner that does not look"
        cure = fetch if unpacked is None else f"mv {unpacked} {sensors}"
        yield error("pictures", f"{sensors}: no such folder", cure)
        return
    yield from _current(survey, scenes, sensors, cameras)
    yield from _others(survey, scenes, sensors)
    yield from _openable([sample for log in survey.facts for sample in log.pictures.samples])


def _current(survey: LogSurvey, scenes: int, sensors: Path, cameras: tuple[str, ...]) -> Iterator[Finding]:
    whole = sum(log.pictures.now for log in survey.facts)
    names = ", ".join(cameras)
    if whole == scenes:
        yield ok(
            "pictures", f"of the current frame ({names}): there for all {scenes:,} scenes that were read"
        )
        return
    first = next(path for log in survey.facts for path in log.pictures.missing_now)
    deeper = _one_level_deeper(sensors, first)
    if deeper is not None:
        cure = f"rsync -a --remove-source-files {deeper}/ {sensors}/"
        yield error("pictures", f"lie one level too deep, in {deeper} instead of {sensors}", cure)
        return
    yield error(
        "pictures",
        f"of the current frame ({names}): {whole:,} of {scenes:,} scenes have all of theirs; first missing: "
        f"{sensors / first}",
        "fetch the archives again and check their md5 (docs/splits.md of the devkit; navtrain: "
        "navtrain_current_*.tgz)",
    )


def _one_level_deeper(sensors: Path, picture: str) -> Path | None:
    """Where an archive was unpacked with a folder of its own."""
    return next((child for child in sorted(sensors.iterdir()) if (child / picture).is_file()), None)


def _others(survey: LogSurvey, scenes: int, sensors: Path) -> Iterator[Finding]:
    """Frames before the current one: some agents want them. Frames after it: navtrain has none."""
    before = sum(log.pictures.before for log in survey.facts)
    if before < scenes:
        first = next(path for log in survey.facts for path in log.pictures.missing_before)
        yield warning(
            "earlier pictures",
            f"{before:,} of {scenes:,} scenes have those of the 3 frames before; first missing: "
            f"{sensors / first}. Planners here do not look at them, agents of the devkit may",
            "fetch the rest for such agents (navtrain: navtrain_history_*.tgz)",
        )
    else:
        yield ok(
            "earlier pictures", f"of the 3 frames before: there for all {scenes:,} scenes that were read"
        )
    after = sum(log.pictures.after for log in survey.facts)
    if after < scenes:
        yield ok(
            "later pictures",
            f"{after:,} of {scenes:,} scenes have those of every later frame, too (navtrain is delivered "
            "without). Who asks the devkit for every frame loses the others: ask for frames [0, 1, 2, 3]",
        )


def _openable(samples: list[SamplePicture]) -> Iterator[Finding]:
    sizes: dict[tuple[int, int], int] = {}
    for sample in samples:
        try:
            with Image.open(sample.path) as picture:
                picture.load()
                size = picture.size
        except (OSError, SyntaxError, ValueError) as reason:
            yield error(
                "pictures", f"{sample.path} does not open ({reason})", "fetch the archive that holds it again"
            )
            return
        if _is_off(size[0], sample.width) or _is_off(size[1], sample.height):
            yield error(
                "picture size",
                f"{sample.path} is {size[0]} x {size[1]}, but its log speaks of about {sample.width:.0f} x "
                f"{sample.height:.0f}: whatever is projected into it lands elsewhere",
                "use pictures in their own size",
            )
            return
        sizes[size] = sizes.get(size, 0) + 1
    if sizes:
        text = ", ".join(f"{width} x {height}" for width, height in sizes)
        yield ok(
            "picture size", f"{text} in {sum(sizes.values())} pictures that were opened, as their log says"
        )


def _is_off(found: int, expected: float) -> bool:
    return abs(found - expected) > SIZE_TOLERANCE * expected
