"""The folder of a run remembers the settings that made it, so that nobody mixes two runs."""

import json
from collections.abc import Collection
from dataclasses import asdict
from enum import Enum
from pathlib import Path
from typing import Any

from driving.errors import DataError
from driving.replacing import replacing

SETTINGS = "settings.json"
VOLATILE = ("checkpoint_every", "log_every", "accelerator", "pause_at")
"""Keys of a training that do not decide what comes out."""


def claim_folder(out: str, config: Any, may_change: Collection[str] = ()) -> Path:
    """Create ``out``, or check that it was made with the same settings as ``config`` (a dataclass).

    ``may_change`` names top-level keys that do not decide the result (folders, workers). Raises
    DataError naming the first setting that differs.
    """
    folder = Path(out)
    settings = _plain(asdict(config))
    for key in ("out", "workers", *may_change):
        settings.pop(key, None)
    path = folder / SETTINGS
    if path.exists():
        _compare(path, json.loads(path.read_text()), settings)
    with replacing(path) as partial:
        partial.write_text(json.dumps(settings, indent=1, sort_keys=True) + "\n")
    return folder


def _compare(path: Path, before: dict[str, Any], now: dict[str, Any]) -> None:
    old, new = _flat(before), _flat(now)
    for key in sorted(old.keys() | new.keys()):
        if old.get(key) != new.get(key):
            raise DataError(
                f"{path.parent} was made with {key}={old.get(key)}, not {new.get(key)}: "
                "choose another out=, or delete it"
            )


def _flat(settings: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in settings.items():
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key: value}
    return flat


def _plain(value: Any) -> Any:
    """What JSON can hold, as it comes back from JSON."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.name if isinstance(value, Enum) else value
