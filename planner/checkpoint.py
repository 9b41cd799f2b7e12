"""Planners on disk: weights and the configuration that builds the network around them."""

from dataclasses import asdict, fields, is_dataclass
from pathlib import Path
from typing import TypeVar, get_type_hints

from torch import nn

from driving.errors import DataError
from driving.observation_config import ObservationConfig, describe_observation
from driving.training.checkpoint import (
    Checkpoint,
    load_checkpoint,
    read_card,
    read_observation_config,
    save_checkpoint,
)
from planner.ego_status import EgoStatusConfig, EgoStatusPlanner
from planner.hub import local_folder
from planner.model import PlannerConfig, VlaPlanner

ConfigT = TypeVar("ConfigT")
PlannerT = TypeVar("PlannerT", bound=nn.Module)

PLANNER, EGO_STATUS = "planner", "ego_status_planner"


def save_planner(
    planner: VlaPlanner | EgoStatusPlanner, folder: Path, observation: ObservationConfig, **card: object
) -> None:
    """Write a planner and what it was trained to look at.

    ``card`` holds JSON values to keep with it (data, steps, seed, ...).
    """
    kind = PLANNER if isinstance(planner, VlaPlanner) else EGO_STATUS
    own = {"config": asdict(planner.config), "observation": describe_observation(observation)}
    save_checkpoint(folder, kind, planner.state_dict(), {**own, **card})


def load(place: str | Path) -> VlaPlanner | EgoStatusPlanner:
    """A planner of either kind in evaluation mode, from a folder or ``hub://owner/name@revision``.

    DataError, with the place, where there is none.
    """
    folder = local_folder(place)
    kind = read_card(folder).get("kind")
    if kind == EGO_STATUS:
        return load_ego_status(folder)
    if kind == PLANNER:
        return load_planner(folder)
    raise DataError(f"{place}: holds a {kind!r}, not a planner")


def observes(place: str | Path) -> ObservationConfig:
    """The cameras and pictures that a planner was trained on; places and errors as for ``load``."""
    return read_observation_config(local_folder(place))


def load_planner(folder: Path) -> VlaPlanner:
    """A planner in evaluation mode. DataError, with the path, where the folder holds none."""
    checkpoint = load_checkpoint(folder, PLANNER)
    config = _config(PlannerConfig, checkpoint, folder)
    config.encoder.backbone.pretrained = False  # the weights are in the folder
    planner = VlaPlanner(config)
    return _with_weights(planner, checkpoint, folder)


def load_ego_status(folder: Path) -> EgoStatusPlanner:
    """The blind baseline in evaluation mode; errors as ``load_planner``."""
    checkpoint = load_checkpoint(folder, EGO_STATUS)
    planner = EgoStatusPlanner(_config(EgoStatusConfig, checkpoint, folder))
    return _with_weights(planner, checkpoint, folder)


def read_config(kind: type[ConfigT], values: object) -> ConfigT:
    """A (nested) configuration dataclass from the plain values ``asdict`` made of it.

    Raises ValueError where they don't fit.
    """
    if not isinstance(values, dict):
        raise ValueError(f"{kind.__name__} must be an object, got {values!r}")
    types = get_type_hints(kind)
    if unknown := set(values) - {field.name for field in fields(kind)}:  # type: ignore[arg-type]
        raise ValueError(f"{kind.__name__} has no {sorted(unknown)}")
    parts = {name: _read_value(types[name], value) for name, value in values.items()}
    return kind(**parts)


def _read_value(kind: object, value: object) -> object:
    if isinstance(kind, type) and is_dataclass(kind):
        return read_config(kind, value)
    return tuple(value) if isinstance(value, list) else value


def _config(kind: type[ConfigT], checkpoint: Checkpoint, folder: Path) -> ConfigT:
    try:
        return read_config(kind, checkpoint.card.get("config"))
    except ValueError as error:
        raise DataError(f"{folder}/card.json: no usable configuration ({error})") from error


def _with_weights(planner: PlannerT, checkpoint: Checkpoint, folder: Path) -> PlannerT:
    try:
        planner.load_state_dict(checkpoint.tensors)
    except RuntimeError as error:
        reason = str(error).splitlines()[-1].strip()
        raise DataError(f"{folder}: the weights don't fit the configuration ({reason})") from error
    return planner.eval()
