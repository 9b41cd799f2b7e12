"""Who drives: keys that several verbs share, and the agent that they name."""

from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import TypeVar

from driving.data.cache_files import file_digest
from driving.data.cached_dataset import CachedDataset
from driving.errors import DataError
from driving.observation_config import ObservationConfig
from driving.training.checkpoint import WEIGHTS, read_observation_config
from navsim_agent.agents.agent import Agent, PrivilegedAgent
from navsim_agent.agents.constant_velocity import ConstantVelocityAgent
from navsim_agent.agents.device import choose_device
from navsim_agent.agents.planner_agent import PlannerAgent, Select
from navsim_agent.agents.privileged import HumanAgent, PdmClosedAgent
from navsim_agent.rewards import check_same_view, load_learned_reward
from planner.checkpoint import load_ego_status, load_planner
from planner.hub import local_folder


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
    """Folder of a planner's checkpoint, or hub://owner/name@revision."""
    name: str | None = None
    """Name in tables; default: what the agent is."""
    select: Select = Select.PLANNER
    """Who chooses among a planner's candidates."""
    reward: str | None = None
    """Reward model checkpoint, folder or hub://..., for select=REWARD_MODEL."""
    device: str = "auto"
    """Where planner and reward model compute: auto, cpu or cuda; auto takes a GPU where there is one."""


KeysT = TypeVar("KeysT", bound=AgentKeys)


def fetched(keys: KeysT) -> KeysT:
    """The same keys with folders for addresses on the hub; what lies there is fetched, once.

    Raises DataError, with the address, where that fails.
    """
    folders = {
        key: str(local_folder(place))
        for key in ("checkpoint", "reward")
        if (place := getattr(keys, key)) is not None
    }
    return replace(keys, **folders)


def build_agent(keys: AgentKeys, speak: bool = False) -> Agent | PrivilegedAgent:
    """The agent that ``keys`` name; with ``speak``, a planner says a sentence for every scene.

    Raises DataError where its checkpoint is missing, ValueError for keys that do not go together and for
    a device that there is not.
    """
    _check_together(keys)
    device, name = choose_device(keys.device), keys.name or keys.agent.value
    if keys.agent is AgentKind.CONSTANT_VELOCITY:
        return ConstantVelocityAgent(name)
    if keys.agent is AgentKind.HUMAN:
        return HumanAgent(name)
    if keys.agent is AgentKind.PDM_CLOSED:
        return PdmClosedAgent(name)
    folder = checkpoint_folder(keys)
    if keys.agent is AgentKind.EGO_STATUS:
        return PlannerAgent(name, load_ego_status(folder).to(device), device=device)
    reward = None
    if keys.select is Select.REWARD_MODEL and keys.reward is not None:
        reward = load_learned_reward(Path(keys.reward)).to(device)
    return PlannerAgent(name, load_planner(folder).to(device), keys.select, reward, speak, device)


def observation_of(keys: AgentKeys) -> ObservationConfig:
    """What the agent has to be shown; no cameras for one without eyes.

    Raises DataError where its checkpoint does not say, or where planner and reward model look at
    different pictures.
    """
    if keys.agent is not AgentKind.VLA:
        return ObservationConfig(cameras=[])
    seen = read_observation_config(checkpoint_folder(keys))
    if keys.select is Select.REWARD_MODEL and keys.reward is not None:
        check_same_view(Path(keys.reward), seen)
    return seen


def check_pictures(dataset: CachedDataset, seen: ObservationConfig) -> None:
    """Raises DataError where a cache holds other pictures than an agent has to be shown."""
    cached = dataset.config.observation
    if seen.cameras and seen != cached:
        keys = f"examples.cameras=[{','.join(seen.cameras)}] "
        keys += f"examples.image_height={seen.image_height} examples.image_width={seen.image_width}"
        raise DataError(f"{dataset.folder}: holds {cached}, the planner looks at {seen}: cache with {keys}")


def weights_of(keys: AgentKeys) -> dict[str, str]:
    """SHA-256 of the weights that an agent plans by, and of the reward model's where that chooses; by key."""
    chooses = keys.select is Select.REWARD_MODEL
    folders = {"checkpoint": keys.checkpoint, "reward": keys.reward if chooses else None}
    return {key: file_digest(Path(place) / WEIGHTS) for key, place in folders.items() if place is not None}


def checkpoint_folder(keys: AgentKeys) -> Path:
    """DataError where an agent needs a checkpoint and none is named."""
    if keys.checkpoint is None:
        raise DataError(f"agent={keys.agent.name} needs checkpoint=FOLDER")
    return Path(keys.checkpoint)


def _check_together(keys: AgentKeys) -> None:
    """Nobody shall believe that a checkpoint drove, or a reward model chose, when it did not."""
    if keys.checkpoint is not None and keys.agent not in (AgentKind.EGO_STATUS, AgentKind.VLA):
        raise ValueError(f"agent={keys.agent.name} has no checkpoint: agent=VLA or EGO_STATUS drives by one")
    if keys.select is Select.REWARD_MODEL and keys.agent is not AgentKind.VLA:
        raise ValueError(f"select=REWARD_MODEL: agent={keys.agent.name} has no candidates, agent=VLA has")
