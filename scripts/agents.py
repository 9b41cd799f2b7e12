"""Who drives: keys that several verbs share, and the agent that they name."""

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from driving.errors import DataError
from driving.observation_config import ObservationConfig
from driving.training.checkpoint import read_observation_config
from navsim_agent.agents.agent import Agent, PrivilegedAgent
from navsim_agent.agents.constant_velocity import ConstantVelocityAgent
from navsim_agent.agents.planner_agent import PlannerAgent, Select
from navsim_agent.agents.privileged import HumanAgent, PdmClosedAgent
from navsim_agent.rewards import load_learned_reward
from planner.checkpoint import load_ego_status, load_planner


class AgentKind(Enum):
    """Who drives."""

    CONSTANT_VELOCITY = "constant velocity"
    EGO_STATUS = "ego-status MLP"
    VLA = "imitation"
    PDM_CLOSED = "PDM-Closed"
    HUMAN = "human"


@dataclass
class AgentKeys:
    """``agent=VLA checkpoint=FOLDER``, and who chooses among its candidates."""

    agent: AgentKind = AgentKind.CONSTANT_VELOCITY
    """Who drives."""
    checkpoint: str | None = None
    """Folder of a planner's checkpoint."""
    name: str | None = None
    """Name in tables; default: what the agent is."""
    select: Select = Select.PLANNER
    """Who chooses among a planner's candidates."""
    reward: str | None = None
    """Reward model checkpoint, for select=REWARD_MODEL."""


def build_agent(keys: AgentKeys, speak: bool = False) -> Agent | PrivilegedAgent:
    """The agent that ``keys`` name; with ``speak``, a planner says a sentence for every scene.

    DataError where its checkpoint is missing.
    """
    name = keys.name or keys.agent.value
    if keys.agent is AgentKind.CONSTANT_VELOCITY:
        return ConstantVelocityAgent(name)
    if keys.agent is AgentKind.HUMAN:
        return HumanAgent(name)
    if keys.agent is AgentKind.PDM_CLOSED:
        return PdmClosedAgent(name)
    folder = checkpoint_folder(keys)
    if keys.agent is AgentKind.EGO_STATUS:
        return PlannerAgent(name, load_ego_status(folder))
    reward = None if keys.reward is None else load_learned_reward(Path(keys.reward))
    return PlannerAgent(name, load_planner(folder), keys.select, reward, speak)


def observation_of(keys: AgentKeys) -> ObservationConfig:
    """What the agent has to be shown. DataError where its checkpoint does not say."""
    if keys.agent is not AgentKind.VLA:
        return ObservationConfig(cameras=[])
    seen = read_observation_config(checkpoint_folder(keys))
    if keys.select is Select.REWARD_MODEL and keys.reward is not None:
        judged = read_observation_config(Path(keys.reward))
        if judged.cameras and judged != seen:
            raise DataError(f"{keys.reward}: looks at {judged}, the planner at {seen}")
    return seen


def checkpoint_folder(keys: AgentKeys) -> Path:
    """DataError where an agent needs a checkpoint and none is named."""
    if keys.checkpoint is None:
        raise DataError(f"agent={keys.agent.name} needs checkpoint=FOLDER")
    return Path(keys.checkpoint)
