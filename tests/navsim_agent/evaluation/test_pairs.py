"""Neighbours for two-frame extended comfort."""

import pytest

from driving.errors import DataError
from navsim_agent.evaluation.pairs import pair_with_previous


def test_neighbours_of_a_log_are_paired_whatever_their_order():
    times = [1_000_000, 0, 500_000]
    assert sorted(pair_with_previous(["a"] * 3, times, [True] * 3)) == [(0, 2), (2, 1)]


def test_logs_do_not_mix():
    assert pair_with_previous(["a", "b"], [0, 500_000], [True, True]) == []


def test_a_gap_of_0_55_s_is_too_long():
    valid = [True, True]
    assert pair_with_previous(["a", "a"], [0, 549_999], valid) == [(1, 0)]
    assert pair_with_previous(["a", "a"], [0, 550_000], valid) == []


def test_a_failed_scene_breaks_the_chain():
    times = [0, 500_000, 1_000_000]
    assert pair_with_previous(["a"] * 3, times, [True, False, True]) == []


@pytest.mark.parametrize("gap_us", [0, 200_000, 450_000])
def test_frames_denser_than_2_hz_are_refused(gap_us: int):
    with pytest.raises(DataError, match="log a"):
        pair_with_previous(["a", "a"], [0, gap_us], [True, True])
