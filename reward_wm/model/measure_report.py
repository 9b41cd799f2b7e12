"""Measures as files: a wide CSV for tables, a JSON with everything."""

import csv
import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from reward_wm.model.measure import RewardMeasure


def write_measures(folder: Path, measures: Sequence[RewardMeasure]) -> tuple[Path, Path]:
    """Write ``reward_measures.csv`` (a row a reward, group and head) and ``.json`` into ``folder``."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    table, full = folder / "reward_measures.csv", folder / "reward_measures.json"
    rows = [row for one in measures for row in _rows(one)]
    with table.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]) if rows else [])
        writer.writeheader()
        writer.writerows(rows)
    full.write_text(json.dumps([_plain(asdict(one)) for one in measures], indent=1) + "\n")
    return table, full


def _rows(one: RewardMeasure) -> list[dict[str, object]]:
    choice = {f"choice_{name}": value for name, value in asdict(one.choice).items()}
    return [{"reward": one.reward, "group": one.group, **asdict(head), **choice} for head in one.heads]


def _plain(value: object) -> object:
    """JSON knows no NaN: null instead."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, float) and math.isnan(value):
        return None
    return value
