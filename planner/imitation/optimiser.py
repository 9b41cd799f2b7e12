"""AdamW with a linear warm-up and a cosine decay: the optimiser of every imitation training."""

import math
from dataclasses import dataclass

from lightning.pytorch.utilities.types import OptimizerLRSchedulerConfig
from torch import nn
from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR


@dataclass
class OptimiserConfig:
    """Learning rate over the whole run; a resumed run keeps the same ``steps``."""

    learning_rate: float = 1e-3
    weight_decay: float = 0.01
    warmup_steps: int = 50
    steps: int = 1000
    """When the cosine reaches ``final_fraction``; later steps stay there."""
    final_fraction: float = 0.02
    """Of the learning rate, at the end."""
    clip_norm: float = 1.0
    """Gradients are scaled down to this norm."""

    def __post_init__(self) -> None:
        if self.learning_rate <= 0 or self.clip_norm <= 0 or self.weight_decay < 0:
            raise ValueError(
                f"learning_rate {self.learning_rate}, clip_norm {self.clip_norm}, "
                f"weight_decay {self.weight_decay}: must be positive"
            )
        if self.steps < 1 or self.warmup_steps < 0:
            raise ValueError(f"steps {self.steps}, warmup_steps {self.warmup_steps}")


def adamw_with_cosine(module: nn.Module, config: OptimiserConfig) -> OptimizerLRSchedulerConfig:
    """The optimiser of ``module``'s trainable parameters, as Lightning wants it."""
    trainable = [parameter for parameter in module.parameters() if parameter.requires_grad]
    optimiser = AdamW(trainable, lr=config.learning_rate, weight_decay=config.weight_decay, fused=True)
    schedule = LambdaLR(optimiser, lambda step: rate_factor(step, config))
    return {
        "optimizer": optimiser,
        "lr_scheduler": {"scheduler": schedule, "interval": "step"},
    }


def rate_factor(step: int, config: OptimiserConfig) -> float:
    """Fraction of the learning rate at ``step`` (0 is the first)."""
    if step < config.warmup_steps:
        return (step + 1) / (config.warmup_steps + 1)
    span = max(config.steps - config.warmup_steps, 1)
    done = min((step - config.warmup_steps) / span, 1.0)
    cosine = 0.5 * (1 + math.cos(math.pi * done))
    return config.final_fraction + (1 - config.final_fraction) * cosine
