"""How nine sub-scores make one EPDMS."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from driving.scores import OFFICIAL_COLUMNS, SubScores

NAN = float("nan")


def sub_scores(**changes: float) -> SubScores:
    values = dict.fromkeys(OFFICIAL_COLUMNS, 1.0) | changes
    return SubScores(**{name: torch.tensor([value]) for name, value in values.items()})


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, 1.0),
        ({"nc": 0.5}, 0.5),
        ({"dac": 0.0}, 0.0),
        ({"ddc": 0.5, "tlc": 0.0}, 0.0),
        ({"ep": 0.0}, 11 / 16),
        ({"ttc": 0.0}, 11 / 16),
        ({"lk": 0.0, "hc": 0.0, "ec": 0.0}, 10 / 16),
        ({"ec": NAN}, 1.0),
        ({"ec": NAN, "hc": 0.0}, 12 / 14),
        ({"ec": 0.0}, 14 / 16),
    ],
)
def test_epdms(changes: dict[str, float], expected: float) -> None:
    assert math.isclose(sub_scores(**changes).epdms().item(), expected, rel_tol=1e-6)


@given(st.lists(st.floats(0, 1), min_size=9, max_size=9), st.integers(0, 8))
def test_a_better_sub_score_never_lowers_the_score(values: list[float], which: int) -> None:
    before = torch.tensor(values, dtype=torch.float64)
    after = before.clone()
    after[which] = 1.0
    assert SubScores.from_stacked(after).epdms() >= SubScores.from_stacked(before).epdms() - 1e-12


def test_stacking_keeps_the_official_order() -> None:
    values = torch.rand(2, 5, 9)
    scores = SubScores.from_stacked(values)
    assert torch.equal(scores.stacked(), values)
    assert list(vars(scores)) == list(OFFICIAL_COLUMNS)
