"""`irl-vla doctor`: the page on stdout, one line on stderr and status 1 where there is an error."""

import json
import shutil
from pathlib import Path

import pytest

from driving.data.map_layers import LOCATIONS
from scripts.cli import main
from tests.golden.read_world import unpack_world

VARIABLES = (
    "OPENSCENE_DATA_ROOT",
    "NUPLAN_MAPS_ROOT",
    "NAVSIM_EXP_ROOT",
    "NAVSIM_DEVKIT_ROOT",
    "SYNTHETIC_SCENES_PATH",
    "SYNTHETIC_SENSOR_PATH",
)


@pytest.fixture(autouse=True)
def _unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An embedded world with two stages, without pictures; the archive has one of its four maps."""
    root = unpack_world("two_stage_world", tmp_path_factory.mktemp("doctor"))
    (one,) = (root / "maps").glob("*/*/map.gpkg")
    index = {location: {"version": one.parent.name, "layers": {}} for location in LOCATIONS}
    (root / "maps" / "nuplan-maps-v1.0.json").write_text(json.dumps(index))
    for location in set(LOCATIONS) - {one.parents[1].name}:
        shutil.copytree(one.parents[1], root / "maps" / location)
    return root


def test_a_healthy_world_ends_with_status_0(
    world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "findings.json"
    arguments = [f"data={world}", "split=test_two_stage", "cameras=[]", "thorough=true", "workers=1"]
    assert main(["doctor", *arguments, f"out={out}"]) == 0
    printed = capsys.readouterr()
    assert "4 of 4 locations are whole" in printed.out
    assert "0 errors, " in printed.out.splitlines()[-1]
    assert "\033[" not in printed.out
    titles = [group["title"] for group in json.loads(out.read_text())["groups"]]
    assert titles == ["versions", "environment variables", "maps", "data", "caches", "machine"]


def test_an_error_ends_with_status_1_and_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "split=navtest"]) == 1
    printed = capsys.readouterr()
    assert "OPENSCENE_DATA_ROOT  not set, and split= needs it" in printed.out
    assert printed.err.count("\n") == 1
    assert "irl-vla: doctor: 3 errors" in printed.err


def test_nothing_set_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    assert "not checked: logs, pictures and synthetic scenes: set split=" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("argument", "message"),
    [("samples=0", "samples=0"), ("cameras=[CAM_X]", "CAM_X"), ("sample=3", "sample")],
)
def test_wrong_keys_are_refused(argument: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", argument]) != 0
    printed = capsys.readouterr()
    assert message in printed.err and printed.out == ""
