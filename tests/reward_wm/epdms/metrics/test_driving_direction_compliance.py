"""DDC: metres off the route within eleven steps."""

import pytest

from reward_wm.epdms.metrics.driving_direction_compliance import driving_direction_compliance
from tests.reward_wm.epdms.hand_made import drive, rollout


@pytest.mark.parametrize(
    ("speed", "score"), [(1.8, 1.0), (1.9, 0.5), (5.4, 0.5), (5.5, 0.0), (12.0, 0.0), (-5.5, 0.0)]
)
def test_eleven_steps_count_beside_the_route(speed: float, score: float) -> None:
    outcome = driving_direction_compliance(rollout(drive(speed=speed, y=4.0)))
    assert outcome.score.tolist() == [score]


def test_on_the_route_nothing_counts() -> None:
    assert driving_direction_compliance(rollout(drive(speed=20.0))).score.tolist() == [1.0]


def test_inside_an_intersection_nothing_counts() -> None:
    """50 m along y = -10: off the road until x = 40, then in the intersection."""
    crossing, before = drive(speed=5.0, y=-10.0), drive(speed=5.0, y=-10.0)
    crossing[:, 0] += 40.0 - 1.461 + 1e-6
    outcome = driving_direction_compliance(rollout(crossing, before))
    assert outcome.score.tolist() == [1.0, 0.5]


def test_tells_when() -> None:
    outcome = driving_direction_compliance(rollout(drive(speed=10.0, y=4.0)))
    assert outcome.first_failure.tolist() == [2]  # 2 m
