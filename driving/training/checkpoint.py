"""A published checkpoint: a folder with ``model.safetensors`` and ``card.json``.

The card says what the weights are: their kind, the configuration that builds the module, what they
were trained on, and the version of the code that wrote them. Normalisation constants are buffers of
the module, so they travel with the weights.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from driving.errors import DataError

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
    folder = Path(folder)
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    own = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}
    save_file(own, partial / "model.safetensors")
    full_card = {"kind": kind, "code_version": code_version(), **card}
    (partial / "card.json").write_text(json.dumps(full_card, indent=1, sort_keys=True) + "\n")
    if folder.exists():
        outdated = folder.with_name(folder.name + ".outdated")
        shutil.rmtree(outdated, ignore_errors=True)
        os.replace(folder, outdated)
        os.replace(partial, folder)
        shutil.rmtree(outdated)
    else:
        os.replace(partial, folder)


def load_checkpoint(folder: Path, kind: str) -> Checkpoint:
    """Read a checkpoint folder of the given kind.

    Raises DataError, with the path, where it is missing, broken, or of another kind.
    """
    folder = Path(folder)
    card_path, weights_path = folder / "card.json", folder / "model.safetensors"
    for path in (card_path, weights_path):
        if not path.is_file():
            raise DataError(f"{path}: no such file (is this a checkpoint folder?)")
    try:
        card = json.loads(card_path.read_text())
        tensors = load_file(weights_path)
    except (json.JSONDecodeError, SafetensorError) as error:
        raise DataError(f"{folder}: broken checkpoint ({error})") from error
    if card.get("kind") != kind:
        raise DataError(f"{folder}: holds a {card.get('kind')!r}, not a {kind!r}")
    return Checkpoint(tensors, card)


def code_version() -> str:
    """The installed version, and the commit where the code runs from a git checkout."""
    try:
        release = version("irl-vla")
    except PackageNotFoundError:
        release = "unknown"
    root = Path(__file__).resolve().parents[2]
    if not (root / ".git").exists():
        return release
    described = subprocess.run(
        ["git", "-C", str(root), "describe", "--always", "--dirty"],
        capture_output=True,
        text=True,
        check=False,
    )
    commit = described.stdout.strip()
    return f"{release}+{commit}" if commit else release
