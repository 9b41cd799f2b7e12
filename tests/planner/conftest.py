"""Shapes and types of the planner are checked wherever its tests run."""

import sys
from typing import runtime_checkable

import pytest
import torch
from jaxtyping import install_import_hook

from driving.reward import Reward

runtime_checkable(Reward)  # beartype asks isinstance of what a function is given
if "planner" not in sys.modules:
    install_import_hook("planner", "beartype.beartype")

from planner import presets  # noqa: E402
from planner.model import VlaPlanner  # noqa: E402


@pytest.fixture
def planner() -> VlaPlanner:
    """A debug planner with fixed weights whose zero-initialised outputs are shaken awake."""
    torch.manual_seed(0)
    planner = VlaPlanner(presets.debug())
    with torch.no_grad():
        for block in planner.decoder.denoiser.blocks:
            block.change[-1].weight.normal_(std=0.05)
            block.confidence[-1].weight.normal_(std=0.5)
    return planner.eval()
