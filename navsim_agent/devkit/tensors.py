"""Observations and lessons as the flat dictionaries of tensors that the devkit caches and batches.

A scene's tensors have no batch dimension; the devkit's loader adds it. All of them are numbers, the
sentence included (UTF-8, padded with zeros), so that the loader can stack them.
"""

from collections.abc import Mapping

import torch
from jaxtyping import UInt8
from torch import Tensor

from driving.data.examples import TARGET_FIELDS
from driving.data.make_targets import Lesson
from driving.observation import TENSOR_FIELDS, Observation
from driving.targets import Example, PerceptionTargets

ANSWER_BYTES = 256
"""Longer sentences are cut; the rules that make them stay below."""


def to_features(observation: Observation) -> dict[str, Tensor]:
    """What a planner sees of one scene (B = 1)."""
    return {name: getattr(observation, name).squeeze(0) for name in TENSOR_FIELDS}


def from_features(features: Mapping[str, Tensor]) -> Observation:
    """The inverse of ``to_features`` for a batch, whose scenes have no name."""
    tensors = [features[name] for name in TENSOR_FIELDS]
    return Observation(("",) * len(tensors[0]), *tensors)


def to_targets(lesson: Lesson) -> dict[str, Tensor]:
    """What one scene (B = 1) teaches."""
    perception = {name: getattr(lesson.targets, name).squeeze(0) for name in TARGET_FIELDS}
    return {"expert": lesson.expert.squeeze(0), "answer": _bytes_of(lesson.answer), **perception}


def to_example(features: Mapping[str, Tensor], targets: Mapping[str, Tensor]) -> Example:
    """A training batch of what both builders made."""
    return Example(
        observation=from_features(features),
        expert=targets["expert"],
        targets=PerceptionTargets(*(targets[name] for name in TARGET_FIELDS)),
        answers=tuple(_text_of(row) for row in targets["answer"]),
    )


def _bytes_of(text: str) -> UInt8[Tensor, "n"]:
    encoded = text.encode("utf-8")[:ANSWER_BYTES]
    return torch.tensor(list(encoded.ljust(ANSWER_BYTES, b"\0")), dtype=torch.uint8)


def _text_of(row: UInt8[Tensor, "n"]) -> str:
    return bytes(row.tolist()).rstrip(b"\0").decode("utf-8", errors="ignore")
