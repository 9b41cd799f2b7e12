"""Which scenes make up NAVSIM's two-stage score: ``reactive_all_mapping`` of a split."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from driving.errors import DataError
from driving.replacing import replacing

FILE_NAME = "two_stage.json"


@dataclass(frozen=True)
class TwoStageMapping:
    """A first-stage scene and what follows it, by tokens."""

    now: str
    before: str
    """The scene of the same log half a second earlier."""
    pairs: tuple[tuple[str, str], ...]
    """Second-stage scenes that start 4 s after ``now``, and 4 s after ``before``, on the same drive."""

    @property
    def second_stage_tokens(self) -> tuple[str, ...]:
        """Both scenes of every pair."""
        return tuple(token for pair in self.pairs for token in pair)


def parse_mappings(content: Any, path: Path) -> tuple[TwoStageMapping, ...]:
    """``[[now, before, [[second-stage now, second-stage before], ..]], ..]``, or None, of a split.

    Raises DataError, with ``path``, where it has another form, or names a scene twice: each scene has
    one extended comfort and one weight.
    """
    if not isinstance(content, list | None):
        raise DataError(f"{path}: reactive_all_mapping is {str(content)[:80]}, not a list")
    mappings = []
    for item in content or ():
        try:
            now, before, pairs = item
            mapping = TwoStageMapping(now, before, tuple((a, b) for a, b in pairs))
        except (TypeError, ValueError):
            raise DataError(f"{path}: reactive_all_mapping holds {str(item)[:80]}") from None
        if not mapping.pairs:
            raise DataError(f"{path}: reactive_all_mapping has no second stage for {now!r}")
        mappings.append(mapping)
    tokens = [token for m in mappings for token in (m.now, m.before, *m.second_stage_tokens)]
    seen: set[str] = set()
    for token in tokens:
        if not isinstance(token, str):
            raise DataError(f"{path}: reactive_all_mapping holds {token!r}, which is not text: quote it")
        if token in seen:
            raise DataError(f"{path}: reactive_all_mapping names {token} twice")
        seen.add(token)
    return tuple(mappings)


def save_mappings(mappings: Sequence[TwoStageMapping], folder: Path) -> None:
    """Write the mappings of a cached split beside its tensors; nothing for a one-stage split."""
    path = folder / FILE_NAME
    if not mappings:
        path.unlink(missing_ok=True)
        return
    with replacing(path) as partial:
        partial.write_text(json.dumps([[m.now, m.before, m.pairs] for m in mappings]), encoding="utf-8")


def load_mappings(folder: Path) -> tuple[TwoStageMapping, ...]:
    """The mappings of a cached split, empty for a one-stage one. DataError where the file is garbled."""
    path = folder / FILE_NAME
    if not path.exists():
        return ()
    try:
        return parse_mappings(json.loads(path.read_text(encoding="utf-8")), path)
    except ValueError as error:
        raise DataError(f"{path}: not the mappings of a cache ({error})") from None
