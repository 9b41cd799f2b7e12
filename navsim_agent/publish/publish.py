"""A checkpoint folder for others: the same weights, a card without paths of this machine, a README.md."""

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import planner as planners
from driving.errors import DataError
from driving.replacing import replacing_folder
from driving.training.checkpoint import (
    CARD,
    WEIGHTS,
    Card,
    read_card,
    read_observation_config,
    write_card,
)
from navsim_agent.publish.evaluations import read_evaluation
from navsim_agent.publish.model_card import WHAT, ModelCard, pretrained_parts, render, training_stage

README = "README.md"
FILES = (CARD, WEIGHTS, README)
LOCAL = ("trained_on", "initial", "reward")
"""Keys of a planner's card that hold paths of the machine it was trained on."""
_NAME = re.compile(r"[\w.-]+")


@dataclass(frozen=True)
class Publication:
    """What is to be told that no file knows."""

    name: str
    license: str | None = None
    data: str | None = None
    data_license: str | None = None
    address: str | None = None
    """Where others will find it; default: a folder of that name."""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"name={self.name!r}: letters, digits, dots, dashes")


def publish(checkpoint: Path, out: Path, evaluations: Sequence[Path], told: Publication) -> None:
    """Write ``out``: card.json, model.safetensors, README.md, and nothing else.

    What an earlier call wrote is replaced. Raises DataError, with the path, where the checkpoint is
    no planner's or does not tell what it sees, an evaluation is not one of it, or ``out`` holds
    something else.
    """
    _check_free(checkpoint, out)
    page = describe(checkpoint, out, evaluations, told)
    with replacing_folder(out) as partial:
        shutil.copyfile(checkpoint / WEIGHTS, partial / WEIGHTS)
        write_card(partial, page.card)
        (partial / README).write_text(render(page), encoding="utf-8")


def describe(checkpoint: Path, out: Path, evaluations: Sequence[Path], told: Publication) -> ModelCard:
    """What the page will tell; raises as ``publish`` does."""
    card = read_card(checkpoint)
    kind = str(card.get("kind"))
    if kind not in WHAT:
        raise DataError(f"{checkpoint}: holds a {kind!r}; only planners are published")
    observation = read_observation_config(checkpoint)
    parameters = sum(weight.numel() for weight in planners.load(checkpoint).parameters())
    return ModelCard(
        name=told.name,
        address=told.address or out.name,
        kind=kind,
        card=_public(card, told),
        stage=training_stage(card),
        pretrained=pretrained_parts(card),
        observation=observation,
        parameters=parameters,
        license=told.license,
        data=told.data,
        data_license=told.data_license,
        evaluations=tuple(read_evaluation(folder, checkpoint) for folder in evaluations),
    )


def _public(card: Card, told: Publication) -> Card:
    """The card without local paths, with what was told."""
    own = {key: value for key, value in card.items() if key not in LOCAL}
    published = {"name": told.name, "license": told.license}
    return {**own, "published": {**published, "data": told.data, "data_license": told.data_license}}


def _check_free(checkpoint: Path, out: Path) -> None:
    if out.resolve() == checkpoint.resolve():
        raise DataError(f"{out}: is the checkpoint itself; choose another out=")
    if not out.exists():
        return
    if not out.is_dir():
        raise DataError(f"{out}: a file is in the way")
    found = {path.name for path in out.iterdir()}
    if found and found != set(FILES):
        strange = min(found - set(FILES), default=None)
        what = f"{strange}, which is not of a published checkpoint" if strange else "part of a checkpoint"
        raise DataError(f"{out}: holds {what}; choose another out=")
