"""Batches of examples, and examples as named tensors (the form they have in the cache)."""

from collections.abc import Mapping, Sequence
from dataclasses import fields

import torch
from torch import Tensor

from driving.observation import TENSOR_FIELDS, Observation, stack_observations
from driving.targets import Example, PerceptionTargets

TARGET_FIELDS = tuple(field.name for field in fields(PerceptionTargets))
EXAMPLE_TENSORS = (*TENSOR_FIELDS, "expert", *TARGET_FIELDS)
"""Names of the tensors of an example; the first dimension of each is the scene."""


def collate(examples: Sequence[Example]) -> Example:
    """One batch of several; all must come from the same data configuration."""
    targets = [torch.cat([getattr(example.targets, name) for example in examples]) for name in TARGET_FIELDS]
    return Example(
        observation=stack_observations([example.observation for example in examples]),
        expert=torch.cat([example.expert for example in examples]),
        targets=PerceptionTargets(*targets),
        answers=tuple(answer for example in examples for answer in example.answers),
    )


def to_tensors(example: Example) -> dict[str, Tensor]:
    """The tensors of an example by ``EXAMPLE_TENSORS``; tokens and answers are not tensors."""
    parts = {name: getattr(example.observation, name) for name in TENSOR_FIELDS}
    parts |= {name: getattr(example.targets, name) for name in TARGET_FIELDS}
    return parts | {"expert": example.expert}


def from_tensors(tensors: Mapping[str, Tensor], tokens: Sequence[str], answers: Sequence[str]) -> Example:
    """The inverse of ``to_tensors``."""
    return Example(
        observation=Observation(tuple(tokens), *(tensors[name] for name in TENSOR_FIELDS)),
        expert=tensors["expert"],
        targets=PerceptionTargets(*(tensors[name] for name in TARGET_FIELDS)),
        answers=tuple(answers),
    )
