"""The whole loop at toy size, run once by the program itself; every test looks at what it left."""

from pathlib import Path

import pytest

from scripts.cli import main

TOY = (
    "size=TOY",
    "planner=debug",
    "cells=8",
    "imitation_steps=3",
    "ego_status_steps=20",
    "reward_steps=3",
    "ppo_steps=2",
    "batch_size=4",
    "vocabulary_size=24",
    "workers=1",
)


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What ``irl-vla demo`` leaves at toy size."""
    out = tmp_path_factory.mktemp("loop") / "demo"
    assert main(["demo", f"out={out}", *TOY]) == 0
    return out
