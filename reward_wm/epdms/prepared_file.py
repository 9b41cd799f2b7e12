"""Prepared scenes on disk: one safetensors file a log, tensors by name, the rest as JSON."""

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_type_hints

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from driving.errors import DataError
from driving.replacing import replacing
from reward_wm.epdms.prepared import PreparedScene

FORMAT = "irl-vla prepared scenes 2"


def save_prepared(scenes: Sequence[PreparedScene], path: Path) -> None:
    """Write the scenes of a log; afterwards the file is complete or absent.

    Raises ValueError where two scenes have the same token.
    """
    tensors: dict[str, Tensor] = {}
    plain: dict[str, dict[str, Any]] = {}
    for scene in scenes:
        if scene.token in plain:
            raise ValueError(f"{path}: scene {scene.token} twice")
        plain[scene.token] = {}
        _flatten(scene, f"{scene.token}/", tensors, plain[scene.token])
    with replacing(Path(path)) as partial:
        save_file(tensors, partial, metadata={"format": FORMAT, "scenes": json.dumps(plain)})


def load_prepared(path: Path) -> dict[str, PreparedScene]:
    """The scenes of a file by token. DataError, with the path, where it is no such file."""
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            if metadata.get("format") != FORMAT:
                raise DataError(f"{path}: not a file of prepared scenes of this version")
            plain = json.loads(metadata["scenes"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise DataError(f"{path}: cannot be read ({' '.join(str(error).split())})") from None
    return {token: _rebuild(PreparedScene, f"{token}/", tensors, values) for token, values in plain.items()}


def _flatten(value: Any, prefix: str, tensors: dict[str, Tensor], plain: dict[str, Any]) -> None:
    for field in dataclasses.fields(value):
        part = getattr(value, field.name)
        if isinstance(part, Tensor):
            tensors[prefix + field.name] = part.contiguous()
        elif dataclasses.is_dataclass(part):
            _flatten(part, f"{prefix}{field.name}/", tensors, plain)
        else:
            plain[field.name] = part


def _rebuild(kind: type, prefix: str, tensors: dict[str, Tensor], plain: dict[str, Any]) -> Any:
    hints = get_type_hints(kind)
    values = {}
    for field in dataclasses.fields(kind):
        name = field.name
        if dataclasses.is_dataclass(hints[name]):
            values[name] = _rebuild(hints[name], f"{prefix}{name}/", tensors, plain)
        elif name in plain:
            values[name] = tuple(plain[name]) if isinstance(plain[name], list) else plain[name]
        else:
            values[name] = tensors[prefix + name]
    return kind(**values)
