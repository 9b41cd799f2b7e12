"""A checkpoint folder is all it takes: to plan, and to know what to show the planner."""

from pathlib import Path

import huggingface_hub
import pytest
import torch

import planner as planners
from driving.errors import DataError
from driving.observation_config import ObservationConfig
from driving.training.checkpoint import save_checkpoint
from planner.checkpoint import load_planner, save_planner
from planner.ego_status import EgoStatusConfig, EgoStatusPlanner
from planner.model import VlaPlanner
from tests.planner.examples import random_observation

SEES = ObservationConfig(["CAM_F0", "CAM_L0", "CAM_R0"], 32, 64)
BLIND = ObservationConfig(cameras=[])


@pytest.fixture
def blind(tmp_path: Path) -> Path:
    """The folder of an ego-status planner."""
    torch.manual_seed(0)
    save_planner(EgoStatusPlanner(EgoStatusConfig(8)), tmp_path / "blind", BLIND)
    return tmp_path / "blind"


class Hub:
    """Stands in for the hub: one repository, a folder; remembers what it was asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: dict[str, object] = {}

    def snapshot_download(self, repo_id: str, **keys: object) -> str:
        self.asked = {"repo_id": repo_id, **keys}
        return str(self.folder)


def test_load_takes_planners_of_both_kinds(planner: VlaPlanner, blind: Path, tmp_path: Path) -> None:
    save_planner(planner, tmp_path / "seeing", SEES)
    for folder, modes in ((tmp_path / "seeing", 5), (blind, 1)):
        plan = planners.load(str(folder)).plan(random_observation(2))
        assert plan.trajectories.poses.shape == (2, modes, 8, 3)
        assert plan.best().poses.isfinite().all()


def test_observes_tells_what_to_show(planner: VlaPlanner, blind: Path, tmp_path: Path) -> None:
    save_planner(planner, tmp_path / "seeing", SEES)
    assert planners.observes(tmp_path / "seeing") == SEES
    assert planners.observes(blind) == BLIND


def test_what_is_no_planner_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none/card.json: no such file"):
        planners.load(tmp_path / "none")
    save_checkpoint(tmp_path / "judge", "reward_model", {}, {})
    with pytest.raises(DataError, match="judge: holds a 'reward_model', not a planner"):
        planners.load(tmp_path / "judge")


def test_loading_fetches_no_pretrained_weights(
    planner: VlaPlanner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are in the folder already, and a machine may have no network."""
    planner.config.encoder.backbone.pretrained = True
    save_planner(planner, tmp_path / "big", SEES)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert not load_planner(tmp_path / "big").config.encoder.backbone.pretrained


def test_a_planner_from_the_hub_is_the_one_that_lies_there(
    blind: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = Hub(blind)
    monkeypatch.setattr(huggingface_hub, "snapshot_download", hub.snapshot_download)
    here, there = planners.load(blind), planners.load("hub://someone/some-planner@v1.0")
    assert all(torch.equal(ours, theirs) for ours, theirs in zip(here.parameters(), there.parameters()))
    assert planners.observes("hub://someone/some-planner") == BLIND


def test_from_the_hub_only_weights_and_card_are_fetched(blind: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub = Hub(blind)
    monkeypatch.setattr(huggingface_hub, "snapshot_download", hub.snapshot_download)
    planners.load("hub://someone/some-planner@v1.0")
    assert hub.asked == {
        "repo_id": "someone/some-planner",
        "revision": "v1.0",
        "allow_patterns": ["card.json", "model.safetensors"],
    }


@pytest.mark.parametrize("place", ["hub://planner", "hub://a/b/c", "hub://a/b@", "hub://", "hub://a/b c"])
def test_a_malformed_address_is_named(place: str) -> None:
    with pytest.raises(DataError, match=f"{place}: not an address"):
        planners.load(place)


def test_a_hub_that_cannot_be_reached_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> str:
        raise ConnectionError("no route to host\nand a page of advice")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", fail)
    with pytest.raises(DataError, match=r"hub://a/b: cannot be fetched \(no route to host\)$"):
        planners.load("hub://a/b")
