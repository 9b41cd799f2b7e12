"""What the devkit's training minimises, and how: the imitation loss of our own trainer."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from jaxtyping import Float
from torch import Tensor

from driving.targets import Example
from planner import VlaPlanner
from planner.checkpoint import read_config
from planner.ego_status import EgoStatusPlanner, ego_status_loss
from planner.imitation.augment import AugmentConfig
from planner.imitation.losses import LossWeights
from planner.imitation.module import augmented_losses
from planner.imitation.optimiser import OptimiserConfig


@dataclass
class LearningConfig:
    """Optimiser, loss weights and augmentation. Gradients are clipped by the devkit's trainer."""

    optimiser: OptimiserConfig = field(default_factory=OptimiserConfig)
    weights: LossWeights = field(default_factory=LossWeights)
    augment: AugmentConfig = field(default_factory=AugmentConfig)

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "LearningConfig":
        """Defaults, and what ``values`` (nested) say instead. ValueError for a name there is not."""
        return read_config(cls, _merged(asdict(cls()), values))


def example_loss(
    planner: VlaPlanner | EgoStatusPlanner, example: Example, config: LearningConfig
) -> Float[Tensor, ""]:
    """The loss of one batch; randomness (noise, colours) from the global generator."""
    if isinstance(planner, EgoStatusPlanner):
        return ego_status_loss(planner, example)
    return augmented_losses(planner, example, config.augment).total(config.weights)


def plan_error_m(plan: Float[Tensor, "B F 3"], expert: Float[Tensor, "B F 3"]) -> Float[Tensor, ""]:
    """Mean distance between the planned and the expert's positions."""
    return (plan[..., :2] - expert[..., :2]).norm(dim=-1).mean()


def _merged(defaults: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    merged = {**defaults, **values}
    for name, default in defaults.items():
        if isinstance(default, Mapping) and isinstance(merged[name], Mapping):
            merged[name] = _merged(default, merged[name])
    return merged
