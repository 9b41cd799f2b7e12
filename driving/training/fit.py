"""The one training loop: Lightning, with exact resume and plain-text metrics.

Everything random in training step ``n`` is a function of (seed, n): the batch, through
``StepSampler``, and the global torch generator, re-seeded before every step. So a run that stopped
after two steps and goes on to four ends with the same bits as one that made four at once, as long as
the module keeps all its state in parameters, buffers, optimizers and schedulers.
"""

import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import lightning
import torch
from torch.utils.data import DataLoader, Dataset

from driving.training.callbacks import (
    ExactResume,
    JsonlMetrics,
    SaveAndStop,
    StepsBar,
    StopOnNonFinite,
    quiet_lightning,
    steps_done,
)
from driving.training.step_sampler import StepSampler

ItemT = TypeVar("ItemT")


@dataclass
class RunConfig:
    """How long and where a training runs."""

    out: str = "runs/training"
    """Folder of this run: ``last.ckpt`` (to resume), ``metrics.jsonl``."""
    steps: int = 1000
    """Batches in all, the ones before a resume included."""
    batch_size: int = 16
    """Scenes in a batch."""
    seed: int = 0
    """Decides batches and noise."""
    checkpoint_every: int = 100
    """Steps between resumable checkpoints."""
    log_every: int = 10
    """Steps between lines in metrics.jsonl."""
    accelerator: str = "auto"
    """cpu, gpu or auto."""
    workers: int = 0
    """Data loading processes beside the main one."""
    pause_at: int | None = None
    """Stop after this many steps, as if interrupted; the same command without it goes on."""

    @property
    def until(self) -> int:
        """The step at which this session ends."""
        return self.steps if self.pause_at is None else min(self.steps, self.pause_at)

    def __post_init__(self) -> None:
        for name in ("steps", "batch_size", "checkpoint_every", "log_every"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")
        if self.workers < 0:
            raise ValueError(f"workers must not be negative, got {self.workers}")


def fit(
    module: lightning.LightningModule,
    dataset: Dataset[ItemT],
    collate: Callable[[list[ItemT]], Any],
    run: RunConfig,
) -> bool:
    """Train ``module`` for ``run.steps`` batches, going on from ``<out>/last.ckpt`` where there is one.

    Returns whether the training is complete; false where ``run.pause_at`` ended it before.
    Raises FloatingPointError, naming the step, before the optimizer sees a loss that is not finite;
    ValueError for an empty data set.
    """
    out = Path(run.out)
    out.mkdir(parents=True, exist_ok=True)
    last = out / "last.ckpt"
    done = steps_done(last)
    if done >= run.until:
        _load_weights(module, last)
        return done >= run.steps
    loader = DataLoader(
        dataset,
        batch_sampler=StepSampler(len(dataset), run.batch_size, run.seed, first_step=done),  # type: ignore[arg-type]
        collate_fn=collate,
        num_workers=run.workers,
    )
    quiet_lightning()
    trainer = lightning.Trainer(
        max_epochs=-1,
        accelerator=run.accelerator,
        devices=1,
        logger=False,
        enable_checkpointing=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        log_every_n_steps=1,
        default_root_dir=str(out),
        callbacks=[
            ExactResume(run.seed),
            StopOnNonFinite(),
            JsonlMetrics(out / "metrics.jsonl", run.log_every, done),
            StepsBar(run.steps, run.log_every),
            SaveAndStop(last, run.checkpoint_every, run.until, done),
        ],
    )
    torch.manual_seed(run.seed)
    before = signal.getsignal(signal.SIGINT)
    try:
        trainer.fit(module, loader, ckpt_path=str(last) if done else None, weights_only=True)
    except SystemExit:  # how Lightning ends a program on Ctrl-C, after it has turned Ctrl-C off
        signal.signal(signal.SIGINT, before)
        raise KeyboardInterrupt from None
    return run.until >= run.steps


def _load_weights(module: lightning.LightningModule, path: Path) -> None:
    state = torch.load(path, map_location="cpu", weights_only=True)
    module.load_state_dict(state["state_dict"])
