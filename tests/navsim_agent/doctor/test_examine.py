"""The whole examination: nothing set, half a data set, a healthy one, a folder that refuses to be read."""

from pathlib import Path

import pytest

from driving.data.write_splits import write_scene_filter
from navsim_agent.doctor import examine as module
from navsim_agent.doctor.examine import Question, examine
from navsim_agent.doctor.finding import Examination, Finding, Level
from navsim_agent.doctor.locate import find_split, locate
from tests.navsim_agent.doctor.conftest import CAMERAS, DataSet
from tests.navsim_agent.doctor.findings import told


def everything(examination: Examination) -> list[Finding]:
    return [finding for group in examination.groups for finding in group.findings]


def recorded(data_set: DataSet) -> dict[str, str]:
    return {"OPENSCENE_DATA_ROOT": str(data_set.root), "NUPLAN_MAPS_ROOT": str(data_set.maps)}


def yaml_of(data_set: DataSet) -> str:
    return str(data_set.root / "train_test_split" / "test.yaml")


def test_nothing_set() -> None:
    examination = examine(Question(), {})
    assert examination.count(Level.ERROR) == 0
    told(everything(examination), Level.WARNING, "OPENSCENE_DATA_ROOT", "not set", "export")
    told(everything(examination), Level.WARNING, "NUPLAN_MAPS_ROOT", "not set", "export")
    assert not any(finding.subject in ("maps", "logs", "pictures") for finding in everything(examination))
    unseen = "\n".join(examination.not_checked)
    for words in ("split=", "NUPLAN_MAPS_ROOT", "cache=, metric_cache=, dataset_cache=", "devkit_python="):
        assert words in unseen


def test_a_healthy_embedded_world_has_no_error(data_set: DataSet) -> None:
    examination = examine(Question(data=data_set.root, split="test", cameras=CAMERAS), {})
    assert examination.count(Level.ERROR) == 0
    told(everything(examination), Level.OK, "all 6 of test are there")
    told(everything(examination), Level.OK, "CAM_L0, CAM_F0, CAM_R0")


def test_the_same_as_recorded_data(data_set: DataSet) -> None:
    question = Question(split=yaml_of(data_set), cameras=CAMERAS)
    examination = examine(question, recorded(data_set))
    assert examination.count(Level.ERROR) == 0
    told(everything(examination), Level.OK, "NUPLAN_MAPS_ROOT", str(data_set.maps))
    told(everything(examination), Level.OK, "all 6 of test are there")


def test_logs_but_no_maps(data_set: DataSet) -> None:
    environment = recorded(data_set)
    del environment["NUPLAN_MAPS_ROOT"]
    (data_set.maps / "nuplan-maps-v1.0.json").unlink()
    examination = examine(Question(split=yaml_of(data_set)), environment)
    told(everything(examination), Level.ERROR, "NUPLAN_MAPS_ROOT", "split= needs it")
    told(everything(examination), Level.OK, "all 6 of test are there")
    assert any("maps" in text for text in examination.not_checked)


def test_a_data_root_one_level_off_is_told_once(data_set: DataSet) -> None:
    environment = recorded(data_set) | {"OPENSCENE_DATA_ROOT": str(data_set.root.parent)}
    examination = examine(Question(split=yaml_of(data_set)), environment)
    assert examination.count(Level.ERROR) == 1
    told(everything(examination), Level.ERROR, f'export OPENSCENE_DATA_ROOT="{data_set.root}"')
    assert "logs, pictures and synthetic scenes: cure the above first" in examination.not_checked


def test_a_folder_of_logs_needs_no_variables(data_set: DataSet) -> None:
    examination = examine(Question(split=str(data_set.folders.logs), cameras=CAMERAS), {})
    assert examination.count(Level.ERROR) == 0
    told(everything(examination), Level.OK, "6 pass the filter of test")
    told(everything(examination), Level.OK, "4 of 4 locations")


def test_a_folder_of_logs_may_lie_at_the_root(tmp_path: Path) -> None:
    name = str(Path(*tmp_path.parts[:2]))
    located = locate(find_split(name, None), name, None, {})
    assert located is not None and located.folders.logs == Path(name)


def test_a_split_that_is_not_there_tells_where_splits_are(tmp_path: Path) -> None:
    examination = examine(Question(split="navtest"), {})
    told(everything(examination), Level.ERROR, "navtest: cannot be read", "train_test_split")
    write_scene_filter("navtest", {"log": ["a" * 16]}, tmp_path)
    home = tmp_path / "navsim" / "planning" / "script" / "config" / "common"
    home.mkdir(parents=True)
    (tmp_path / "train_test_split").rename(home / "train_test_split")
    examination = examine(Question(split="navtest"), {"NAVSIM_DEVKIT_ROOT": str(tmp_path)})
    told(everything(examination), Level.ERROR, f"split={home}/train_test_split/navtest.yaml")


def test_a_broken_world_is_made_anew_and_recorded_data_are_fetched(data_set: DataSet) -> None:
    (data_set.folders.logs / "red_light.pkl").unlink()
    embedded = examine(Question(data=data_set.root, split="test"), {})
    told(everything(embedded), Level.ERROR, "lacks 1 of the 2 logs", "irl-vla world out=")
    fetched = examine(Question(split=yaml_of(data_set)), recorded(data_set))
    told(everything(fetched), Level.ERROR, "lacks 1 of the 2 logs", "fetch the logs of 'test' again")


def test_no_such_world(tmp_path: Path) -> None:
    examination = examine(Question(data=tmp_path / "none", split="test"), {})
    told(everything(examination), Level.ERROR, "none: no such folder", "irl-vla world")


def test_a_devkit_interpreter_that_is_none() -> None:
    examination = examine(Question(devkit_python="/nowhere/python"), {})
    told(everything(examination), Level.ERROR, "/nowhere/python: no such program")


def test_a_disk_that_refuses_is_a_line_and_the_rest_is_still_told(
    data_set: DataSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refusing(root: Path):
        raise OSError(5, "Input/output error", str(root))

    question = Question(data=data_set.root, split="test")
    with monkeypatch.context() as patched:
        patched.setattr(module, "map_findings", lambda root: (refusing(root) for _ in range(1)))
        found = everything(examine(question, {}))
    told(found, Level.ERROR, "maps", "Input/output error", str(data_set.maps))
    told(found, Level.OK, "all 6 of test are there")
    monkeypatch.setattr(module, "survey_logs", lambda split, folders, *_: refusing(folders.logs))
    found = everything(examine(question, {}))
    told(found, Level.ERROR, "logs", "Input/output error", str(data_set.folders.logs))
    told(found, Level.OK, "4 of 4 locations")


def test_the_caches_are_compared_with_the_split(data_set: DataSet, tmp_path: Path) -> None:
    question = Question(
        data=data_set.root, split="test", cache=tmp_path, metric_cache=tmp_path, dataset_cache=tmp_path
    )
    found = everything(examine(question, {}))
    told(found, Level.ERROR, "unfinished cache")
    told(found, Level.ERROR, "metric cache", "no metadata/*.csv")
    told(found, Level.ERROR, "dataset cache", "wrote nothing")
