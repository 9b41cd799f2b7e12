"""The synthetic scenes of a two-stage split, and their pictures, against what the split names."""

from collections.abc import Iterator
from pathlib import Path

from driving.data.read_synthetic import read_synthetic_scene
from driving.data.splits import DataFolders, Split, logs_of
from driving.data.synthetic_scene import SyntheticScene
from driving.errors import DataError
from driving.types import HISTORY_FRAMES
from navsim_agent.doctor.finding import Finding, count_of, error, ok, spread


def second_stage_tokens(split: Split) -> tuple[str, ...]:
    """Every synthetic scene that a split names, in its filter or in its mapping; sorted."""
    chosen = split.scene_filter
    named = {token for mapping in split.two_stage for token in mapping.second_stage_tokens}
    for tokens in (chosen.synthetic_scene_tokens, chosen.reactive_synthetic_initial_tokens):
        named |= set(tokens or ())
    return tuple(sorted(named))


def second_stage_findings(
    split: Split, folders: DataFolders, cameras: tuple[str, ...], samples: int
) -> Iterator[Finding]:
    """Nothing for a split of one stage."""
    if not split.scene_filter.include_synthetic_scenes or folders.synthetic_scenes is None:
        return
    yield from _mapping(split)
    root = folders.synthetic_scenes
    if not root.is_dir():
        cure = (
            f"fetch them (download/download_{split.name}.sh of the devkit), or SYNTHETIC_SCENES_PATH=FOLDER"
        )
        yield error("synthetic scenes", f"{root}: no such folder", cure)
        return
    there = {path.stem for path in root.glob("*.pkl")}
    named = second_stage_tokens(split)
    missing = [token for token in named if token not in there]
    if missing:
        yield error(
            "synthetic scenes",
            f"{len(missing):,} of the {len(named):,} that {split.name} names are not in {root}, first "
            f"{missing[0]}.pkl. The devkit leaves them out, and then cannot weigh the second stage",
            "fetch them again (was the archive unpacked to the end?)",
        )
    elif named or there:
        yield ok(
            "synthetic scenes", f"{count_of(len(named) or len(there), 'scene')} in {root}, all that are named"
        )
    present = [root / f"{token}.pkl" for token in (named or sorted(there)) if token in there]
    yield from _contents(split, folders, spread(present, samples), cameras)


def _mapping(split: Split) -> Iterator[Finding]:
    """First-stage scenes of the mapping must be scenes of the split."""
    named = {token for mapping in split.two_stage for token in (mapping.now, mapping.before)}
    lost = sorted(named - set(split.scene_filter.tokens or named))
    if lost:
        yield error(
            "mapping",
            f"reactive_all_mapping names {count_of(len(lost), 'first-stage scene')} that the scene filter "
            f"leaves out, first {lost[0]}",
            "take both files of the split from one version of the devkit",
        )


def _contents(
    split: Split, folders: DataFolders, paths: list[Path], cameras: tuple[str, ...]
) -> Iterator[Finding]:
    """Some scenes, read as a whole, with the pictures of their current frames."""
    logs = {path.stem for path in logs_of(split.scene_filter.log_names, folders.logs)}
    missing: list[str] = []
    for path in paths:
        try:
            scene = read_synthetic_scene(path)
        except DataError as reason:
            yield error("synthetic scene", str(reason), "fetch the archive that holds it again")
            return
        name = scene.frames[0].log_name
        if name not in logs:
            yield error(
                "synthetic scene", f"{path}: its log {name!r} is not in {folders.logs}", "fetch that log"
            )
            return
        missing += _missing_pictures(scene, folders, cameras)
    if missing:
        yield error(
            "synthetic pictures",
            f"{count_of(len(missing), 'picture')} of {count_of(len(paths), 'scene')} that were read are "
            f"missing, first: {missing[0]}",
            "fetch the sensor blobs of the synthetic scenes, or SYNTHETIC_SENSOR_PATH=FOLDER",
        )
    elif paths:
        looked_at = f", and the pictures of {', '.join(cameras)} are there" if cameras else ""
        yield ok("synthetic scenes", f"{count_of(len(paths), 'scene')} that were read are whole{looked_at}")


def _missing_pictures(scene: SyntheticScene, folders: DataFolders, cameras: tuple[str, ...]) -> list[str]:
    records = scene.frames[HISTORY_FRAMES - 1].cameras
    root = folders.pictures(is_synthetic=True)
    unnamed = [f"{scene.token}.pkl names no {name}" for name in cameras if name not in records]
    paths = [root / records[name].path for name in cameras if name in records]
    return [*unnamed, *(str(path) for path in paths if not path.is_file())]
