"""NAVSIM's environment variables: unset, misspelled, one level off, not writable."""

import os
from pathlib import Path

import pytest

from driving.data.map_layers import MAP_INDEX
from navsim_agent.doctor.environment import Use, environment_findings, misspelled, root_of
from navsim_agent.doctor.finding import Level
from tests.navsim_agent.doctor.findings import levels, told

RECORDED, EMBEDDED, DEVKIT = Use(recorded=True), Use(embedded=True), Use(devkit=True)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """The folders of the devkit's own installation guide."""
    for folder in (
        "dataset/navsim_logs",
        "dataset/sensor_blobs",
        "dataset/maps",
        "exp",
        "navsim/navsim/planning/script",
    ):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "dataset" / "maps" / MAP_INDEX).write_text("{}")
    return tmp_path


def right(workspace: Path) -> dict[str, str]:
    folders = {
        "OPENSCENE_DATA_ROOT": "dataset",
        "NUPLAN_MAPS_ROOT": "dataset/maps",
        "NAVSIM_EXP_ROOT": "exp",
        "NAVSIM_DEVKIT_ROOT": "navsim",
    }
    return {name: str(workspace / folder) for name, folder in folders.items()}


def found(environment: dict[str, str], use: Use = DEVKIT) -> list:
    return list(environment_findings(environment, use))


def test_right_ones_are_ok(workspace: Path) -> None:
    assert len(found(right(workspace))) == 4
    assert levels(found(right(workspace))) == {Level.OK}


def test_unset_ones_matter_to_who_needs_them() -> None:
    told(
        found({}, RECORDED),
        Level.ERROR,
        "OPENSCENE_DATA_ROOT",
        "split= needs it",
        "export OPENSCENE_DATA_ROOT=",
    )
    told(found({}, RECORDED), Level.ERROR, "NUPLAN_MAPS_ROOT", MAP_INDEX)
    assert levels(found({}, DEVKIT)) == {Level.WARNING}
    told(found({}, DEVKIT), Level.WARNING, "NAVSIM_EXP_ROOT", "the devkit's programs end at once")
    assert [item.subject for item in found({}, Use())] == ["OPENSCENE_DATA_ROOT", "NUPLAN_MAPS_ROOT"]
    assert found({}, EMBEDDED) == []


def test_a_folder_one_level_off_is_found(workspace: Path) -> None:
    environment = right(workspace)
    environment["OPENSCENE_DATA_ROOT"] = str(workspace)
    environment["NUPLAN_MAPS_ROOT"] = str(workspace / "dataset")
    told(found(environment), Level.ERROR, f'export OPENSCENE_DATA_ROOT="{workspace / "dataset"}"')
    told(found(environment), Level.ERROR, f'export NUPLAN_MAPS_ROOT="{workspace / "dataset" / "maps"}"')
    environment["OPENSCENE_DATA_ROOT"] = str(workspace / "dataset" / "navsim_logs")
    told(found(environment), Level.ERROR, f'export OPENSCENE_DATA_ROOT="{workspace / "dataset"}"')


def test_a_folder_that_is_not_there(workspace: Path) -> None:
    environment = right(workspace) | {"NUPLAN_MAPS_ROOT": "/nowhere/maps"}
    told(found(environment), Level.ERROR, "/nowhere/maps: no such folder", MAP_INDEX)
    environment = right(workspace) | {"NAVSIM_EXP_ROOT": str(workspace / "new")}
    told(found(environment), Level.WARNING, "is not there yet", f"mkdir -p {workspace / 'new'}")


@pytest.mark.parametrize(
    ("value", "words", "meant"),
    [
        ("'/data'", "quotes", "/data"),
        ('"/data', "quotes", "/data"),
        (" /data", "blank", "/data"),
        ("~/data", "begins with ~", str(Path.home() / "data")),
        ("$HOME/data", "variable", f"{os.environ.get('HOME')}/data"),
    ],
)
def test_what_a_shell_would_have_replaced(value: str, words: str, meant: str) -> None:
    told(found({"OPENSCENE_DATA_ROOT": value}), Level.ERROR, repr(value), words, f'="{meant}"')
    assert root_of({"OPENSCENE_DATA_ROOT": value}, "OPENSCENE_DATA_ROOT") is None
    assert misspelled(meant) is None


def test_a_relative_path_holds_only_here(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(workspace)
    told(found({"OPENSCENE_DATA_ROOT": "dataset"}), Level.WARNING, "relative", str(workspace / "dataset"))


def test_what_must_be_written_to(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: not mode & os.W_OK)
    told(found(right(workspace)), Level.ERROR, "NAVSIM_EXP_ROOT", "cannot be written to")
    told(found(right(workspace)), Level.WARNING, "NUPLAN_MAPS_ROOT", ".maplocks", "does not need it")


def test_with_data_a_wrong_variable_is_no_error(workspace: Path) -> None:
    told(found({"OPENSCENE_DATA_ROOT": "/nowhere"}, EMBEDDED), Level.WARNING, "/nowhere: no such folder")
    environment = {"SYNTHETIC_SCENES_PATH": str(workspace)}
    told(found(environment, EMBEDDED), Level.WARNING, "takes the place", "unset SYNTHETIC_SCENES_PATH")
    assert levels(found(environment, DEVKIT)) == {Level.WARNING, Level.OK}
    told(found({"SYNTHETIC_SENSOR_PATH": "/nowhere"}), Level.ERROR, "/nowhere: no such folder")
