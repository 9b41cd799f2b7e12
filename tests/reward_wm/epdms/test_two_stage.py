"""The two-stage score against sums done by hand, and what it does when plans fail."""

import math
from dataclasses import replace

import pytest
import torch

from driving.data.two_stage import TwoStageMapping
from driving.errors import DataError
from driving.scores import SubScores
from reward_wm.epdms.states import STATE_FIELDS
from reward_wm.epdms.two_stage import StagePlan, score_two_stage

MAPPING = TwoStageMapping("now", "before", (("now_a", "before_a"), ("now_b", "before_b")))


def plan(time_s: float, start: tuple[float, float], end: tuple[float, float], ep: float = 1.0) -> StagePlan:
    """Straight on at constant speed, everything right but progress."""
    scores = torch.ones(9, dtype=torch.float64)
    scores[4], scores[8] = ep, torch.nan
    states = torch.zeros(41, STATE_FIELDS, dtype=torch.float64)
    return StagePlan(
        round(1_700_000_000_000_000 + time_s * 1e6), torch.tensor(start).double(), scores, states,
        torch.tensor(end).double(),
    )  # fmt: skip


def plans() -> dict[str, StagePlan]:
    """Ends at x = 40 (now) and 35 (before); starts 0.1 and 0.5 m away from there."""
    return {
        "now": plan(0.5, (0.0, 0.0), (40.0, 0.0), ep=0.9),
        "before": plan(0.0, (-5.0, 0.0), (35.0, 0.0), ep=0.8),
        "now_a": plan(4.5, (40.0, 0.1), (80.0, 0.0), ep=0.6),
        "now_b": plan(4.5, (40.0, 0.5), (80.0, 0.0), ep=0.2),
        "before_a": plan(4.0, (35.0, 0.1), (75.0, 0.0), ep=0.4),
        "before_b": plan(4.0, (35.0, 0.5), (75.0, 0.0), ep=1.0),
    }


def epdms(ep: float, ec: float = 1.0) -> float:
    return (5 * ep + 5 + 2 + 2 + 2 * ec) / 16


def test_the_nearer_start_counts_more() -> None:
    found = score_two_stage([MAPPING], plans())
    near, far = math.exp(-(0.1**2) / 0.2), math.exp(-(0.5**2) / 0.2)
    weight = near / (near + far)
    now = epdms(0.9) * (weight * epdms(0.6) + (1 - weight) * epdms(0.2))
    before = epdms(0.8) * (weight * epdms(0.4) + (1 - weight) * epdms(1.0))
    assert found.tokens == ("now", "before", "now_a", "before_a", "now_b", "before_b")
    assert found.weights.tolist() == pytest.approx([1, 1, weight, weight, 1 - weight, 1 - weight])
    assert found.score == pytest.approx((now + before) / 2)
    assert found.stage_one.score == pytest.approx((epdms(0.9) + epdms(0.8)) / 2)
    two = (weight * (epdms(0.6) + epdms(0.4)) + (1 - weight) * (epdms(0.2) + epdms(1.0))) / 2
    assert found.stage_two.score == pytest.approx(two)
    assert float(found.stage_one.sub_scores.ep) == pytest.approx(0.85)


def test_far_starts_count_alike() -> None:
    far = {
        token: replace(one, start_in_map=one.start_in_map + 3.0) if "_" in token else one
        for token, one in plans().items()
    }
    assert score_two_stage([MAPPING], far).weights[2:].tolist() == [0.5] * 4


def test_comfort_belongs_to_both_scenes_of_a_pair_and_always_counts() -> None:
    swaying = torch.zeros(41, STATE_FIELDS, dtype=torch.float64)
    swaying[:, 5] = torch.sin(torch.arange(41)) * 3.0
    mixed = plans() | {"now_b": replace(plans()["now_b"], states=swaying)}
    found = score_two_stage([MAPPING], mixed)
    comfort = dict(zip(found.tokens, found.sub_scores.ec.tolist(), strict=True))
    assert [token for token, ec in comfort.items() if ec == 0.0] == ["before_b", "now_b"][::-1]
    score = dict(zip(found.tokens, found.sub_scores.epdms().tolist(), strict=True))
    assert score["before_b"] == pytest.approx(epdms(1.0, ec=0.0))


def test_a_failed_plan_costs_itself_and_its_pair() -> None:
    failed = plans()
    for token in ("now", "before_a"):
        one = failed[token]
        nothing = torch.zeros(9, dtype=torch.float64)
        failed[token] = replace(one, sub_scores=nothing, states=None, end_in_map=None)
    found = score_two_stage([MAPPING], failed)
    comfort = dict(zip(found.tokens, found.sub_scores.ec.tolist(), strict=True))
    assert comfort == {"now": 0, "before": 0, "now_a": 0, "before_a": 0, "now_b": 1, "before_b": 1}
    assert found.weights[[2, 4]].tolist() == [0.5, 0.5]
    assert 0.0 < found.score < 0.5


def test_mappings_are_averaged() -> None:
    other = TwoStageMapping("n", "b", (("n_a", "b_a"),))
    names = {"n": "now", "b": "before", "n_a": "now_a", "b_a": "before_a"}
    many = plans() | {name: plans()[token] for name, token in names.items()}
    alone = [score_two_stage([mapping], many).score for mapping in (MAPPING, other)]
    both = score_two_stage([MAPPING, other], many)
    assert both.score == pytest.approx(sum(alone) / 2)
    assert both.mapping_scores.tolist() == pytest.approx(alone)


def test_what_cannot_be_brought_together_is_refused() -> None:
    with pytest.raises(DataError, match="the split has none"):
        score_two_stage([], plans())
    few = {token: one for token, one in plans().items() if token != "now_b"}
    with pytest.raises(DataError, match="1 of 6 scenes have no plan, the first is now_b"):
        score_two_stage([MAPPING], few)
    late = plans() | {"now_a": replace(plans()["now_a"], timestamp_us=1_700_000_005_100_000)}
    with pytest.raises(DataError, match=r"before_a and now_a are 1.1 s apart, not 0.5 s"):
        score_two_stage([MAPPING], late)


def test_no_sub_score_is_forgotten() -> None:
    found = score_two_stage([MAPPING], plans())
    assert isinstance(found.sub_scores, SubScores)
    assert not torch.isnan(found.sub_scores.stacked()).any()
