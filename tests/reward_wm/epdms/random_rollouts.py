"""Rollouts drawn at random, in which a good deal happens."""

import numpy as np
import shapely
import torch

from reward_wm.epdms.rollout import Rollout
from tests.reward_wm.epdms.hand_made import agent, drive, red_lights, rollout, traffic


def random_rollout(seed: int, proposals: int = 6, agents: int = 8) -> Rollout:
    """Drives with curves among agents of all kinds, some of them there for a while only."""
    rng = np.random.default_rng(seed)
    states = [_random_drive(rng) for _ in range(proposals)]
    others = [_random_agent(rng) for _ in range(agents)]
    x = rng.uniform(20, 60)
    lights = red_lights(shapely.box(x, -2, x + 15, 2), shapely.Point(40, -15).buffer(4.0))
    return rollout(*states, agents=traffic(*others), lights=lights)


def _random_drive(rng: np.random.Generator) -> torch.Tensor:
    heading, acceleration = float(rng.choice([0.0, rng.normal(0, 0.15)])), float(rng.normal(0, 1.5))
    states = drive(max(rng.normal(8, 5), 0.0), float(rng.normal(0.5, 1.5)), heading, acceleration)
    states[:, 1] += float(rng.normal(0, 0.3)) * torch.linspace(0, 3, len(states), dtype=torch.float64) ** 2
    return states


def _random_agent(rng: np.random.Generator):
    road_user = bool(rng.random() < 0.75)
    return agent(
        x=float(rng.uniform(-15, 60)),
        y=float(rng.normal(0, 4)),
        heading=float(rng.uniform(-np.pi, np.pi)),
        speed=float(rng.choice([0.0, rng.uniform(0, 9)])) * road_user,
        size=(float(rng.uniform(0.4, 6)), float(rng.uniform(0.4, 2.5))),
        road_user=road_user,
        until=int(rng.integers(5, 60)),
    )
