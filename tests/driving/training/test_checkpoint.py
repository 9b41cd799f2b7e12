"""Checkpoints are written as a whole and refused, by name, where they are broken."""

from pathlib import Path

import pytest
import torch

from driving.errors import DataError
from driving.observation_config import ObservationConfig, describe_observation
from driving.training import load_checkpoint, save_checkpoint
from driving.training.checkpoint import read_observation_config


def test_what_is_written_is_read(tmp_path: Path) -> None:
    tensors = {"a": torch.randn(3, 4), "b": torch.arange(5)}
    save_checkpoint(tmp_path / "best", "planner", tensors, {"config": {"width": 64}})
    checkpoint = load_checkpoint(tmp_path / "best", "planner")
    assert all(torch.equal(checkpoint.tensors[name], tensors[name]) for name in tensors)
    assert checkpoint.card["config"] == {"width": 64}
    assert checkpoint.card["code_version"]


def test_a_second_one_replaces_the_first(tmp_path: Path) -> None:
    for value in (1.0, 2.0):
        save_checkpoint(tmp_path / "best", "planner", {"a": torch.tensor([value])}, {})
    assert load_checkpoint(tmp_path / "best", "planner").tensors["a"].item() == 2.0
    assert [path.name for path in tmp_path.iterdir()] == ["best"]


def test_a_machine_without_git_loses_no_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    save_checkpoint(tmp_path / "best", "planner", {}, {})
    assert load_checkpoint(tmp_path / "best", "planner").card["code_version"]


def test_broken_ones_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nowhere"):
        load_checkpoint(tmp_path / "nowhere", "planner")
    save_checkpoint(tmp_path / "best", "planner", {"a": torch.zeros(100)}, {})
    with pytest.raises(DataError, match="holds a 'planner', not a 'reward_model'"):
        load_checkpoint(tmp_path / "best", "reward_model")
    weights = tmp_path / "best" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:50])
    with pytest.raises(DataError, match="best: broken checkpoint"):
        load_checkpoint(tmp_path / "best", "planner")


def test_the_folder_alone_tells_what_the_module_looks_at(tmp_path: Path) -> None:
    observation = ObservationConfig(["CAM_F0"], 64, 96)
    save_checkpoint(tmp_path / "best", "planner", {}, {"observation": describe_observation(observation)})
    assert read_observation_config(tmp_path / "best") == observation


def test_a_card_that_does_not_tell_is_named(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "old", "planner", {}, {})
    with pytest.raises(DataError, match=r"old/card.json: does not say which cameras it needs"):
        read_observation_config(tmp_path / "old")
    save_checkpoint(tmp_path / "odd", "planner", {}, {"observation": {"cameras": ["CAM_F0"]}})
    with pytest.raises(DataError, match=r"odd/card.json: unusable observation"):
        read_observation_config(tmp_path / "odd")


@pytest.mark.parametrize("content", ["{", "[1]", "\xff"])
def test_a_broken_card_is_named(content: str, tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "best", "planner", {}, {})
    (tmp_path / "best" / "card.json").write_text(content, encoding="latin-1")
    with pytest.raises(DataError, match="best"):
        load_checkpoint(tmp_path / "best", "planner")
