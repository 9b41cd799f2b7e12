"""The table of agents."""

import csv
import math
from pathlib import Path

import pytest

from driving.scores import OFFICIAL_COLUMNS
from navsim_agent.evaluation.bootstrap import BootstrapConfig
from navsim_agent.evaluation.ladder import gain, ladder, markdown_table, write_table
from navsim_agent.evaluation.seeds import Seeds, group_seeds
from tests.navsim_agent.results import evaluation

CONFIG = BootstrapConfig(resamples=200)


def test_table_csv_has_one_row_an_agent(tmp_path: Path):
    results = [evaluation([0.0, 1.0, 1.0, 1.0]), evaluation([1.0] * 4, agent="human", failed=(1,))]
    write_table(ladder(results, CONFIG), tmp_path / "out" / "table.csv")
    with (tmp_path / "out" / "table.csv").open() as file:
        rows = list(csv.DictReader(file))
    start = ["agent", "scenes", "epdms", "epdms_low", "epdms_high"]
    assert list(rows[0]) == [*start, *OFFICIAL_COLUMNS.values(), "failed", "seeds"]
    assert [row["agent"] for row in rows] == ["planner", "human"]
    assert float(rows[0]["epdms"]) == pytest.approx(0.75)
    assert float(rows[0]["epdms_low"]) <= 0.75 <= float(rows[0]["epdms_high"])
    assert float(rows[0]["no_at_fault_collisions"]) == pytest.approx(0.75)
    assert rows[1]["failed"] == "1"


def test_what_is_not_defined_is_an_empty_cell(tmp_path: Path):
    write_table(ladder([evaluation([1.0])], CONFIG), tmp_path / "table.csv")
    row = next(csv.DictReader((tmp_path / "table.csv").open()))
    assert row["two_frame_extended_comfort"] == row["epdms_low"] == ""


def test_markdown_is_in_percent_and_escapes_bars():
    table = markdown_table(ladder([evaluation([0.0, 1.0, 1.0, 1.0], agent="a|b")], CONFIG))
    header, rule, row = table.splitlines()
    assert "| 75.0 (" in row
    assert "a\\|b" in row
    assert header.count("|") == rule.count("|") == row.replace("\\|", "").count("|")


def test_a_gain_is_over_the_scenes_both_have():
    imitation = evaluation([0.2, 0.4, 0.6, 0.8], agent="imitation")
    ppo = evaluation([0.3, 0.5, 0.7, 0.9, 0.0, 0.0], agent="ppo")
    step = gain(Seeds((ppo,)), Seeds((imitation,)), CONFIG)
    assert (step.agent, step.baseline, step.scenes) == ("ppo", "imitation", 4)
    assert step.gain.mean == pytest.approx(0.1)
    assert step.gain.excludes_zero


def test_results_of_one_name_are_seeds_of_one_agent():
    results = [evaluation([0.2, 0.4]), evaluation([0.4, 0.8]), evaluation([1.0, 1.0], agent="human")]
    planner, human = ladder(results, CONFIG)
    assert (planner.seeds, human.seeds) == (2, 1)
    assert planner.epdms.mean == pytest.approx(0.45)
    assert planner.seed_deviation == pytest.approx(math.sqrt(0.045))
    assert math.isnan(human.seed_deviation)


def test_a_sub_score_is_averaged_over_the_seeds_that_have_it():
    seeds = Seeds((evaluation([0.2, 0.4]), evaluation([0.4, 0.8], failed=(1,))))
    assert seeds.column("nc").tolist() == pytest.approx([0.3, 0.2])
    assert seeds.column("ec").tolist() == pytest.approx([math.nan, 1.0], nan_ok=True)


def test_seeds_must_share_their_scenes():
    with pytest.raises(ValueError, match="same scenes"):
        group_seeds([evaluation([0.2, 0.4]), evaluation([0.4])])
