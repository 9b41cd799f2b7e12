"""A planner to test with."""

import pytest
import torch

from planner import presets
from planner.model import VlaPlanner


def awake_planner() -> VlaPlanner:
    """A debug planner with fixed weights whose zero-initialised outputs are shaken awake."""
    torch.manual_seed(0)
    planner = VlaPlanner(presets.debug())
    with torch.no_grad():
        for block in planner.decoder.denoiser.blocks:
            block.change[-1].weight.normal_(std=0.05)
            block.confidence[-1].weight.normal_(std=0.5)
    return planner.eval()


@pytest.fixture
def planner() -> VlaPlanner:
    """A planner of its own for every test."""
    return awake_planner()
