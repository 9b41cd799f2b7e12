"""A trained planner as an agent, its candidate chosen by itself or by a reward."""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol, runtime_checkable

import torch

from driving.observation import Observation
from driving.plan import Plan
from driving.reward import Reward
from driving.trajectory import Trajectory


class Select(Enum):
    """Who chooses among the candidates."""

    PLANNER = "planner"
    """Its own confidence."""
    REWARD_MODEL = "reward_model"
    """The highest EPDMS that a reward predicts."""


@runtime_checkable
class Planner(Protocol):
    """``planner.model.VlaPlanner`` and ``planner.ego_status.EgoStatusPlanner``."""

    def plan(self, observation: Observation, speak: bool = False) -> Plan: ...


@dataclass(frozen=True)
class PlannerAgent:
    """A planner on its device.

    Raises ValueError where the reward model is to choose and none is given.
    """

    name: str
    planner: Planner
    select: Select = Select.PLANNER
    reward: Reward | None = None
    """Sits on the same device."""
    speak: bool = False
    """Let the planner say what it is about to do."""
    device: str = "cpu"

    def __post_init__(self) -> None:
        if self.select is Select.REWARD_MODEL and self.reward is None:
            raise ValueError(f"agent {self.name!r}: select=reward_model needs a reward model")

    @torch.no_grad()
    def plan(self, observation: Observation) -> Plan:
        """The planner's candidates; with a reward, ``logits`` are its scores of them."""
        observation = observation.to(self.device)
        plan = self.planner.plan(observation, speak=self.speak)
        logits = plan.logits
        if self.select is Select.REWARD_MODEL and self.reward is not None:
            logits = self.reward.score(observation, plan.trajectories).epdms()
        trajectories = Trajectory(plan.trajectories.poses.cpu(), plan.trajectories.interval_s)
        return Plan(trajectories, logits.cpu(), plan.text)
