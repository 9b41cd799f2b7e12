"""What the expert does, named."""

import math

import numpy as np
import pytest

from driving.data.meta_actions import MetaAction, lateral_action, longitudinal_action, meta_action
from driving.scene import Scene
from tests import worlds


def _straight(speeds_mps: list[float]) -> np.ndarray:
    x = np.cumsum(np.array(speeds_mps) * 0.5)
    return np.stack([x, np.zeros_like(x), np.zeros_like(x)], axis=1)


@pytest.mark.parametrize(
    ("speeds", "now", "action"),
    [
        ([8.0] * 8, 8.0, "keep speed"),
        ([0.0] * 8, 0.0, "stop"),
        ([4.0, 3.0, 2.0, 1.0, 0.4, 0.0, 0.0, 0.0], 5.0, "stop"),
        (list(np.linspace(8.0, 4.0, 8)), 8.0, "slow down"),
        (list(np.linspace(0.5, 6.0, 8)), 0.0, "speed up"),
        ([8.8] * 8, 8.0, "keep speed"),
        ([18.0] * 8, 20.0, "keep speed"),
        ([16.0] * 8, 20.0, "slow down"),
    ],
)
def test_longitudinal(speeds: list[float], now: float, action: str) -> None:
    assert longitudinal_action(_straight(speeds), now) == action


@pytest.mark.parametrize(
    ("heading_deg", "lanes", "action"),
    [
        (0.0, 0, "keep lane"),
        (15.0, 0, "keep lane"),
        (60.0, 0, "turn left"),
        (-30.0, 0, "turn right"),
        (5.0, 1, "change lane left"),
        (5.0, -1, "change lane right"),
        (60.0, -1, "turn left"),
    ],
)
def test_lateral(heading_deg: float, lanes: int, action: str) -> None:
    assert lateral_action(math.radians(heading_deg), lanes) == action


@pytest.mark.parametrize(
    ("scene", "action"),
    [
        (worlds.straight_road(), MetaAction("keep speed", "keep lane")),
        (worlds.standing_still(), MetaAction("stop", "keep lane")),
        (worlds.stopped_car_ahead(), MetaAction("stop", "keep lane")),
        (worlds.lane_change_left(), MetaAction("keep speed", "change lane left")),
        (worlds.turning_at_crossing("left"), MetaAction("keep speed", "turn left")),
        (worlds.turning_at_crossing("right"), MetaAction("keep speed", "turn right")),
        (worlds.crossing_with_red_light(distance_to_line_m=10.0), MetaAction("stop", "keep lane")),
    ],
)
def test_of_a_scene(scene: Scene, action: MetaAction) -> None:
    assert meta_action(scene) == action


def test_there_is_no_other_action() -> None:
    with pytest.raises(ValueError, match="reverse"):
        MetaAction("reverse", "keep lane")
