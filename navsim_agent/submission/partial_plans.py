"""Plans that are kept as they come, so that a run that was stopped goes on where it was.

A folder of small numbered safetensors files, each complete or absent. One that cannot be read counts as
absent; files of other names are nobody's.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float32
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from driving.replacing import replacing


class PartialPlans:
    """All that was planned into a folder so far."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        paths = sorted(path for path in folder.glob("*.safetensors") if path.stem.isdecimal())
        self.poses: dict[str, Float32[np.ndarray, "F 3"]] = {}
        """Of every token, in the ego frame."""
        self._next = 0 if not paths else int(paths[-1].stem) + 1
        for path in paths:
            self.poses |= _read(path)

    def add(self, tokens: Sequence[str], poses: Float32[np.ndarray, "B F 3"]) -> None:
        """Keep some plans, on disk first. Raises OSError where that fails; what was kept before still is."""
        content = save({"poses": np.ascontiguousarray(poses)}, {"tokens": json.dumps(list(tokens))})
        with replacing(self._folder / f"{self._next:06d}.safetensors") as partial:
            partial.write_bytes(content)
        self._next += 1
        self.poses |= dict(zip(tokens, poses, strict=True))


def _read(path: Path) -> dict[str, Float32[np.ndarray, "F 3"]]:
    try:
        with safe_open(path, framework="numpy") as file:
            tokens, poses = json.loads(file.metadata()["tokens"]), file.get_tensor("poses")
        return dict(zip(tokens, poses, strict=True))
    except (SafetensorError, OSError, KeyError, TypeError, ValueError):
        return {}
