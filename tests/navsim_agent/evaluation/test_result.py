"""Evaluations on disk."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from driving.errors import DataError
from driving.scores import OFFICIAL_COLUMNS
from navsim_agent.evaluation.bootstrap import BootstrapConfig
from navsim_agent.evaluation.result import AVERAGE_ROW, load_result, save_result
from tests.navsim_agent.results import evaluation

BOOTSTRAP = BootstrapConfig(resamples=100)


def test_written_then_read_is_the_same(tmp_path: Path):
    result = evaluation([0.0, 0.5, 1.0, 1.0], failed=(0,))
    save_result(result, tmp_path / "run", BOOTSTRAP, {})
    again = load_result(tmp_path / "run")
    for name in ("agent", "privileged", "tokens", "log_names", "timestamps_us"):
        assert getattr(again, name) == getattr(result, name)
    assert torch.equal(again.valid, result.valid)
    assert torch.equal(again.sub_scores.stacked().nan_to_num(), result.sub_scores.stacked().nan_to_num())
    assert torch.equal(
        again.plan.trajectories.poses.nan_to_num(), result.plan.trajectories.poses.nan_to_num()
    )
    assert again.plan.trajectories.interval_s == 0.5
    assert again.plan.text == result.plan.text


def test_the_csv_has_the_devkits_columns_and_average_row(tmp_path: Path):
    save_result(evaluation([0.0, 0.5, 1.0, 1.0]), tmp_path, BOOTSTRAP, {})
    frame = pd.read_csv(tmp_path / "scores.csv", index_col=0)
    official = ["token", "valid", *OFFICIAL_COLUMNS.values(), "score"]
    assert list(frame.columns) == [*official, "log_name", "start_time"]
    assert frame["token"].iloc[-1] == AVERAGE_ROW
    assert frame["score"].iloc[-1] == pytest.approx(frame["score"].iloc[:-1].mean())
    assert math.isnan(frame["two_frame_extended_comfort"].iloc[0])
    assert frame["start_time"].iloc[1] == pytest.approx(1_600_000_000.5)


def test_a_failed_scene_counts_as_zero(tmp_path: Path):
    result = evaluation([1.0, 1.0, 1.0, 1.0], failed=(3,))
    assert result.failed == 1
    np.testing.assert_allclose(result.epdms(), [1.0, 1.0, 1.0, 0.0])
    save_result(result, tmp_path, BOOTSTRAP, {})
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["epdms"] == pytest.approx(0.75)
    assert (summary["scenes"], summary["failed"]) == (4, 1)


def test_a_summary_tells_what_drove_and_what_scored(tmp_path: Path):
    save_result(evaluation([1.0, 0.5]), tmp_path, BOOTSTRAP, {"checkpoint": "abc"})
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["weights"] == {"checkpoint": "abc"} and summary["code_version"]


def test_a_full_disk_leaves_no_evaluation_that_looks_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez_compressed", full)
    with pytest.raises(OSError, match=r"plans\.npz"):
        save_result(evaluation([1.0, 0.5]), tmp_path, BOOTSTRAP, {})
    assert [path.name for path in tmp_path.iterdir()] == ["scores.csv"]


def test_a_summary_of_one_log_is_valid_json(tmp_path: Path):
    save_result(evaluation([1.0, 0.5], ["a", "a"]), tmp_path, BOOTSTRAP, {})
    summary = json.loads((tmp_path / "summary.json").read_text(), parse_constant=pytest.fail)
    assert summary["epdms_low"] is None


def test_a_folder_without_an_evaluation_is_named(tmp_path: Path):
    with pytest.raises(DataError, match=r"plans\.npz"):
        load_result(tmp_path)
    np.savez(tmp_path / "plans.npz", agent="somebody")
    with pytest.raises(DataError, match=r"plans\.npz: not an evaluation of ours \('privileged'\)"):
        load_result(tmp_path)


def test_two_stages_are_no_plans_to_load(tmp_path: Path):
    (tmp_path / "summary.json").write_text('{"mappings": 3}')
    with pytest.raises(DataError, match="an evaluation in two stages"):
        load_result(tmp_path)
