"""The training loop resumes exactly, stops on a bad loss, and keeps its records straight."""

import json
import signal
from itertools import chain, islice
from pathlib import Path

import lightning
import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import Dataset

from driving.errors import DataError
from driving.training.fit import RunConfig, fit
from driving.training.step_sampler import StepSampler


class Numbers(Dataset[Tensor]):
    def __len__(self) -> int:
        return 7

    def __getitem__(self, index: int) -> Tensor:
        return torch.full((3,), float(index))


class Noisy(lightning.LightningModule):
    """Uses dropout, noise and an optimizer with momentum, so that any lost state shows."""

    def __init__(self, nan_at: int | None = None, interrupt_at: int | None = None) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.net = nn.Sequential(nn.Linear(3, 8), nn.Dropout(0.5), nn.Linear(8, 1))
        self.nan_at, self.interrupt_at = nan_at, interrupt_at
        self.seen: list[list[float]] = []

    def training_step(self, batch: Tensor, index: int) -> Tensor:
        self.seen.append(batch[:, 0].tolist())
        if len(self.seen) == self.interrupt_at:
            raise KeyboardInterrupt
        loss = (self.net(batch + torch.randn_like(batch)) ** 2).mean()
        self.log("loss", loss)
        if self.nan_at is not None and len(self.seen) == self.nan_at:
            return loss * float("nan")
        return loss

    def configure_optimizers(self) -> dict[str, object]:
        optimizer = torch.optim.AdamW(self.parameters(), lr=0.05)
        schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 0.1, 1.0, 4)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": schedule, "interval": "step"},
        }


def run(out: Path, steps: int, **changes: int) -> RunConfig:
    return RunConfig(out=str(out), steps=steps, batch_size=2, checkpoint_every=1, log_every=1, **changes)


def test_two_steps_and_a_resume_equal_four_steps(tmp_path: Path) -> None:
    whole, first, second = Noisy(), Noisy(), Noisy()
    fit(whole, Numbers(), torch.stack, run(tmp_path / "whole", 4))
    assert not fit(first, Numbers(), torch.stack, run(tmp_path / "parts", 4, pause_at=2))
    assert fit(second, Numbers(), torch.stack, run(tmp_path / "parts", 4))

    assert first.seen + second.seen == whole.seen
    for name, value in whole.state_dict().items():
        assert torch.equal(value, second.state_dict()[name]), name
    records = [(tmp_path / part / "metrics.jsonl").read_text() for part in ("whole", "parts")]
    assert records[0] == records[1]
    assert [json.loads(line)["step"] for line in records[0].splitlines()] == [1, 2, 3, 4]


def test_ctrl_c_loses_nothing_but_the_step_it_hit(tmp_path: Path) -> None:
    whole, interrupted, again = Noisy(), Noisy(interrupt_at=3), Noisy()
    fit(whole, Numbers(), torch.stack, run(tmp_path / "whole", 4))
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        fit(interrupted, Numbers(), torch.stack, run(tmp_path / "parts", 4))
    assert signal.getsignal(signal.SIGINT) is before
    fit(again, Numbers(), torch.stack, run(tmp_path / "parts", 4))
    assert len(again.seen) == 2
    for name, value in whole.state_dict().items():
        assert torch.equal(value, again.state_dict()[name]), name


def test_a_finished_run_is_loaded_not_repeated(tmp_path: Path) -> None:
    first, again = Noisy(), Noisy()
    fit(first, Numbers(), torch.stack, run(tmp_path, 3))
    fit(again, Numbers(), torch.stack, run(tmp_path, 3))
    assert again.seen == []
    assert torch.equal(first.net[0].weight, again.net[0].weight)


def test_a_loss_that_is_not_finite_stops_before_the_optimizer(tmp_path: Path) -> None:
    clean, broken = Noisy(), Noisy(nan_at=3)
    fit(clean, Numbers(), torch.stack, run(tmp_path / "clean", 2))
    with pytest.raises(FloatingPointError, match="step 2"):
        fit(broken, Numbers(), torch.stack, run(tmp_path / "broken", 4))
    for name, value in clean.state_dict().items():
        assert torch.equal(value, broken.state_dict()[name]), name


def test_a_broken_resume_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "last.ckpt").write_bytes(b"half a che")
    with pytest.raises(DataError, match="last.ckpt"):
        fit(Noisy(), Numbers(), torch.stack, run(tmp_path, 2))


def test_every_pass_sees_every_example_once() -> None:
    batches = list(islice(StepSampler(size=6, batch_size=2, seed=3), 6))
    first, second = (list(chain.from_iterable(part)) for part in (batches[:3], batches[3:]))
    assert sorted(first) == sorted(second) == list(range(6))
    assert first != second
    assert list(islice(StepSampler(6, 2, seed=3, first_step=4), 2)) == batches[4:]


def test_an_empty_data_set_is_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        StepSampler(0, 2, seed=0)
