"""Label candidates of many logs with the exact scorer: no pictures needed, stops and goes on.

A collection is a folder named by a key over everything that decides its content; a log is one file
in it. What is there is not made again, and a half-written file is never taken for a whole one.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

from jaxtyping import Float64
from safetensors.torch import save_file
from torch import Tensor
from tqdm import tqdm

from driving.data.cache_files import fingerprint
from driving.parallel import results
from driving.replacing import replacing
from reward_wm.labels.label_file import (
    SCHEMA_VERSION,
    SUFFIX,
    Judge,
    label_scene,
    read_tokens,
    save_labels,
)
from reward_wm.labels.proposals import PlannerSamples, ProposalConfig, propose
from reward_wm.labels.scene_facts import SceneFacts


@dataclass
class CollectConfig:
    """What to ask, and how many processes ask."""

    proposals: ProposalConfig = field(default_factory=ProposalConfig)
    workers: int = 1
    """1 stays in this process."""

    def __post_init__(self) -> None:
        if self.workers < 1:
            raise ValueError(f"workers must be at least 1, got {self.workers}")


@dataclass(frozen=True)
class OpenLog:
    """One log, ready to be labelled."""

    scenes: Sequence[SceneFacts]
    judge: Judge
    planner: Mapping[str, PlannerSamples]
    """By token; empty where no planner is asked."""


@dataclass(frozen=True)
class Collection:
    """Where the labels of one configuration lie, and what they are made from."""

    folder: Path
    key: str
    vocabulary: Float64[Tensor, "K F 3"]
    proposals: ProposalConfig


def collect(
    root: Path,
    log_names: Sequence[str],
    open_log: Callable[[str], OpenLog],
    vocabulary: Float64[Tensor, "K F 3"],
    origin: Mapping[str, str],
    config: CollectConfig,
) -> Path:
    """Label every log that is not labelled yet, and return the folder of the label files.

    ``origin`` names the rest of what decides the labels: scorer configuration, planner checkpoint.
    ``open_log`` is called for unlabelled logs only and must be picklable where workers > 1. A scene
    that cannot be judged ends the run; what was labelled until then is kept.
    """
    collection = _open_collection(Path(root), vocabulary, origin, config.proposals)
    missing = [name for name in log_names if not _is_labelled(collection, name)]
    label = partial(label_log, collection, open_log)
    with tqdm(total=len(missing), desc="labels", unit="log", disable=not missing) as bar:
        for _ in results(label, missing, config.workers):
            bar.update()
    return collection.folder


def label_log(collection: Collection, open_log: Callable[[str], OpenLog], name: str) -> None:
    """Label one log and write its file. A log without scenes gets no file."""
    log = open_log(name)
    labels = [
        label_scene(
            facts.token,
            propose(facts, collection.vocabulary, collection.proposals, log.planner.get(facts.token)),
            log.judge,
        )
        for facts in log.scenes
    ]
    if labels:
        save_labels(collection.folder / f"{name}{SUFFIX}", collection.key, labels)


def _open_collection(
    root: Path,
    vocabulary: Float64[Tensor, "K F 3"],
    origin: Mapping[str, str],
    proposals: ProposalConfig,
) -> Collection:
    card = {
        "schema": SCHEMA_VERSION,
        "proposals": asdict(proposals),
        "vocabulary": hashlib.sha256(vocabulary.numpy().tobytes()).hexdigest(),
        "origin": dict(origin),
    }
    key = fingerprint(card)[:12]
    folder = root / f"v{SCHEMA_VERSION}-{key}"
    with replacing(folder / "vocabulary.safetensors") as partial_vocabulary:
        save_file({"poses": vocabulary.contiguous()}, partial_vocabulary)
    (folder / "collection.json").write_text(json.dumps(card, indent=1, sort_keys=True) + "\n")
    return Collection(folder, key, vocabulary, proposals)


def _is_labelled(collection: Collection, name: str) -> bool:
    path = collection.folder / f"{name}{SUFFIX}"
    return path.exists() and len(read_tokens(path, collection.key)) > 0
