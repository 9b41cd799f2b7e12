"""Straight on at the current speed: the floor every planner should beat."""

from dataclasses import dataclass

import numpy as np
import torch

from driving.observation import Observation
from driving.plan import Plan
from driving.trajectory import Trajectory
from driving.types import PLAN_INTERVAL_S, PLAN_POSES


@dataclass(frozen=True)
class ConstantVelocityAgent:
    """The devkit's agent of this name, bit for bit: float32, the norm of the velocity, no turn."""

    name: str = "constant velocity"

    def plan(self, observation: Observation) -> Plan:
        """One candidate a scene: 8 poses along +x."""
        velocity_mps = observation.ego_velocity[:, -1].cpu().numpy().astype(np.float32)
        # A scalar power, as in the devkit: numpy takes another path for arrays, one ulp away at worst.
        speed_mps = np.array([(v**2).sum(-1) ** 0.5 for v in velocity_mps], dtype=np.float32)
        time_s = np.arange(1, PLAN_POSES + 1, dtype=np.float32) * np.float32(PLAN_INTERVAL_S)
        poses = torch.zeros(len(observation), 1, PLAN_POSES, 3)
        poses[:, 0, :, 0] = torch.from_numpy(speed_mps[:, None] * time_s)
        return Plan(Trajectory(poses), logits=torch.zeros(len(observation), 1), text=("",) * len(observation))
