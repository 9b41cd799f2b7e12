"""DAC: all corners, all the time."""

from reward_wm.epdms.metrics.drivable_area_compliance import drivable_area_compliance
from tests.reward_wm.epdms.hand_made import drive, rollout


def test_one_corner_off_the_road_is_enough() -> None:
    outcome = drivable_area_compliance(rollout(drive(), drive(y=-0.9), drive(y=5.0), drive(heading=-0.1)))
    assert outcome.score.tolist() == [1.0, 0.0, 0.0, 0.0]
    assert outcome.first_failure.tolist() == [-1, 0, 0, 5]


def test_a_corner_on_the_seam_of_two_roads_is_on_neither() -> None:
    """The left corners lie at y = 2 exactly, between two lane groups."""
    on_the_seam, beside_it = drive(speed=1.0, y=2.0 - 1.1485), drive(speed=1.0, y=2.1 - 1.1485)
    assert drivable_area_compliance(rollout(on_the_seam, beside_it)).score.tolist() == [0.0, 1.0]
