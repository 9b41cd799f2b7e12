"""What an agent has to be shown is what its checkpoint says, and no judge may look at something else."""

import json
from pathlib import Path

import pytest

from driving.errors import DataError
from driving.observation_config import ObservationConfig, describe_observation
from navsim_agent.agents.agent import Agent
from navsim_agent.agents.planner_agent import Select
from scripts.agents import AgentKeys, AgentKind, build_agent, observation_of

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
    with pytest.raises(DataError, match=r"other: looks at .*width=64.*, the planner at .*width=128"):
        observation_of(keys)


def test_an_agent_without_its_checkpoint_is_named() -> None:
    with pytest.raises(DataError, match="agent=VLA needs checkpoint=FOLDER"):
        build_agent(AgentKeys(AgentKind.VLA))
