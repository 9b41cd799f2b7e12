"""Our CSV beside the devkit's."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from driving.errors import DataError
from navsim_agent.evaluation.compare_official import ONE_STAGE, compare_with_official, format_comparison
from navsim_agent.evaluation.result import score_frame
from tests.navsim_agent.results import evaluation


@pytest.fixture
def frame() -> pd.DataFrame:
    return score_frame(evaluation([0.0, 0.5, 1.0, 1.0]))


def _written(frame: pd.DataFrame, path: Path) -> Path:
    frame.to_csv(path)
    return path


def test_a_file_agrees_with_itself_in_any_order(tmp_path: Path, frame: pd.DataFrame):
    ours = _written(frame, tmp_path / "ours.csv")
    official = _written(frame.iloc[::-1].drop(columns=["log_name", "start_time"]), tmp_path / "official.csv")
    comparison = compare_with_official(ours, official)
    assert comparison.agrees
    assert len(comparison.columns) == 10
    assert all(column.rows == 4 and column.share == 1.0 for column in comparison.columns)


def test_the_worst_row_comes_first(tmp_path: Path, frame: pd.DataFrame):
    other = frame.copy()
    other.loc[1, "ego_progress"] = 0.9
    other.loc[2, "ego_progress"] = 0.2
    other.loc[3, "ego_progress"] = 1.0 + 1e-9
    comparison = compare_with_official(
        _written(frame, tmp_path / "a.csv"), _written(other, tmp_path / "b.csv")
    )
    progress = next(c for c in comparison.columns if c.column == "ego_progress")
    assert [row.token for row in progress.worst] == ["scene2", "scene1"]
    assert progress.share == 0.5
    assert progress.largest_difference == pytest.approx(0.8)
    assert not comparison.agrees
    assert "scene2  ours 1  official 0.2" in format_comparison(comparison)


def test_defined_on_one_side_only_is_a_disagreement(tmp_path: Path, frame: pd.DataFrame):
    other = frame.copy()
    other.loc[0, "two_frame_extended_comfort"] = 1.0
    comparison = compare_with_official(
        _written(frame, tmp_path / "a.csv"), _written(other, tmp_path / "b.csv")
    )
    comfort = next(c for c in comparison.columns if c.column == "two_frame_extended_comfort")
    assert comfort.agreeing == 3
    assert np.isnan(comfort.worst[0].ours)


def test_scenes_of_one_file_only_are_reported(tmp_path: Path, frame: pd.DataFrame):
    comparison = compare_with_official(
        _written(frame, tmp_path / "a.csv"), _written(frame.drop(index=2), tmp_path / "b.csv")
    )
    assert comparison.only_ours == ("scene2",)
    assert not comparison.agrees


def test_a_token_of_digits_stays_text(tmp_path: Path, frame: pd.DataFrame):
    frame = frame.replace({"token": {"scene1": "0012345678901234"}})
    path = _written(frame, tmp_path / "a.csv")
    assert compare_with_official(path, path).agrees


def test_unusable_files_are_named(tmp_path: Path, frame: pd.DataFrame):
    good = _written(frame, tmp_path / "good.csv")
    with pytest.raises(DataError, match=r"missing\.csv"):
        compare_with_official(good, tmp_path / "missing.csv")
    lacking = _written(frame.drop(columns=["lane_keeping"]), tmp_path / "lacking.csv")
    with pytest.raises(DataError, match="lane_keeping"):
        compare_with_official(good, lacking)
    twice = _written(pd.concat([frame, frame]), tmp_path / "twice.csv")
    with pytest.raises(DataError, match="more than once"):
        compare_with_official(good, twice)
    strangers = frame.assign(token=[f"other{index}" for index in range(len(frame))])
    with pytest.raises(DataError, match="no token in common"):
        compare_with_official(good, _written(strangers, tmp_path / "strangers.csv"))


def _named(rows: dict[tuple[str, str], float]) -> pd.DataFrame:
    """Rows of token and name; the value stands in every column."""
    values = {column: list(rows.values()) for column in ONE_STAGE}
    return pd.DataFrame({"token": [t for t, _ in rows], "name": [n for _, n in rows], **values})


def test_rows_with_names_are_matched_by_both(tmp_path: Path):
    ours = _named({("a", "fast"): 1.0, ("a", "slow"): 0.5, ("b", "fast"): 0.0})
    official = _named({("b", "fast"): 0.0, ("a", "slow"): 0.25, ("a", "fast"): 1.0})
    comparison = compare_with_official(
        _written(ours, tmp_path / "a.csv"), _written(official, tmp_path / "b.csv")
    )
    assert comparison.columns[0].rows == 3
    assert [row.token for row in comparison.columns[0].worst] == ["a slow"]
    twice = _written(pd.concat([ours, ours]), tmp_path / "twice.csv")
    with pytest.raises(DataError, match="row a fast occurs more than once"):
        compare_with_official(twice, twice)


def test_names_on_one_side_only_are_passed_over(tmp_path: Path):
    ours = _named({("a", "fast"): 1.0, ("b", "fast"): 0.0})
    path = _written(ours, tmp_path / "a.csv")
    assert compare_with_official(path, _written(ours.drop(columns="name"), tmp_path / "b.csv")).agrees
    assert compare_with_official(path, _written(ours.assign(name=""), tmp_path / "c.csv")).agrees


def test_a_name_that_reads_like_a_missing_value_is_a_name(tmp_path: Path):
    path = _written(_named({("a", "NA"): 1.0, ("a", "007"): 0.5, ("a", ""): 0.5}), tmp_path / "a.csv")
    assert compare_with_official(path, path).columns[0].rows == 3
