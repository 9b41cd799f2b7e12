"""NC: who hit whom, and with what."""

import numpy as np
import pytest
import torch

from reward_wm.epdms.metrics.no_at_fault_collision import no_at_fault_collision
from tests.reference.slow_collisions import slow_no_at_fault_collision
from tests.reward_wm.epdms.hand_made import agent, drive, rollout, traffic
from tests.reward_wm.epdms.random_rollouts import random_rollout


@pytest.mark.parametrize(
    ("states", "other", "score"),
    [
        (drive(), traffic(), 1.0),
        (drive(), agent(30, 0, speed=2.0), 0.0),  # into its back
        (drive(), agent(30, 0), 0.0),  # into a stopped one
        (drive(), agent(30, 0, size=(0.5, 2.0), road_user=False), 0.5),  # into a barrier
        (drive(speed=2.0), agent(-15, 0, speed=9.0), 1.0),  # hit from behind
        (drive(speed=0.0), agent(-15, 0, speed=9.0), 1.0),  # hit while standing
        (drive(speed=0.04), agent(4.1 + 2.0, 0), 1.0),  # creeping counts as standing
        (drive(speed=5.0), agent(12.0, -12.0, np.pi / 2, 5.0), 1.0),  # hit from the side, in lane
        (drive(speed=5.0, y=1.5), agent(12.0, -12.0, np.pi / 2, 5.0), 0.0),  # between lanes
        (drive(), agent(30, 0, until=5), 1.0),  # gone in time
    ],
)
def test_scores(states: torch.Tensor, other, score: float) -> None:
    outcome = no_at_fault_collision(rollout(states, agents=other))
    assert outcome.score.tolist() == [score]


def test_tells_when_and_whom() -> None:
    far_away, barrier = agent(90, 4), agent(30, 0, size=(0.5, 2.0), road_user=False)
    outcome = no_at_fault_collision(rollout(drive(), drive(y=-40.0), agents=traffic(far_away, barrier)))
    front_bumper_meets_it = 26  # 4.049 + 10 t >= 29.75
    assert outcome.first_failure.tolist() == [front_bumper_meets_it, -1]
    assert outcome.culprit.tolist() == [1, -1]


def test_one_who_hit_from_behind_is_forgiven_for_good() -> None:
    """It overtakes through the ego and is then driven into: the first contact has decided."""
    passing = agent(-12, 0, speed=9.0)
    assert no_at_fault_collision(rollout(drive(speed=3.0), agents=passing)).score.tolist() == [1.0]


@pytest.mark.parametrize("seed", range(12))
def test_equals_the_slow_twin(seed: int) -> None:
    drawn = random_rollout(seed)
    assert no_at_fault_collision(drawn).score.tolist() == slow_no_at_fault_collision(drawn)
