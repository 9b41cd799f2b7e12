"""A device is what it is called, or one line says why not."""

import pytest
import torch

from navsim_agent.agents.device import choose_device


@pytest.mark.parametrize(("has_gpu", "chosen"), [(True, "cuda"), (False, "cpu")])
def test_auto_takes_the_gpu_that_there_is(
    has_gpu: bool, chosen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: has_gpu)
    assert choose_device("auto") == chosen
    assert choose_device("cpu") == "cpu"


def test_a_gpu_that_there_is_not_is_no_reason_to_compute_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ValueError, match="device=cuda, but torch finds no GPU"):
        choose_device("cuda")


def test_an_unknown_device_is_named() -> None:
    with pytest.raises(ValueError, match="device must be one of auto, cpu, cuda, got 'gpu'"):
        choose_device("gpu")
