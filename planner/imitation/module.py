"""Imitation as a LightningModule: ``driving.training.fit`` runs it."""

from dataclasses import dataclass, field, fields, replace

import lightning
from lightning.pytorch.utilities.types import OptimizerLRSchedulerConfig
from torch import Tensor
from torch.optim import Optimizer

from driving.targets import Example
from planner.imitation.augment import AugmentConfig, blindfold, vary_colours
from planner.imitation.losses import LossTerms, LossWeights, imitation_losses
from planner.imitation.optimiser import OptimiserConfig, adamw_with_cosine
from planner.model import VlaPlanner


@dataclass
class ImitationConfig:
    """Optimiser, loss weights and augmentation."""

    optimiser: OptimiserConfig = field(default_factory=OptimiserConfig)
    weights: LossWeights = field(default_factory=LossWeights)
    augment: AugmentConfig = field(default_factory=AugmentConfig)


def augmented_losses(planner: VlaPlanner, example: Example, augment: AugmentConfig) -> LossTerms:
    """All terms for one batch seen in other colours and with parts hidden, as training wants it."""
    perception = planner.encoder.perceive(vary_colours(example.observation, augment))
    told = blindfold(perception.tokens, augment)
    return imitation_losses(planner, replace(perception, tokens=told), example)


class ImitationModule(lightning.LightningModule):
    """Trains a planner on examples; all randomness comes from the global torch generator."""

    def __init__(self, planner: VlaPlanner, config: ImitationConfig) -> None:
        super().__init__()
        self.planner = planner
        self.config = config
        self.train()

    def training_step(self, example: Example, index: int) -> Tensor:
        terms = augmented_losses(self.planner, example, self.config.augment)
        loss = terms.total(self.config.weights)
        values = {f"loss_{f.name}": getattr(terms, f.name).detach() for f in fields(terms)}
        self.log_dict({"loss": loss.detach(), **values}, batch_size=len(example.expert))
        return loss

    def configure_optimizers(self) -> OptimizerLRSchedulerConfig:
        return adamw_with_cosine(self.planner, self.config.optimiser)

    def configure_gradient_clipping(
        self,
        optimizer: Optimizer,
        gradient_clip_val: float | None = None,
        gradient_clip_algorithm: str | None = None,
    ) -> None:
        del gradient_clip_val, gradient_clip_algorithm
        self.clip_gradients(optimizer, self.config.optimiser.clip_norm, "norm")
