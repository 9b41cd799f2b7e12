"""The blind baseline: a planner that sees its own motion and the command, nothing else.

NAVSIM's ego-status MLP (navtest PDMS 65.6): velocity, acceleration and command of the current frame
through a four-layer perceptron. What a planner gains over it, it gains by looking.
"""

from dataclasses import dataclass

import lightning
import torch
from jaxtyping import Float
from lightning.pytorch.utilities.types import OptimizerLRSchedulerConfig
from torch import Tensor, nn
from torch.nn import functional

from driving.frames import wrap_angle
from driving.observation import Observation, check_observation
from driving.plan import Plan
from driving.targets import Example
from driving.trajectory import Trajectory
from driving.types import COMMANDS, PLAN_POSES
from planner.imitation.optimiser import OptimiserConfig, adamw_with_cosine
from planner.layers import mlp

SCALE_M = 10.0


@dataclass
class EgoStatusConfig:
    """Size of the perceptron."""

    width: int = 256

    def __post_init__(self) -> None:
        if self.width < 1:
            raise ValueError(f"width must be positive, got {self.width}")


class EgoStatusPlanner(nn.Module):
    """Velocity, acceleration, command -> 8 poses."""

    def __init__(self, config: EgoStatusConfig) -> None:
        super().__init__()
        self.config = config
        given = 4 + len(COMMANDS)
        self.net = mlp(given, config.width, config.width, config.width, PLAN_POSES * 3)

    def forward(self, observation: Observation) -> Float[Tensor, "B F 3"]:
        """Poses in the current ego frame, m and rad."""
        status = torch.cat(
            [
                observation.ego_velocity[:, -1] / SCALE_M,
                observation.ego_acceleration[:, -1],
                observation.command,
            ],
            dim=-1,
        )
        poses = self.net(status).unflatten(-1, (PLAN_POSES, 3))
        return poses * poses.new_tensor([SCALE_M, SCALE_M, 1.0])

    @torch.no_grad()
    def plan(self, observation: Observation, speak: bool = False) -> Plan:
        """A single candidate; this planner has nothing to say, whatever ``speak`` is.

        DataError for an observation of the wrong shape or type.
        """
        del speak
        check_observation(observation)
        self.eval()
        poses = self(observation)[:, None]
        poses = torch.cat([poses[..., :2], wrap_angle(poses[..., 2:])], dim=-1)
        silence = ("",) * len(observation)
        return Plan(Trajectory(poses), poses.new_zeros(len(poses), 1), silence)


def ego_status_loss(planner: EgoStatusPlanner, example: Example) -> Float[Tensor, ""]:
    """L1 of the expert's poses, metres and radians alike."""
    return functional.l1_loss(planner(example.observation), example.expert)


class EgoStatusModule(lightning.LightningModule):
    """Imitation of the expert's poses, L1."""

    def __init__(self, planner: EgoStatusPlanner, optimiser: OptimiserConfig) -> None:
        super().__init__()
        self.planner = planner
        self.optimiser = optimiser
        self.train()

    def training_step(self, example: Example, index: int) -> Tensor:
        loss = ego_status_loss(self.planner, example)
        self.log("loss", loss, batch_size=len(example.expert))
        return loss

    def configure_optimizers(self) -> OptimizerLRSchedulerConfig:
        return adamw_with_cosine(self.planner, self.optimiser)
