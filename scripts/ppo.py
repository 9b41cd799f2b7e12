"""Refine a planner by PPO over its denoising chain, against a reward.

reward=FOLDER is a reward world model (several: an ensemble, mean minus caution times the spread);
reward=exact the exact scorer, the ceiling. The planner's context encoder stays as imitation left it.
"""

from dataclasses import dataclass, field
from pathlib import Path

import torch

from driving.data.cached_dataset import CachedDataset
from driving.data.examples import collate
from driving.observation_config import ObservationConfig
from driving.reward import Reward
from driving.training.checkpoint import read_observation_config
from driving.training.fit import RunConfig, fit
from navsim_agent.rewards import check_same_view, load_exact_reward, load_learned_reward
from planner.checkpoint import load_planner, save_planner
from planner.rl.module import PpoModule
from planner.rl.ppo import PpoConfig
from reward_wm.epdms.config import ScorerConfig
from reward_wm.model.ensemble import RewardEnsemble
from scripts.agents import check_pictures
from scripts.run_folder import VOLATILE, claim_folder


@dataclass
class Config(RunConfig):
    """Keys of ``irl-vla ppo``."""

    cache: str = "???"
    """Cached training split."""
    planner: str = "???"
    """Planner checkpoint to refine."""
    reward: list[str] = field(default_factory=lambda: ["exact"])
    """Folders of reward models, or [exact]."""
    caution: float = 0.5
    """Standard deviations an ensemble subtracts."""
    ppo: PpoConfig = field(default_factory=PpoConfig)
    scorer: ScorerConfig = field(default_factory=ScorerConfig)


def run(config: Config) -> None:
    out = claim_folder(config.out, config, may_change=VOLATILE)
    if (out / "checkpoint").exists():
        print(f"{out}: trained already")
        return
    dataset = CachedDataset(Path(config.cache))
    policy = load_planner(Path(config.planner))
    observation = read_observation_config(Path(config.planner))
    check_pictures(dataset, observation)
    torch.manual_seed(config.seed)
    module = PpoModule(policy, open_reward(config, observation), config.ppo)
    if not fit(module, dataset, collate, config):
        print(f"{out}: paused at step {config.until} of {config.steps}")
        return
    save_planner(
        policy,
        out / "checkpoint",
        observation,
        stage="ppo",
        trained_on=config.cache,
        scenes=len(dataset),
        seed=config.seed,
        steps=config.steps,
        initial=config.planner,
        reward=config.reward,
    )


def open_reward(config: Config, seen: ObservationConfig) -> Reward:
    """The judge that ``config.reward`` names, of a planner that sees ``seen``.

    DataError where a folder holds none, or one that looks at other pictures.
    """
    if config.reward == ["exact"]:
        return load_exact_reward(Path(config.cache), config.scorer)
    for folder in config.reward:
        check_same_view(Path(folder), seen)
    models = [load_learned_reward(Path(folder)) for folder in config.reward]
    return models[0] if len(models) == 1 else RewardEnsemble(models, config.caution)
