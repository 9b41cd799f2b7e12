"""Score candidate trajectories of every scene exactly, as labels for the reward world model.

Candidates: the logged driving and perturbations of it, a vocabulary of trajectories, forced failures
and, with planner=FOLDER, that planner's samples at every denoising step. A log that is labelled is
kept.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path

import torch
from safetensors.torch import load_file

from driving.data.assemble import load_log
from driving.data.cached_dataset import CachedDataset
from driving.data.splits import DataFolders, SceneFilter
from driving.errors import DataError
from planner.checkpoint import load_planner
from planner.model import VlaPlanner
from reward_wm.epdms.config import ScorerConfig
from reward_wm.epdms.prepared_logs import load_prepared_log
from reward_wm.labels.collect import CollectConfig, OpenLog, collect
from reward_wm.labels.exact_judge import exact_judge
from reward_wm.labels.proposals import PlannerSamples, scene_generator
from reward_wm.labels.scene_facts import scene_facts
from reward_wm.labels.vocabulary import fit_vocabulary
from scripts.data_keys import DataKeys, open_split
from scripts.run_folder import claim_folder


@dataclass
class Config(DataKeys):
    """Keys of ``irl-vla label``."""

    cache: str = "???"
    """The cached split, see `irl-vla cache`."""
    out: str = "???"
    """Folder to write."""
    vocabulary_from: str | None = None
    """Labels whose vocabulary to use; default: cluster this split's experts. Give the training
    labels here when labelling a test split."""
    vocabulary_size: int = 256
    """Trajectories in the vocabulary, fewer where the split is small."""
    planner: str | None = None
    """Planner checkpoint whose samples are labelled, too."""
    planner_samples: int = 12
    """Final samples of it a scene, and as many from earlier denoising steps."""
    collect: CollectConfig = field(default_factory=CollectConfig)


@dataclass(frozen=True)
class Opener:
    """What a worker process needs to open a log."""

    folders: DataFolders
    scene_filter: SceneFilter
    cache: Path
    planner: str | None
    samples: int
    seed: int


def run(config: Config) -> None:
    split, folders = open_split(config)
    out = claim_folder(config.out, config)
    dataset = CachedDataset(Path(config.cache))
    vocabulary = _vocabulary(config, dataset)
    seed = config.collect.proposals.seed
    opener = Opener(
        folders, split.scene_filter, Path(config.cache), config.planner, config.planner_samples, seed
    )
    folder = collect(
        out,
        sorted(set(dataset.log_names)),
        partial(open_log, opener),
        vocabulary,
        {"planner": str(config.planner), "samples": str(config.planner_samples)},
        config.collect,
    )
    (out / "labels.json").write_text(json.dumps({"folder": folder.name}) + "\n")
    print(f"labels of {len(dataset)} scenes in {folder}")


def label_folder(out: str | Path) -> Path:
    """The label files that ``irl-vla label out=...`` wrote. DataError where it has not finished."""
    path = Path(out) / "labels.json"
    if not path.exists():
        raise DataError(f"{path}: no such file; run irl-vla label out={out}")
    return Path(out) / json.loads(path.read_text())["folder"]


def open_log(opener: Opener, name: str) -> OpenLog:
    """Facts, judge and planner samples of one log's scenes."""
    prepared = load_prepared_log(opener.cache / "scorer", name)
    scenes = load_log(opener.folders.logs / f"{name}.pkl", opener.folders.maps, opener.scene_filter)
    facts = [scene_facts(scene) for scene in scenes if scene.token in prepared]
    return OpenLog(facts, exact_judge(prepared, ScorerConfig()), _planner_samples(opener, name))


def _vocabulary(config: Config, dataset: CachedDataset) -> torch.Tensor:
    if config.vocabulary_from is not None:
        path = label_folder(config.vocabulary_from) / "vocabulary.safetensors"
        return load_file(path)["poses"]
    experts = dataset.column("expert").double()
    size = min(config.vocabulary_size, len(torch.unique(experts.flatten(1), dim=0)))
    return fit_vocabulary(experts, size, config.collect.proposals.seed)


def _planner_samples(opener: Opener, log_name: str) -> Mapping[str, PlannerSamples]:
    if opener.planner is None:
        return {}
    policy, dataset = _load_planner(opener.planner), CachedDataset(opener.cache)
    rows = [row for row, name in enumerate(dataset.log_names) if name == log_name]
    return {dataset.tokens[row]: _sample(policy, dataset, row, opener) for row in rows}


@torch.no_grad()
def _sample(policy: VlaPlanner, dataset: CachedDataset, row: int, opener: Opener) -> PlannerSamples:
    """Chains of all modes; a random choice of their ends, and of the states before."""
    generator = scene_generator(opener.seed + 1, dataset.tokens[row])
    chain = policy.decode(policy.encoder(dataset[row].observation), generator)
    poses = chain.poses[0]
    finals, earlier = poses[:, -1], poses[:, :-1].flatten(0, 1)
    return PlannerSamples(
        _choose(finals, opener.samples, generator), _choose(earlier, opener.samples, generator)
    )


def _choose(poses: torch.Tensor, count: int, generator: torch.Generator) -> torch.Tensor:
    return poses[torch.randperm(len(poses), generator=generator)[:count]]


@lru_cache(maxsize=1)
def _load_planner(folder: str) -> VlaPlanner:
    return load_planner(Path(folder))
