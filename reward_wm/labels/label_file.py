"""Labels on disk: one safetensors file a log, written as a whole, read scene by scene."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Float32, Float64
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from driving.errors import DataError
from driving.replacing import replacing
from driving.scores import SubScores
from reward_wm.labels.proposals import Candidates

SCHEMA_VERSION = 1
SUFFIX = ".labels.safetensors"
TENSORS = (
    "poses",
    "source",
    "unfiltered",
    "filtered",
    "raw_progress_m",
    "reference_progress_m",
)
"""What a file holds, (scenes, ...) each."""


@dataclass(frozen=True)
class ExactScores:
    """What the exact scorer says of one scene's candidates.

    EP is pairwise: each candidate is scored with PDM-Closed alone, never with the other candidates,
    since the devkit divides by the best progress of the batch it scores.
    """

    unfiltered: SubScores
    """(P,), without the human-penalty filter."""
    filtered: SubScores
    """(P,), as the official score counts them."""
    raw_progress_m: Float64[Tensor, "P"]
    reference_progress_m: float
    """PDM-Closed's raw progress times its own penalties."""


Judge = Callable[[str, Float64[Tensor, "P F 3"]], ExactScores]
"""(scene token, poses in the ego frame) -> scores. Raises KeyError for a scene it does not know."""


@dataclass(frozen=True)
class SceneLabels:
    """Candidates of one scene and what they are worth."""

    token: str
    candidates: Candidates
    unfiltered: Float32[Tensor, "P nine"]
    """In the order of ``SubScores``; EP is pairwise."""
    filtered: Float32[Tensor, "P nine"]
    raw_progress_m: Float64[Tensor, "P"]
    reference_progress_m: Float64[Tensor, ""]


def label_scene(token: str, candidates: Candidates, judge: Judge) -> SceneLabels:
    """Judge the very poses that are stored."""
    scores = judge(token, candidates.poses.to(torch.float64))
    return SceneLabels(
        token=token,
        candidates=candidates,
        unfiltered=scores.unfiltered.stacked().to(torch.float32),
        filtered=scores.filtered.stacked().to(torch.float32),
        raw_progress_m=scores.raw_progress_m,
        reference_progress_m=torch.tensor(scores.reference_progress_m, dtype=torch.float64),
    )


def save_labels(path: Path, key: str, labels: Sequence[SceneLabels]) -> None:
    """Write one log's labels; afterwards the file is complete or absent.

    Raises ValueError where the scenes have different numbers of candidates.
    """
    counts = {len(one.candidates.source) for one in labels}
    if len(counts) > 1:
        raise ValueError(f"{path.name}: scenes with {sorted(counts)} candidates in one log")
    tensors = {
        "poses": torch.stack([one.candidates.poses for one in labels]),
        "source": torch.stack([one.candidates.source for one in labels]),
        "unfiltered": torch.stack([one.unfiltered for one in labels]),
        "filtered": torch.stack([one.filtered for one in labels]),
        "raw_progress_m": torch.stack([one.raw_progress_m for one in labels]),
        "reference_progress_m": torch.stack([one.reference_progress_m for one in labels]),
    }
    card = {"key": key, "tokens": [one.token for one in labels]}
    with replacing(path) as partial:
        save_file(tensors, partial, {"card": json.dumps(card)})


def read_tokens(path: Path, key: str | None = None) -> tuple[str, ...]:
    """The scenes of a label file, in order.

    Raises DataError, with the path, where it is broken or was written under another key.
    """
    try:
        with safe_open(path, framework="pt") as file:
            card = json.loads(file.metadata()["card"])
    except SafetensorError as error:
        raise DataError(f"{path}: broken label file ({error}); delete it") from error
    if key is not None and card["key"] != key:
        raise DataError(f"{path}: labels of another configuration ({card['key']})")
    return tuple(card["tokens"])


def read_scene(path: Path, row: int, token: str) -> SceneLabels:
    """The ``row``-th scene of a label file."""
    with safe_open(path, framework="pt") as file:
        values = {name: file.get_slice(name)[row : row + 1][0] for name in TENSORS}
    candidates = Candidates(values.pop("poses"), values.pop("source"))
    return SceneLabels(token=token, candidates=candidates, **values)
