"""Rewards one can see through, for PPO's tests."""

import torch

from driving.observation import Observation
from driving.scores import SubScores
from driving.trajectory import Trajectory


class ReachReward:
    """Progress alone counts: the nearer the last pose is to ``goal_m`` ahead, the better."""

    def __init__(self, goal_m: float) -> None:
        self.goal_m = goal_m

    def score(self, observation: Observation, trajectories: Trajectory) -> SubScores:
        miss = (trajectories.poses[..., -1, 0] - self.goal_m).abs() / 20
        full = torch.ones_like(miss)
        undefined = torch.full_like(miss, float("nan"))
        return SubScores(full, full, full, full, (-miss).exp(), full, full, full, undefined)


class FlatReward(ReachReward):
    """Everything is equally good."""

    def score(self, observation: Observation, trajectories: Trajectory) -> SubScores:
        scores = super().score(observation, trajectories)
        return SubScores.from_stacked(torch.nan_to_num(scores.stacked() * 0 + 1, nan=1.0))
