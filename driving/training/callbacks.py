"""What the training loop does beside training: resume, stop, record, save."""

import json
import logging
import warnings
from pathlib import Path
from typing import Any

import lightning
import torch
from lightning.pytorch.callbacks import TQDMProgressBar
from torch import Tensor

from driving.errors import DataError
from driving.replacing import replacing


def steps_done(checkpoint: Path) -> int:
    """Batches that ``last.ckpt`` stands for; 0 where there is none. DataError where it is broken."""
    if not checkpoint.exists():
        return 0
    try:
        state = torch.load(checkpoint, map_location="cpu", weights_only=True)
        return int(state["callbacks"]["ExactResume"]["steps"])
    except (RuntimeError, EOFError, KeyError, OSError) as error:
        reason = str(error).splitlines()[0]
        raise DataError(f"{checkpoint}: not a checkpoint of ours ({reason}); delete it") from error


def quiet_lightning() -> None:
    """Keep Lightning's advertisements and device lists out of the terminal."""
    for name in ("lightning", "lightning.pytorch", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.ERROR)
    for message in (".*num_workers.*", ".*does not have many workers.*", ".*stateful.*", ".*in eval mode.*"):
        warnings.filterwarnings("ignore", message=message)
    warnings.filterwarnings("ignore", message=".*treespec.*")


class ExactResume(lightning.Callback):
    """Counts batches and seeds the global generator from (seed, batch number)."""

    def __init__(self, seed: int) -> None:
        self.seed, self.steps = seed, 0

    @property
    def state_key(self) -> str:
        return "ExactResume"

    def state_dict(self) -> dict[str, int]:
        return {"steps": self.steps}

    def load_state_dict(self, state_dict: dict[str, int]) -> None:
        self.steps = state_dict["steps"]

    def on_train_batch_start(self, *_: Any) -> None:
        torch.manual_seed(self.seed * 1_000_003 + self.steps)

    def on_train_batch_end(self, *_: Any) -> None:
        self.steps += 1


class StopOnNonFinite(lightning.Callback):
    """Raises before the backward pass of a loss that is NaN or infinite."""

    def on_before_backward(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, loss: Tensor
    ) -> None:
        if not torch.isfinite(loss):
            raise FloatingPointError(
                f"loss is {loss.item()} at optimizer step {trainer.global_step}; "
                "the last checkpoint is untouched"
            )


class JsonlMetrics(lightning.Callback):
    """Appends the logged values to a file, one JSON object a line, every ``every`` steps."""

    def __init__(self, path: Path, every: int, resumed_at: int) -> None:
        self.path, self.every, self.step = path, every, resumed_at
        _drop_lines_after(path, resumed_at)

    def on_train_batch_end(self, trainer: lightning.Trainer, *_: Any) -> None:
        self.step += 1
        if self.step % self.every and self.step != 1:
            return
        values = {name: float(value) for name, value in trainer.callback_metrics.items()}
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"step": self.step, **values}) + "\n")


class StepsBar(TQDMProgressBar):
    """A progress bar that knows the number of steps, which the endless data loader does not."""

    def __init__(self, steps: int, refresh_rate: int) -> None:
        super().__init__(refresh_rate=refresh_rate)
        self.steps = steps

    @property
    def total_train_batches(self) -> int:
        return self.steps


class SaveAndStop(lightning.Callback):
    """Keeps one resumable checkpoint, replaced as a whole, and ends the training after ``until`` batches."""

    def __init__(self, path: Path, every: int, until: int, resumed_at: int) -> None:
        self.path, self.every, self.until, self.step = path, every, until, resumed_at

    def on_train_batch_end(self, trainer: lightning.Trainer, *_: Any) -> None:
        self.step += 1
        if self.step >= self.until or self.step % self.every == 0:
            _save(trainer, self.path)
        trainer.should_stop |= self.step >= self.until


def _save(trainer: lightning.Trainer, path: Path) -> None:
    with replacing(path) as partial:
        trainer.save_checkpoint(partial)


def _drop_lines_after(path: Path, step: int) -> None:
    """Forget what a run recorded after the checkpoint it goes on from."""
    if not path.exists():
        return
    lines = [line for line in path.read_text().splitlines() if json.loads(line)["step"] <= step]
    with replacing(path) as partial:
        partial.write_text("".join(line + "\n" for line in lines))
