"""A planner's answer."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from driving.trajectory import Trajectory


@dataclass(frozen=True)
class Plan:
    """Candidate trajectories with their confidence, and what the planner says about them."""

    trajectories: Trajectory
    """poses (B, P, F, 3), ego frame."""
    logits: Float[Tensor, "B P"]
    text: tuple[str, ...]
    """One sentence a scene ('' where the planner does not speak)."""

    def best(self) -> Trajectory:
        """The most confident candidate of every scene, poses (B, F, 3)."""
        rows = torch.arange(len(self.logits), device=self.logits.device)
        chosen = self.trajectories.poses[rows, self.logits.argmax(dim=-1)]
        return Trajectory(chosen, self.trajectories.interval_s)
