"""Train a planner by imitation on a cached split.

model=VLA is the vision-language-action planner (planner=tiny, base or debug chooses its size),
model=EGO_STATUS the blind baseline. Stops on a loss that is not finite; the same command goes on
where it stopped.
"""

from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

import torch
from torch.utils.data import Dataset

from driving.data.cached_dataset import CachedDataset
from driving.data.examples import collate
from driving.observation_config import ObservationConfig
from driving.targets import Example
from driving.training.fit import RunConfig, fit
from planner import presets
from planner.checkpoint import save_planner
from planner.diffusion.anchors import fit_statistics
from planner.ego_status import EgoStatusConfig, EgoStatusModule, EgoStatusPlanner
from planner.imitation.module import ImitationConfig, ImitationModule
from planner.model import PlannerConfig, VlaPlanner
from scripts.run_folder import VOLATILE, claim_folder


class Model(Enum):
    """What to train."""

    VLA = "vla"
    EGO_STATUS = "ego_status"


@dataclass
class Config(RunConfig):
    """Keys of ``irl-vla imitate``."""

    cache: str = "???"
    """Cached training split, see `irl-vla cache`."""
    model: Model = Model.VLA
    """What to train."""
    planner: PlannerConfig = field(default_factory=PlannerConfig)
    ego_status: EgoStatusConfig = field(default_factory=EgoStatusConfig)
    imitation: ImitationConfig = field(default_factory=ImitationConfig)


GROUPS = {"planner": {"debug": presets.debug(), "tiny": presets.tiny(), "base": presets.base()}}


def run(config: Config) -> None:
    config.imitation.optimiser.steps = config.steps
    out = claim_folder(config.out, config, may_change=VOLATILE)
    if (out / "checkpoint").exists():
        print(f"{out}: trained already")
        return
    sees = config.model is Model.VLA
    dataset = CachedDataset(Path(config.cache), pictures=sees)
    module = build_module(config, dataset)
    examples = dataset if sees else Remembered(dataset)
    if not fit(module, examples, collate, config):
        print(f"{out}: paused at step {config.until} of {config.steps}")
        return
    save_planner(
        module.planner,
        out / "checkpoint",
        dataset.config.observation if sees else ObservationConfig(cameras=[]),
        trained_on=config.cache,
        scenes=len(dataset),
        seed=config.seed,
        steps=config.steps,
        stage="imitation",
    )


class Remembered(Dataset[Example]):
    """Examples without pictures are small: all of them, read once."""

    def __init__(self, dataset: CachedDataset) -> None:
        self.examples = [dataset[row] for row in range(len(dataset))]

    def __len__(self) -> int:
        return len(self.examples)

    def __getitem__(self, index: int) -> Example:
        return self.examples[index]


def build_module(config: Config, dataset: CachedDataset) -> EgoStatusModule | ImitationModule:
    """The module to train, initialised from the seed; anchors are clustered from the experts."""
    torch.manual_seed(config.seed)
    if config.model is Model.EGO_STATUS:
        return EgoStatusModule(EgoStatusPlanner(config.ego_status), config.imitation.optimiser)
    _check_fit(config.planner, dataset)
    planner = VlaPlanner(config.planner)
    experts = dataset.column("expert")
    planner.decoder.set_statistics(fit_statistics(experts, config.planner.decoder.anchors, config.seed))
    return ImitationModule(planner, config.imitation)


def _check_fit(planner: PlannerConfig, dataset: CachedDataset) -> None:
    """ValueError where the cache has no pictures, or its targets lie elsewhere than the planner's grid."""
    if not dataset.config.cameras:
        raise ValueError(f"{dataset.folder} was made without pictures; only model=EGO_STATUS needs none")
    ours, theirs = planner.encoder.bev.area, dataset.config.bev_area
    if ours != theirs:
        raise ValueError(
            f"planner.encoder.bev covers {ours}, the targets in {dataset.folder} cover {theirs}: "
            "set extent_m and ahead_m alike"
        )
