"""Train the reward world model on labels, and measure it on held-out towns.

The context encoder starts from a planner's and is frozen by default (then every scene is looked at
once); the trajectory decoder and the heads are its own. blind=TRAJECTORY_AND_STATUS and the like
train a judge that can't see, for comparison. Writes checkpoint and reward_measures.csv.
"""

from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path

import torch
from torch.utils.data import Subset

from driving.data.cached_dataset import CachedDataset
from driving.observation_config import ObservationConfig
from driving.training.checkpoint import Card
from driving.training.fit import RunConfig, fit
from navsim_agent.rewards import describe_encoder
from planner.checkpoint import load_planner
from reward_wm.labels.label_dataset import LabelledDataset, LabelStore, stack_labelled
from reward_wm.model.baselines import Baseline, baseline_model
from reward_wm.model.calibrate import calibrate
from reward_wm.model.checkpoint import save_reward_model
from reward_wm.model.judgements import judge, logit_table
from reward_wm.model.measure import measure
from reward_wm.model.measure_report import write_measures
from reward_wm.model.module import RewardModule, RewardTrainingConfig, label_counts
from reward_wm.model.remembered_context import RememberedContext
from reward_wm.model.reward_model import RewardModel, RewardModelConfig
from scripts.label import label_folder
from scripts.run_folder import VOLATILE, claim_folder

CALIBRATION_SHARE = 0.1


class Eyes(Enum):
    """What the judge sees."""

    SENSORS = "sensors"
    TRAJECTORY_AND_STATUS = "TRAJECTORY_AND_STATUS"
    TRAJECTORY = "TRAJECTORY"
    EGO_STATUS = "EGO_STATUS"
    CONSTANT = "CONSTANT"


@dataclass
class Config(RunConfig):
    """Keys of ``irl-vla reward``."""

    cache: str = "???"
    """Cached training split."""
    labels: str = "???"
    """Labels of it, see `irl-vla label`."""
    planner: str = "???"
    """Planner checkpoint whose context encoder the model starts from."""
    eyes: Eyes = Eyes.SENSORS
    """What the judge sees; all but SENSORS are baselines."""
    test_cache: str | None = None
    """Cached held-out split; without it nothing is measured."""
    test_labels: str | None = None
    """Labels of the held-out split."""
    model: RewardModelConfig = field(default_factory=RewardModelConfig)
    training: RewardTrainingConfig = field(default_factory=lambda: RewardTrainingConfig(freeze_context=True))


def run(config: Config) -> None:
    config.training.total_steps = config.steps
    out = claim_folder(config.out, config, may_change=(*VOLATILE, "test_cache", "test_labels"))
    if (out / "checkpoint").exists():
        print(f"{out}: trained already")
        return
    store = LabelStore([label_folder(config.labels)])
    seen = CachedDataset(Path(config.cache))
    dataset = LabelledDataset(seen, store)
    learn, hold = _split_by_log(dataset)
    model = _build(config)
    module = RewardModule(model, label_counts(store, dataset.tokens), config.training)
    if not fit(module, learn, stack_labelled, config):
        print(f"{out}: paused at step {config.until} of {config.steps}")
        return
    calibrate(model, logit_table(model, hold))
    if config.test_cache is not None and config.test_labels is not None:
        labels = LabelStore([label_folder(config.test_labels)])
        held_out = LabelledDataset(CachedDataset(Path(config.test_cache)), labels)
        measures = measure(config.eyes.name.lower(), judge(model, held_out))
        write_measures(out, measures)
    notes = {"trained_on": config.labels, "scenes": len(dataset), "seed": config.seed, "steps": config.steps}
    sees = config.eyes is Eyes.SENSORS
    observation = seen.config.observation if sees else ObservationConfig(cameras=[])
    _save(model, out / "checkpoint", observation, notes)


def _build(config: Config) -> RewardModel:
    torch.manual_seed(config.seed)
    width = load_planner(Path(config.planner)).config.encoder.width
    config.model = replace(config.model, decoder=replace(config.model.decoder, context_width=width))
    if config.eyes is not Eyes.SENSORS:
        return baseline_model(Baseline[config.eyes.value], config.model)
    encoder: torch.nn.Module = load_planner(Path(config.planner)).encoder
    if config.training.freeze_context:
        encoder = RememberedContext(encoder)
    return RewardModel(encoder, config.model)


def _split_by_log(dataset: LabelledDataset) -> tuple[Subset, Subset]:  # type: ignore[type-arg]
    """Every tenth log is kept from learning, to calibrate on."""
    name_of = dict(zip(dataset.seen.tokens, dataset.seen.log_names, strict=True))  # type: ignore[attr-defined]
    names = sorted({name_of[token] for token in dataset.tokens})
    held = set(names[:: round(1 / CALIBRATION_SHARE)])
    rows = range(len(dataset))
    inside = [row for row in rows if name_of[dataset.tokens[row]] not in held]
    outside = [row for row in rows if name_of[dataset.tokens[row]] in held]
    return Subset(dataset, inside or list(rows)), Subset(dataset, outside)


def _save(model: RewardModel, folder: Path, observation: ObservationConfig, notes: Card) -> None:
    if isinstance(model.context_encoder, RememberedContext):
        model.context_encoder = model.context_encoder.encoder
    context = describe_encoder(model.context_encoder)
    save_reward_model(folder, model, observation, context, notes)
