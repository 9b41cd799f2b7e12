"""What an agent has to be shown is what its checkpoint says, and no judge may look at something else."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import huggingface_hub
import pytest
import torch
from torch import nn

from driving.data.cache_files import CacheIndex, write_index
from driving.data.cached_dataset import CachedDataset
from driving.data.data_config import DataConfig
from driving.errors import DataError
from driving.observation_config import ObservationConfig, describe_observation
from navsim_agent.agents.agent import Agent
from navsim_agent.agents.planner_agent import PlannerAgent, Select
from planner import EgoStatusPlanner, VlaPlanner, presets
from planner.checkpoint import save_planner
from planner.ego_status import EgoStatusConfig
from scripts.agents import (
    AgentKeys,
    AgentKind,
    build_agent,
    check_pictures,
    fetched,
    observation_of,
    weights_of,
)
from tests.navsim_agent.rewards import save_random_reward

WIDE = ObservationConfig(["CAM_F0"], 64, 128)


def checkpoint(folder: Path, observation: ObservationConfig) -> str:
    """As far as a card goes."""
    folder.mkdir()
    card = {"kind": "planner", "observation": describe_observation(observation)}
    (folder / "card.json").write_text(json.dumps(card))
    return str(folder)


def test_agents_without_eyes_are_shown_no_pictures() -> None:
    assert observation_of(AgentKeys()).cameras == []
    assert observation_of(AgentKeys(AgentKind.EGO_STATUS, checkpoint="anywhere")).cameras == []
    assert isinstance(build_agent(AgentKeys(name="baseline")), Agent)


def test_a_planner_is_shown_what_its_card_says(tmp_path: Path) -> None:
    planner = checkpoint(tmp_path / "planner", WIDE)
    assert observation_of(AgentKeys(AgentKind.VLA, planner)) == WIDE


def test_a_reward_model_must_look_at_the_same_pictures_or_at_none(tmp_path: Path) -> None:
    planner = checkpoint(tmp_path / "planner", WIDE)
    blind = checkpoint(tmp_path / "blind", ObservationConfig([], 64, 128))
    other = checkpoint(tmp_path / "other", ObservationConfig(["CAM_F0"], 64, 64))
    keys = AgentKeys(AgentKind.VLA, planner, select=Select.REWARD_MODEL)
    for reward in (planner, blind):
        keys.reward = reward
        assert observation_of(keys) == WIDE
    keys.reward = other
    with pytest.raises(
        DataError, match=r"other: the reward model looks at .*width=64.*, the planner at .*width=128"
    ):
        observation_of(keys)


def test_an_agent_without_its_checkpoint_is_named() -> None:
    with pytest.raises(DataError, match="agent=VLA needs checkpoint=FOLDER"):
        build_agent(AgentKeys(AgentKind.VLA))


@pytest.mark.parametrize("kind", [AgentKind.EGO_STATUS, AgentKind.VLA])
def test_planner_and_reward_model_compute_on_the_chosen_device(
    kind: AgentKind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = VlaPlanner(presets.debug()) if kind is AgentKind.VLA else EgoStatusPlanner(EgoStatusConfig(8))
    save_planner(network, tmp_path / "planner", WIDE)
    keys = AgentKeys(kind, str(tmp_path / "planner"))
    if kind is AgentKind.VLA:
        keys.select = Select.REWARD_MODEL
        keys.reward = str(save_random_reward(tmp_path / "reward", WIDE))
    moved: dict[type, str] = {}

    def to(module: nn.Module, device: str = "", **_: object) -> nn.Module:
        moved.update({type(module): device} if device else {})
        return module

    monkeypatch.setattr(nn.Module, "to", to)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    for device, chosen in (("cpu", "cpu"), ("cuda", "cuda"), ("auto", "cuda")):
        moved.clear()
        agent = build_agent(replace(keys, device=device))
        assert isinstance(agent, PlannerAgent) and agent.device == chosen
        assert moved == {type(one): chosen for one in (agent.planner, agent.reward) if one is not None}


def test_addresses_on_the_hub_become_folders_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def snapshot_download(name: str, **_: object) -> str:
        asked.append(name)
        return checkpoint(tmp_path / name.split("/")[1], WIDE)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot_download)
    keys = AgentKeys(AgentKind.VLA, "hub://a/planner", select=Select.REWARD_MODEL, reward="hub://a/reward@v1")
    found = fetched(keys)
    assert observation_of(found) == WIDE
    assert found == replace(keys, checkpoint=f"{tmp_path}/planner", reward=f"{tmp_path}/reward")
    assert asked == ["a/planner", "a/reward"]
    assert fetched(AgentKeys()) == AgentKeys()


def test_who_is_shown_no_pictures_takes_any_cache(tmp_path: Path) -> None:
    write_index(tmp_path, CacheIndex("test", DataConfig(), []))
    check_pictures(CachedDataset(tmp_path), ObservationConfig(cameras=[]))
    check_pictures(CachedDataset(tmp_path), DataConfig().observation)
    with pytest.raises(DataError, match=f"{tmp_path}: holds"):
        check_pictures(CachedDataset(tmp_path), WIDE)


def test_an_evaluation_keeps_the_digests_of_all_weights_that_decide(tmp_path: Path) -> None:
    for name in ("planner", "judge"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "model.safetensors").write_bytes(name.encode())
    keys = AgentKeys(AgentKind.VLA, f"{tmp_path}/planner", reward=f"{tmp_path}/judge")
    digests = {one: hashlib.sha256(one.encode()).hexdigest() for one in ("planner", "judge")}
    assert weights_of(AgentKeys()) == {}
    assert weights_of(keys) == {"checkpoint": digests["planner"]}
    keys.select = Select.REWARD_MODEL
    assert weights_of(keys) == {"checkpoint": digests["planner"], "reward": digests["judge"]}
