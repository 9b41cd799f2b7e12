"""LK: two seconds off the centreline."""

import pytest
import torch

from reward_wm.epdms.metrics.lane_keeping import lane_keeping
from tests.reference.slow_metrics import slow_lane_keeping
from tests.reward_wm.epdms.hand_made import drive, rollout
from tests.reward_wm.epdms.random_rollouts import random_rollout


def _off_between(first: int, last: int) -> torch.Tensor:
    states = drive(speed=5.0)
    states[first:last, 1] = 0.6
    return states


def test_twenty_samples_in_a_row_fail() -> None:
    outcome = lane_keeping(rollout(_off_between(5, 24), _off_between(5, 25), drive(y=0.5), drive(y=-0.6)))
    assert outcome.score.tolist() == [1.0, 0.0, 1.0, 0.0]
    assert outcome.first_failure.tolist() == [-1, 24, -1, 19]


def test_an_intersection_pauses_the_run_and_does_not_end_it() -> None:
    """Off the line from the start; samples 16 to 34 are in the intersection."""
    states = drive(speed=10.0, y=-0.6)
    states[:, 0] += 25.0 - 1.461
    assert lane_keeping(rollout(states)).first_failure.tolist() == [20 + 19 - 1]


@pytest.mark.parametrize("seed", range(12))
def test_equals_the_slow_twin(seed: int) -> None:
    drawn = random_rollout(seed)
    assert lane_keeping(drawn).score.tolist() == slow_lane_keeping(drawn)
