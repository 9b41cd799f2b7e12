"""The hand-made world on disk, checkpoints to drive with, and the devkit's stand-ins."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from driving.data.data_config import DataConfig
from driving.data.splits import DataFolders, Split, find_data, read_split
from planner import presets
from planner.checkpoint import save_planner
from planner.ego_status import EgoStatusConfig, EgoStatusPlanner
from planner.model import VlaPlanner
from tests.driving.data.conftest import hand_made_logs
from tests.driving.data.official_files import write_data
from tests.navsim_agent.devkit import stand_ins
from tests.world_maps import crossing_map, straight_map

OBSERVED = DataConfig(cameras=["CAM_F0", "CAM_L0"], image_height=32, image_width=64)


@pytest.fixture(scope="session")
def data_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("door") / "data"
    write_data(root, hand_made_logs(), [crossing_map(), straight_map()])
    return root


@pytest.fixture
def hand_made(data_root: Path) -> tuple[Split, DataFolders]:
    split = read_split(data_root / "train_test_split" / "hand_made.yaml")
    return split, find_data(split, data_root, data_root / "maps")


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A planner that nobody trained."""
    folder = tmp_path_factory.mktemp("planner") / "checkpoint"
    torch.manual_seed(0)
    save_planner(VlaPlanner(presets.debug()), folder, OBSERVED)
    return folder


@pytest.fixture(scope="session")
def blind_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("blind") / "checkpoint"
    torch.manual_seed(0)
    save_planner(EgoStatusPlanner(EgoStatusConfig(width=8)), folder, DataConfig(cameras=[]))
    return folder


@pytest.fixture
def devkit() -> Iterator[None]:
    with stand_ins.installed():
        yield
