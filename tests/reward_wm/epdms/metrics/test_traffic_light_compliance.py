"""TLC: touching a red connector."""

import shapely
import torch

from reward_wm.epdms.metrics.traffic_light_compliance import traffic_light_compliance
from tests.reward_wm.epdms.hand_made import SAMPLES, drive, red_lights, rollout

LIGHT = shapely.box(30, -2, 50, 2)


def test_touching_a_red_connector_fails() -> None:
    outcome = traffic_light_compliance(rollout(drive(), drive(speed=5.0), lights=red_lights(LIGHT)))
    assert outcome.score.tolist() == [0.0, 1.0]
    assert outcome.first_failure.tolist() == [26, -1]  # 4.049 + 10 t >= 30
    assert outcome.culprit.tolist() == [0, -1]


def test_standing_on_one_fails_at_once() -> None:
    under = shapely.box(-50, -50, 50, 50)
    assert traffic_light_compliance(rollout(drive(speed=0.0), lights=red_lights(under))).first_failure == 0


def test_only_while_it_is_red() -> None:
    early = (torch.arange(SAMPLES) < 20)[None]
    late = (torch.arange(SAMPLES) >= 30)[None]
    assert traffic_light_compliance(rollout(drive(), lights=red_lights(LIGHT, is_red=early))).score == 1.0
    outcome = traffic_light_compliance(rollout(drive(), lights=red_lights(LIGHT, is_red=late)))
    assert outcome.first_failure.tolist() == [30]


def test_without_lights_all_is_well() -> None:
    assert traffic_light_compliance(rollout(drive())).score.tolist() == [1.0]
