"""Planners as agents, and who chooses."""

from dataclasses import dataclass

import pytest
import torch

from driving.observation import Observation
from driving.plan import Plan
from driving.scores import SubScores
from driving.trajectory import Trajectory
from navsim_agent.agents.planner_agent import PlannerAgent, Select
from planner.ego_status import EgoStatusConfig, EgoStatusPlanner
from tests.planner.examples import random_observation


class ThreeModes:
    """Candidate k ends k metres ahead; the middle one is the most confident."""

    def plan(self, observation: Observation, speak: bool = False) -> Plan:
        poses = torch.zeros(len(observation), 3, 8, 3)
        poses[..., 0] = torch.arange(3.0)[:, None]
        logits = torch.tensor([0.0, 1.0, 0.5]).expand(len(observation), 3)
        return Plan(Trajectory(poses), logits, ("onwards" if speak else "",) * len(observation))


@dataclass
class Farthest:
    """Likes progress and nothing else; knows no EC."""

    def score(self, observation: Observation, trajectories: Trajectory) -> SubScores:
        progress = trajectories.poses[..., -1, 0] / 10
        ones = torch.ones_like(progress)
        return SubScores(ones, ones, ones, ones, progress, ones, ones, ones, ones * torch.nan)


def test_the_planner_chooses_unless_told_otherwise():
    plan = PlannerAgent("policy", ThreeModes()).plan(random_observation(2))
    assert plan.best().poses[:, -1, 0].tolist() == [1.0, 1.0]
    assert plan.text == ("", "")


def test_a_reward_model_chooses_by_epdms():
    agent = PlannerAgent("policy", ThreeModes(), Select.REWARD_MODEL, Farthest(), speak=True)
    plan = agent.plan(random_observation(2))
    assert plan.best().poses[:, -1, 0].tolist() == [2.0, 2.0]
    assert plan.logits[0, 2].item() == pytest.approx((5 * 0.2 + 9) / 14)
    assert plan.text == ("onwards", "onwards")


def test_choosing_by_a_reward_needs_one():
    with pytest.raises(ValueError, match="needs a reward model"):
        PlannerAgent("policy", ThreeModes(), Select.REWARD_MODEL)


def test_the_blind_baseline_is_such_a_planner():
    plan = PlannerAgent("blind", EgoStatusPlanner(EgoStatusConfig())).plan(random_observation(3))
    assert plan.trajectories.poses.shape == (3, 1, 8, 3)
