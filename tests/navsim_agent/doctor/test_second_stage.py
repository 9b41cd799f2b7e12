"""The synthetic scenes of a two-stage split, in the embedded world of the golden scores."""

import shutil
from pathlib import Path

import pytest

from driving.data.splits import Split, read_split
from navsim_agent.doctor.finding import Level
from navsim_agent.doctor.locate import locate
from navsim_agent.doctor.second_stage import second_stage_findings, second_stage_tokens
from tests.golden.read_world import unpack_world
from tests.navsim_agent.doctor.findings import levels, told

SPLIT = "test_two_stage"


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unpack_world("two_stage_world", tmp_path_factory.mktemp("two_stage"))


@pytest.fixture
def world(pristine: Path, tmp_path: Path) -> Path:
    shutil.copytree(pristine, tmp_path / "world")
    return tmp_path / "world"


def split_of(world: Path) -> Split:
    return read_split(world / "train_test_split" / f"{SPLIT}.yaml")


def found(world: Path, cameras: tuple[str, ...] = (), environment: dict[str, str] | None = None) -> list:
    split = split_of(world)
    located = locate(split, SPLIT, world, environment or {})
    assert located is not None
    return list(second_stage_findings(split, located.folders, cameras, samples=3))


def test_a_whole_second_stage_is_ok(world: Path) -> None:
    assert levels(found(world)) == {Level.OK}
    told(found(world), Level.OK, f"{len(second_stage_tokens(split_of(world)))} scenes", "all that are named")
    told(found(world), Level.OK, "3 scenes that were read are whole")


def test_a_missing_scene_is_named(world: Path) -> None:
    token = second_stage_tokens(split_of(world))[5]
    (world / SPLIT / "synthetic_scene_pickles" / f"{token}.pkl").unlink()
    told(found(world), Level.ERROR, "1 of the", f"{token}.pkl", "cannot weigh the second stage")


def test_a_broken_scene_is_named(world: Path) -> None:
    token = second_stage_tokens(split_of(world))[0]
    path = world / SPLIT / "synthetic_scene_pickles" / f"{token}.pkl"
    path.write_bytes(path.read_bytes()[:100])
    told(found(world), Level.ERROR, str(path), "truncated")


def test_missing_pictures_are_named(world: Path) -> None:
    shutil.rmtree(world / SPLIT / "sensor_blobs", ignore_errors=True)
    told(found(world, ("CAM_F0",)), Level.ERROR, "3 pictures of 3 scenes", "SYNTHETIC_SENSOR_PATH")


def test_a_scene_whose_log_is_missing(world: Path) -> None:
    for path in (world / "navsim_logs" / "test").glob("*.pkl"):
        path.unlink()
    told(found(world), Level.ERROR, "its log", "is not in")


def test_no_folder_of_scenes(world: Path) -> None:
    shutil.rmtree(world / SPLIT / "synthetic_scene_pickles")
    told(found(world), Level.ERROR, "no such folder", f"download_{SPLIT}.sh", "SYNTHETIC_SCENES_PATH")


def test_the_environment_says_otherwise(world: Path, tmp_path: Path) -> None:
    environment = {"SYNTHETIC_SCENES_PATH": str(tmp_path / "nowhere")}
    told(found(world, environment=environment), Level.ERROR, str(tmp_path / "nowhere"))


def test_a_mapping_that_does_not_fit_its_filter(world: Path) -> None:
    path = world / "train_test_split" / "scene_filter" / f"{SPLIT}.yaml"
    first = split_of(world).two_stage[0].now
    path.write_text("\n".join(line for line in path.read_text().splitlines() if first not in line))
    told(found(world), Level.ERROR, "mapping", "1 first-stage scene", first)
