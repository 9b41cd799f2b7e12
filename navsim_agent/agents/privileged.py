"""References that read the truth: the logged driver, and the rule-based planner EPDMS measures by."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float64
from torch import Tensor

from driving.plan import Plan
from driving.trajectory import Trajectory
from driving.types import PLAN_INTERVAL_S, SIMULATION_INTERVAL_S
from reward_wm.epdms import PreparedScene


@dataclass(frozen=True)
class HumanAgent:
    """What the driver of the log did."""

    name: str = "human"

    def plan_scenes(self, scenes: Sequence[PreparedScene]) -> Plan:
        """The logged poses, 4 s at 2 Hz."""
        return _one_candidate([scene.human_poses for scene in scenes], PLAN_INTERVAL_S)


@dataclass(frozen=True)
class PdmClosedAgent:
    """PDM-Closed, which plans with the map, the lights and the other agents' true state."""

    name: str = "PDM-Closed"

    def plan_scenes(self, scenes: Sequence[PreparedScene]) -> Plan:
        """The reference trajectory of the scorer, 4 s at 10 Hz."""
        return _one_candidate([scene.reference_poses_10hz for scene in scenes], SIMULATION_INTERVAL_S)


def _one_candidate(poses: Sequence[Float64[Tensor, "F 3"]], interval_s: float) -> Plan:
    stacked = torch.stack(list(poses)).unsqueeze(1)
    return Plan(Trajectory(stacked, interval_s), torch.zeros(len(poses), 1), text=("",) * len(poses))
