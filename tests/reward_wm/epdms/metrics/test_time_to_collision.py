"""TTC: what lies straight ahead within 0.9 s."""

import pytest
import torch

from reward_wm.epdms.metrics.time_to_collision import time_to_collision
from tests.reference.slow_collisions import slow_time_to_collision
from tests.reward_wm.epdms.hand_made import agent, drive, rollout, traffic
from tests.reward_wm.epdms.random_rollouts import random_rollout


@pytest.mark.parametrize(
    ("states", "other", "score"),
    [
        (drive(), traffic(), 1.0),
        (drive(), agent(42, 0), 0.0),
        (drive(), agent(42, 0, size=(0.5, 0.5), road_user=False), 0.0),  # class does not matter
        (drive(speed=0.0), agent(6.5, 0), 1.0),  # standing
        (drive(speed=2.0), agent(-15, 0, speed=9.0), 1.0),  # from behind
        (drive(speed=10.0), agent(100, 0, speed=-1.0), 1.0),  # too far
        (drive(speed=5.0), agent(-0.5, -2.6, 0.1, 5.0), 1.0),  # from the side, in lane
        (drive(speed=5.0, y=1.5), agent(-0.5, -1.1, 0.1, 5.0), 0.0),  # between lanes
    ],
)
def test_scores(states: torch.Tensor, other, score: float) -> None:
    assert time_to_collision(rollout(states, agents=other)).score.tolist() == [score]


def test_rolling_back_is_taken_for_driving_on() -> None:
    backwards = drive(speed=-3.0)
    assert time_to_collision(rollout(backwards, agents=agent(7.0, 0))).score.tolist() == [0.0]


def test_tells_when_and_whom() -> None:
    outcome = time_to_collision(rollout(drive(), agents=traffic(agent(90, 4), agent(50, 0))))
    assert (outcome.score.item(), outcome.culprit.item()) == (1.0, -1)  # due at 3.5 s, not looked at
    outcome = time_to_collision(rollout(drive(), agents=traffic(agent(90, 4), agent(40, 0))))
    nine_metres_before_contact = 25  # 4.049 + 10 t + 9 >= 38
    assert (outcome.first_failure.item(), outcome.culprit.item()) == (nine_metres_before_contact, 1)


@pytest.mark.parametrize("seed", range(12))
def test_equals_the_slow_twin(seed: int) -> None:
    drawn = random_rollout(seed)
    assert time_to_collision(drawn).score.tolist() == slow_time_to_collision(drawn)
