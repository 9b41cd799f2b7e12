"""Measures on rankings whose answer is known, and against slow twins."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from driving.scores import SubScores
from reward_wm.labels.proposals import Source
from reward_wm.model.judgements import Judgements
from reward_wm.model.measure import (
    calibration_error,
    measure,
    measure_choice,
    regret,
    spearman,
)
from reward_wm.model.measure_report import write_measures


def judgements(
    predicted: list[float], truth: list[float], scene: list[int], source: Source = Source.VOCABULARY
) -> Judgements:
    """Only NC differs from candidate to candidate."""

    def scores(nc: list[float]) -> SubScores:
        one = torch.ones(len(nc))
        return SubScores(torch.tensor(nc), *[one] * 7, one * torch.nan)

    sources = torch.full((len(scene),), int(source))
    return Judgements(torch.tensor(scene), sources, scores(predicted), scores(truth))


def test_a_perfect_and_a_reversed_reward() -> None:
    truth, scene = [0.0, 0.5, 1.0, 0.0, 1.0, 0.5], [0, 0, 0, 1, 1, 1]
    perfect = measure_choice(judgements(truth, truth, scene))
    assert perfect.spearman == pytest.approx(1.0)
    assert perfect.regret == perfect.error == 0.0
    assert perfect.mean_regret == pytest.approx(0.5)
    reversed_reward = measure_choice(judgements([1 - t for t in truth], truth, scene))
    assert reversed_reward.spearman == pytest.approx(-1.0)
    assert reversed_reward.regret == pytest.approx(1.0)


def test_a_constant_reward_chooses_at_random() -> None:
    choice = measure_choice(judgements([0.7] * 4, [0.0, 1.0, 1.0, 1.0], [0, 0, 0, 0]))
    assert choice.spearman == 0.0 and choice.regret == pytest.approx(choice.mean_regret)


def test_scenes_without_a_choice_say_nothing() -> None:
    choice = measure_choice(judgements([0.1, 0.9, 0.2, 0.3], [1.0, 1.0, 0.0, 1.0], [0, 0, 1, 1]))
    assert choice.scenes == 1 and choice.spearman == pytest.approx(1.0)


def test_heads_and_groups(tmp_path: Path) -> None:
    table = judgements([0.1, 0.8, 0.7, 0.9], [0.0, 1.0, 0.5, 1.0], [0, 0, 0, 0])
    table.source[3] = int(Source.PLANNER_STEP)
    measures = measure("toy", table)
    assert [one.group for one in measures] == ["all", "vocabulary", "policy"]
    nc = measures[0].heads[0]
    assert (nc.head, nc.infractions, nc.candidates) == ("nc", 2, 4)
    assert nc.auc == nc.average_precision == 1.0
    assert math.isnan(measures[0].heads[2].auc) and math.isnan(measures[2].choice.spearman)
    table_path, full_path = write_measures(tmp_path, measures)
    assert len(table_path.read_text().splitlines()) == 1 + 3 * 7
    full = json.loads(full_path.read_text())
    assert full[2]["choice"]["spearman"] is None and full[0]["reward"] == "toy"


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=2, max_size=20))
def test_auc_equals_the_share_of_pairs_in_order(rows: list[tuple[int, bool]]) -> None:
    predicted = [value / 6 for value, _ in rows]
    truth = [float(clean) for _, clean in rows]
    auc = measure("any", judgements(predicted, truth, [0] * len(rows)))[0].heads[0].auc
    good = [p for p, t in zip(predicted, truth, strict=True) if t == 1]
    bad = [p for p, t in zip(predicted, truth, strict=True) if t == 0]
    pairs = [1.0 if b < g else 0.5 if b == g else 0.0 for b in bad for g in good]
    assert (math.isnan(auc) and not pairs) or auc == pytest.approx(np.mean(pairs))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=2, max_size=12))
def test_spearman_equals_scipy(rows: list[tuple[int, int]]) -> None:
    a, b = np.array(rows, dtype=float).T
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        assert spearman(a, b) == 0.0
    else:
        assert spearman(a, b) == pytest.approx(spearmanr(a, b).statistic)


def test_ties_for_the_first_place_are_averaged() -> None:
    assert regret(np.array([0.9, 0.9, 0.1]), np.array([0.0, 1.0, 0.5])) == pytest.approx(0.5)


def test_calibration_error_of_honest_and_bold_chances() -> None:
    truth = torch.tensor([1.0, 0.0, 1.0, 0.0])
    assert calibration_error(torch.full((4,), 0.5), truth) == pytest.approx(0.0)
    assert calibration_error(torch.ones(4), truth) == pytest.approx(0.5)
