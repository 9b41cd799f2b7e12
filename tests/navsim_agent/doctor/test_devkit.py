"""Whose the packages navsim and nuplan are, told by their files."""

from pathlib import Path

import pytest

from navsim_agent.doctor.devkit import Devkits, find_devkits, mixed_devkits
from navsim_agent.doctor.finding import Level
from tests.navsim_agent.doctor.findings import levels, told

SUMMARY = {"name": "navsim", "version": "1.2.0", "summary": "Radio navigation signals"}


def navsim(root: Path, second: bool = True, fixed: bool = True) -> Path:
    """A folder with the files by which a devkit is known."""
    scoring = "from enums import WeightedMetricIndex\n" if fixed else ""
    contents = {"common/dataclasses.py": "", "evaluate/pdm_score.py": scoring}
    contents |= {"planning/script/run_metric_caching.py": ""}
    contents |= {"traffic_agents_policies/__init__.py": ""} if second else {}
    return written(root / "navsim", contents)


def nuplan(root: Path) -> Path:
    names = ("database/maps_db/gpkg_mapsdb.py", "common/actor_state/ego_state.py")
    return written(root / "nuplan", dict.fromkeys(names, ""))


def written(folder: Path, contents: dict[str, str]) -> Path:
    for name, text in contents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def found(
    navsim: Path | None, nuplan: Path | None, where: str = "", distributions: list | None = None
) -> Devkits:
    packages = {
        name: None if folder is None else {"folder": str(folder), "distributions": distributions or []}
        for name, folder in (("navsim", navsim), ("nuplan", nuplan))
    }
    return find_devkits({"executable": "/env/bin/python", "packages": packages}, where)


def test_both_devkits_are_ok(tmp_path: Path) -> None:
    devkits = found(navsim(tmp_path), nuplan(tmp_path))
    assert levels(devkits.findings) == {Level.OK}
    assert devkits.is_second_version is True
    told(devkits.findings, Level.OK, "devkit v2 (EPDMS)", "human filter fixed")


def test_none_is_ok_here_but_not_where_the_devkit_should_be() -> None:
    assert levels(found(None, None).findings) == {Level.OK}
    assert found(None, None).is_second_version is None
    told(found(None, None, " of the devkit").findings, Level.ERROR, "navsim of the devkit", "git clone")


def test_another_project_of_that_name_is_an_error(tmp_path: Path) -> None:
    folder = written(tmp_path / "navsim", {"__init__.py": "", "gps.py": ""})
    here = found(folder, None, distributions=[SUMMARY])
    told(here.findings, Level.ERROR, "Radio navigation signals", "not NAVSIM's devkit", "uninstall navsim")
    assert "git clone" not in here.findings[0].cure, "its pins would break this environment"
    assert here.navsim is None and here.is_second_version is None
    there = found(folder, None, " of the devkit", [SUMMARY])
    told(
        there.findings,
        Level.ERROR,
        "uninstall navsim && git clone https://github.com/autonomousvision/navsim",
    )


def test_versions_are_told_apart(tmp_path: Path) -> None:
    first = found(navsim(tmp_path / "1", second=False), nuplan(tmp_path))
    told(first.findings, Level.OK, "devkit v1 (PDMS)")
    assert first.is_second_version is False
    old = found(navsim(tmp_path / "2", fixed=False), nuplan(tmp_path))
    told(old.findings, Level.WARNING, "older than the fix", "issue 151", "convention=before")


def test_a_navsim_without_nuplan_cannot_be_imported(tmp_path: Path) -> None:
    told(found(navsim(tmp_path), None).findings, Level.ERROR, "nuplan", "cannot be imported", "--no-deps")
    stranger = written(tmp_path / "other" / "nuplan", {"__init__.py": ""})
    told(found(navsim(tmp_path), stranger).findings, Level.ERROR, "is not nuplan-devkit", "uninstall nuplan")


@pytest.mark.parametrize("is_other", [True, False])
def test_scripts_of_one_clone_with_the_package_of_another(tmp_path: Path, is_other: bool) -> None:
    devkits = found(navsim(tmp_path / "installed"), nuplan(tmp_path))
    root = tmp_path / ("clone" if is_other else "installed")
    navsim(root)
    findings = list(mixed_devkits({"NAVSIM_DEVKIT_ROOT": str(root)}, devkits))
    if is_other:
        told(findings, Level.WARNING, "NAVSIM_DEVKIT_ROOT", str(root), f'="{tmp_path}/installed"')
    else:
        assert findings == []
