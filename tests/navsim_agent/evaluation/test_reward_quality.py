"""The reward model's measures, read for the report."""

import json
import math
from pathlib import Path

import pytest

from driving.errors import DataError
from navsim_agent.evaluation.reward_quality import read_reward_quality
from reward_wm.model.measure import ChoiceMeasure, HeadMeasure, RewardMeasure
from reward_wm.model.measure_report import write_measures


def test_reads_what_the_reward_package_writes(tmp_path: Path):
    heads = (
        HeadMeasure("nc", 3, 10, 0.9, 0.8, 0.01),
        HeadMeasure("dac", 0, 10, math.nan, math.nan, 0.02),
    )
    choice = ChoiceMeasure(5, 0.7, 0.05, 0.3, 0.1, 0.1)
    _, path = write_measures(tmp_path, [RewardMeasure("reward world model", "policy", heads, choice)])
    quality = read_reward_quality(path)
    row = quality.rows[0]
    assert quality.heads == ("nc", "dac")
    assert (row.reward, row.group) == ("reward world model", "policy")
    assert (row.spearman, row.regret, row.random_regret) == (0.7, 0.05, 0.3)
    assert row.aucs[0] == 0.9
    assert math.isnan(row.aucs[1])


@pytest.mark.parametrize("content", ["", "[]", "{}", json.dumps([{"reward": "x"}])])
def test_anything_else_is_refused(tmp_path: Path, content: str):
    path = tmp_path / "measures.json"
    path.write_text(content)
    with pytest.raises(DataError, match=r"measures\.json"):
        read_reward_quality(path)
