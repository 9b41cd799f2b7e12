"""A published checkpoint: a folder with ``model.safetensors`` and ``card.json``.

The card says what the weights are: their kind, the configuration that builds the module, what it
observes, what it was trained on, and the version of the code that wrote them. Normalisation
constants are buffers of the module, so they travel with the weights.
"""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from driving.errors import DataError
from driving.observation_config import ObservationConfig, observation_config_from
from driving.replacing import replacing_folder

CARD, WEIGHTS = "card.json", "model.safetensors"

Card = dict[str, object]
"""Plain JSON values; the reader of a kind of checkpoint knows its keys."""


@dataclass(frozen=True)
class Checkpoint:
    """The tensors of a module by name, and the card that came with them."""

    tensors: dict[str, Tensor]
    card: Card


def save_checkpoint(folder: Path, kind: str, tensors: Mapping[str, Tensor], card: Card) -> None:
    """Write ``folder`` as a whole: either all of it is there afterwards, or nothing changed.

    ``kind`` names what the tensors are ("planner", "reward_model", ...), ``card`` holds JSON values.
    """
    own = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}
    full_card = {"kind": kind, "code_version": code_version(), **card}
    with replacing_folder(Path(folder)) as partial:
        save_file(own, partial / WEIGHTS)
        write_card(partial, full_card)


def write_card(folder: Path, card: Card) -> None:
    """The card of a folder that is being filled."""
    text = json.dumps(card, indent=1, sort_keys=True) + "\n"
    (folder / CARD).write_text(text, encoding="utf-8")


def load_checkpoint(folder: Path, kind: str) -> Checkpoint:
    """Read a checkpoint folder of the given kind.

    Raises DataError, with the path, where it is missing, broken, or of another kind.
    """
    folder = Path(folder)
    card, weights = read_card(folder), folder / WEIGHTS
    if not weights.is_file():
        raise DataError(f"{weights}: no such file (is this a checkpoint folder?)")
    if card.get("kind") != kind:
        raise DataError(f"{folder}: holds a {card.get('kind')!r}, not a {kind!r}")
    try:
        return Checkpoint(load_file(weights), card)
    except (SafetensorError, OSError) as error:
        raise DataError(f"{folder}: broken checkpoint ({error})") from error


def read_card(folder: Path) -> Card:
    """The card of a checkpoint folder. DataError, with the path, where it is missing or broken."""
    path = Path(folder) / CARD
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DataError(f"{path}: no such file (is this a checkpoint folder?)") from None
    except (OSError, ValueError) as error:
        raise DataError(f"{folder}: broken checkpoint ({error})") from error
    if not isinstance(card, dict):
        raise DataError(f"{path}: not a card")
    return card


def read_observation_config(folder: Path) -> ObservationConfig:
    """What the module of a checkpoint folder looks at: enough to make it an ``Observation``.

    Raises DataError, with the path, where the card does not say.
    """
    card = read_card(folder)
    if "observation" not in card:
        raise DataError(
            f"{folder}/{CARD}: does not say which cameras it needs; "
            f"it was written by {card.get('code_version')}, train it again"
        )
    try:
        return observation_config_from(card["observation"])
    except ValueError as error:
        raise DataError(f"{folder}/{CARD}: unusable observation ({error})") from error


def code_version() -> str:
    """The installed version, and the commit where the code runs from a git checkout."""
    try:
        release = version("irl-vla")
    except PackageNotFoundError:
        release = "unknown"
    root = Path(__file__).resolve().parents[2]
    if not (root / ".git").exists():
        return release
    command = ["git", "-C", str(root), "describe", "--always", "--dirty"]
    try:
        described = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:  # no git on this machine
        return release
    return f"{release}+{described}" if described else release
