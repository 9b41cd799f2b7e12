"""How the reward model learns: a LightningModule for ``driving.training.fit``.

All randomness comes from the global torch generator, which ``fit`` seeds before every step.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import lightning
import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor, nn

from driving.context import ContextTokens
from driving.targets import Example
from reward_wm.labels.label_dataset import LabelledExample, LabelStore
from reward_wm.model.loss import ClassWeights, LossConfig, class_weights, count_classes, reward_loss
from reward_wm.model.reward_model import RewardModel

Perceive = Callable[[Example], tuple[ContextTokens, Tensor]]
"""The model's own context encoder, run so that it also returns an auxiliary (perception) loss ()."""


@dataclass
class RewardTrainingConfig:
    """AdamW with warm-up and cosine decay."""

    learning_rate: float = 3e-4
    encoder_learning_rate: float = 1e-4
    """Of the context encoder, which may start from a policy's weights."""
    weight_decay: float = 0.01
    warmup_steps: int = 50
    total_steps: int = 1000
    """Where the cosine ends; the number of steps of the run."""
    candidates: int = 32
    """Candidates of a scene in one step, drawn at random."""
    freeze_context: bool = False
    loss: LossConfig = field(default_factory=LossConfig)

    def __post_init__(self) -> None:
        for name in ("total_steps", "candidates"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")
        if self.learning_rate <= 0 or self.encoder_learning_rate <= 0 or self.warmup_steps < 0:
            raise ValueError(f"learning rates > 0 and warmup_steps >= 0 expected, got {self}")


class RewardModule(lightning.LightningModule):
    """Trains a ``RewardModel`` on batches of ``LabelledExample``."""

    class_counts: Float[Tensor, "7 3"]

    def __init__(
        self,
        model: RewardModel,
        class_counts: Float[Tensor, "7 3"],
        config: RewardTrainingConfig,
        perceive: Perceive | None = None,
    ) -> None:
        """``class_counts``: how often each value occurs in the training labels, see ``label_counts``.

        ``perceive`` replaces the plain encoder in training; a function, since the encoder's weights
        belong to ``model`` already. ValueError where a frozen encoder should learn from it.
        """
        super().__init__()
        if perceive is not None and config.freeze_context:
            raise ValueError("freeze_context leaves nothing for perception losses to teach")
        self.model, self.config, self.perceive = model, config, perceive
        self.register_buffer("class_counts", class_counts)
        if config.freeze_context:
            model.context_encoder.requires_grad_(False)
        self.train()

    def train(self, mode: bool = True) -> "RewardModule":
        """A frozen encoder stays in evaluation mode."""
        super().train(mode)
        if self.config.freeze_context:
            self.model.context_encoder.eval()
        return self

    def training_step(self, batch: LabelledExample, batch_idx: int) -> Tensor:
        labels = batch.labels.take(draw_candidates(batch.labels.real, self.config.candidates))
        context, auxiliary = self._see(batch.example)
        logits = self.model.decode(context, labels.trajectories)
        loss, parts = reward_loss(logits, labels.scores, labels.real, self._weights(), self.config.loss)
        loss = loss + auxiliary
        parts |= {"loss": loss, "loss_auxiliary": auxiliary}
        self.log_dict(parts, batch_size=len(labels.source))
        return loss

    def configure_optimizers(self) -> dict[str, object]:
        encoder = list(self.model.context_encoder.parameters())
        known = {id(parameter) for parameter in encoder}
        rest = [parameter for parameter in self.parameters() if id(parameter) not in known]
        groups = [
            {"params": _trainable(rest), "lr": self.config.learning_rate},
            {"params": _trainable(encoder), "lr": self.config.encoder_learning_rate},
        ]
        groups = [group for group in groups if group["params"]]
        optimizer = torch.optim.AdamW(groups, weight_decay=self.config.weight_decay)
        factor = warm_up_and_cosine(self.config.warmup_steps, self.config.total_steps)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": schedule, "interval": "step"},
        }

    def _see(self, example: Example) -> tuple[ContextTokens, Tensor]:
        if self.perceive is not None:
            return self.perceive(example)
        return self.model.context_encoder(example.observation), torch.zeros((), device=self.device)

    def _weights(self) -> ClassWeights:
        return class_weights(self.class_counts, self.config.loss)


def warm_up_and_cosine(warmup_steps: int, total_steps: int) -> Callable[[int], float]:
    """Factor of the learning rate by step: a line up to 1, then half a cosine down to 0."""

    def factor(step: int) -> float:
        if step < warmup_steps:
            return (step + 1) / warmup_steps
        done = min(1.0, (step - warmup_steps) / max(1, total_steps - warmup_steps))
        return 0.5 * (1.0 + math.cos(math.pi * done))

    return factor


def draw_candidates(real: Bool[Tensor, "B P"], count: int) -> Int64[Tensor, "B n"]:
    """Different candidates of every scene, at most ``count``; padding only where nothing else is left."""
    weights = real.float() + 1e-6
    return torch.multinomial(weights, min(count, real.shape[1]))


def label_counts(store: LabelStore, tokens: Sequence[str]) -> Float[Tensor, "7 3"]:
    """How often each value of each classifying head occurs in some scenes' labels."""
    return sum(
        (count_classes(store.read(token).values.flatten(0, 1)) for token in tokens),
        torch.zeros(7, 3),
    )


def _trainable(parameters: list[nn.Parameter]) -> list[nn.Parameter]:
    return [parameter for parameter in parameters if parameter.requires_grad]
