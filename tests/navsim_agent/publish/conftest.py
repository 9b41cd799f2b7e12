"""A checkpoint, and evaluations of it as `irl-vla evaluate` leaves them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from driving.data.cache_files import file_digest
from driving.observation_config import ObservationConfig
from driving.training.checkpoint import WEIGHTS
from navsim_agent.evaluation.bootstrap import BootstrapConfig
from navsim_agent.evaluation.result import save_result
from planner.checkpoint import save_planner
from planner.ego_status import EgoStatusConfig, EgoStatusPlanner
from tests.navsim_agent.results import evaluation

EPDMS = [1.0, 0.5, 0.0, 0.5]
Evaluate = Callable[..., Path]


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    """A small blind planner with the card that imitation writes."""
    torch.manual_seed(0)
    planner, folder = EgoStatusPlanner(EgoStatusConfig(8)), tmp_path / "run" / "checkpoint"
    told = {"trained_on": str(tmp_path / "secret" / "cache"), "scenes": 12, "steps": 3, "seed": 7}
    save_planner(planner, folder, ObservationConfig(cameras=[]), stage="imitation", **told)
    return folder


@pytest.fixture
def evaluate(checkpoint: Path, tmp_path: Path) -> Evaluate:
    """Makes an evaluation folder of the checkpoint; keys change its settings."""

    def make(
        name: str = "evaluation", privileged: bool = False, reward: str | None = None, **settings: object
    ) -> Path:
        folder = tmp_path / name
        result = evaluation(EPDMS, privileged=privileged, failed=(2,))
        weights = digests(checkpoint) | ({} if reward is None else {"reward": reward})
        save_result(result, folder, BootstrapConfig(resamples=50, confidence=0.9), weights)
        write_settings(folder, **settings)
        return folder

    return make


def digests(checkpoint: Path) -> dict[str, str]:
    """What an evaluation of it keeps of the weights."""
    return {"checkpoint": file_digest(checkpoint / WEIGHTS)}


def write_settings(folder: Path, /, **changes: object) -> None:
    settings = {
        "cache": "elsewhere/cache/test",
        "checkpoint": "elsewhere/checkpoint",
        "select": "PLANNER",
        "scorer": {"traffic": "LOG_REPLAY", "human_filter": True},
        "bootstrap": {"confidence": 0.9},
    }
    (folder / "settings.json").write_text(json.dumps(settings | changes))
