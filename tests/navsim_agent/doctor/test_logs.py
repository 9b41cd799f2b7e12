"""Logs of a split: missing, broken, misplaced, and the scenes in them."""

import pickle
from dataclasses import replace

from driving.data.read_log import read_log
from driving.data.splits import SceneFilter, Split
from driving.data.write_log import write_log
from navsim_agent.doctor.finding import Level, spread
from navsim_agent.doctor.logs import log_file_findings, split_findings, survey_findings
from tests.navsim_agent.doctor.conftest import DataSet
from tests.navsim_agent.doctor.findings import levels, told


def files(data_set: DataSet):
    return list(log_file_findings(data_set.split, data_set.folders))


def scenes(data_set: DataSet, **reading):
    return list(survey_findings(data_set.split, data_set.survey(**reading)))


def test_a_whole_split_is_ok(data_set: DataSet) -> None:
    found = [*split_findings(data_set.split), *files(data_set), *scenes(data_set)]
    assert levels(found) == {Level.OK}
    told(found, Level.OK, "test lists 2 logs, 6 tokens")
    told(found, Level.OK, "2 logs", "all that are listed")
    told(found, Level.OK, "all 6 of test are there")


def test_a_missing_log_is_named_and_costs_its_scenes(data_set: DataSet) -> None:
    (data_set.folders.logs / "red_light.pkl").unlink()
    told(files(data_set), Level.ERROR, "lacks 1 of the 2 logs", "first red_light", "without a word")
    told(scenes(data_set), Level.ERROR, "2 of 6 are there", (data_set.split.scene_filter.tokens or [""])[0])


def test_a_sample_does_not_speak_for_all(data_set: DataSet) -> None:
    told(scenes(data_set, samples=1), Level.OK, "4 in 1 of 2 logs, of 6 in the whole split", "thorough=true")
    told(scenes(data_set, samples=1, is_thorough=True), Level.OK, "all 6")


def test_a_broken_log_is_named_and_the_others_are_still_counted(data_set: DataSet) -> None:
    path = data_set.folders.logs / "stopped_car.pkl"
    path.write_bytes(path.read_bytes()[:5000])
    found = scenes(data_set)
    told(found, Level.ERROR, "stopped_car.pkl", "truncated", "fetch")
    told(found, Level.ERROR, "4 of 6 are there", "no log that could be read")


def test_a_log_that_names_a_program_is_not_run(data_set: DataSet) -> None:
    class Trap:
        def __reduce__(self):
            return print, ("sprung",)

    (data_set.folders.logs / "stopped_car.pkl").write_bytes(pickle.dumps([Trap()]))
    told(scenes(data_set), Level.ERROR, "builtins.print", "not allowed")


def test_logs_one_level_too_deep_are_found(data_set: DataSet) -> None:
    logs = data_set.folders.logs
    deeper = logs / "test"
    deeper.mkdir()
    for path in logs.glob("*.pkl"):
        path.rename(deeper / path.name)
    told(files(data_set), Level.ERROR, "holds no log", f"they lie in {deeper}", f"mv {deeper}/* {logs}/")


def test_no_folder_of_logs_tells_where_they_belong(data_set: DataSet) -> None:
    logs = data_set.folders.logs
    logs.rename(logs.with_name("elsewhere"))
    told(files(data_set), Level.ERROR, "no such folder", f"meta_datas) to {logs}")


def test_logs_where_the_download_leaves_them(data_set: DataSet) -> None:
    logs = data_set.folders.logs
    unpacked = data_set.root / "test_navsim_logs" / "test"
    unpacked.parent.mkdir()
    logs.rename(unpacked)
    told(files(data_set), Level.ERROR, "no such folder", f"mv {unpacked} {logs}")


def test_what_is_no_log_matters_only_to_a_split_that_lists_none(data_set: DataSet) -> None:
    (data_set.folders.logs / "logs.tgz").write_bytes(b"")
    assert levels(files(data_set)) == {Level.OK}
    every = Split("test", "test", SceneFilter(frame_interval=1))
    told(log_file_findings(every, data_set.folders), Level.WARNING, "logs.tgz", "as a log and fails")


def test_a_token_of_17_characters_is_told(data_set: DataSet) -> None:
    path = data_set.folders.logs / "stopped_car.pkl"
    frames = read_log(path)
    write_log([replace(frames[0], token=frames[0].token + "x"), *frames[1:]], path)
    told(scenes(data_set), Level.ERROR, "1 token of logs have 17 characters", "stopped_car", "synthetic")


def test_a_split_that_only_bears_the_devkits_name_is_told() -> None:
    cut = SceneFilter(log_names=["a"], tokens=["b"], frame_interval=1)
    told(split_findings(Split("navtest", "test", cut)), Level.WARNING, "12,146", "another split")
    whole = SceneFilter(log_names=["a"] * 136, tokens=["b"] * 12_146, frame_interval=1)
    told(split_findings(Split("navtest", "test", whole)), Level.OK, "as the devkit's does")


def test_nothing_that_passes_the_filter_is_an_error(data_set: DataSet) -> None:
    split = replace(data_set.split, scene_filter=SceneFilter(num_future_frames=40, frame_interval=1))
    survey = replace(
        data_set.survey(), facts=tuple(replace(log, scenes=()) for log in data_set.survey().facts)
    )
    told(survey_findings(split, survey), Level.ERROR, "none passes the filter", "belong together")


def test_samples_are_spread_from_the_first_to_the_last() -> None:
    assert spread(range(10), 3) == [0, 4, 9]
    assert spread(range(2), 3) == [0, 1]
    assert spread(range(5), 1) == [0]
