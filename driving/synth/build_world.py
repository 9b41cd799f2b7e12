"""The whole embedded data set: towns in parallel, then the maps, the index and the scene filters.

Layout of `out`:

    maps/                  nuplan-maps-v1.0.json, <location>/9.0.0/map.gpkg
    navsim_logs/{train,test}/<log>.pkl
    sensor_blobs/{train,test}/<log>/<camera>/<frame token>.jpg
    train_test_split/      {train,test}.yaml and scene_filter/{train,test}.yaml, in NAVSIM's own format
    test_two_stage/        {synthetic_scene_pickles,sensor_blobs} of the split of this name, if asked for
    towns/<town>.json      one manifest a finished town; towns.json lists them
"""

import json
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from tqdm import tqdm

from driving.data.map_rows import District
from driving.data.two_stage import TwoStageMapping
from driving.data.write_map import write_maps
from driving.data.write_splits import write_scene_filter, write_two_stage_filter
from driving.parallel import outcomes
from driving.replacing import replacing
from driving.synth.build_town import (
    TWO_STAGE_SPLIT,
    TownManifest,
    TownOrder,
    build_one_town,
    make_geometry,
    read_manifest,
    remove_town,
)
from driving.synth.config import LOCATIONS, WorldConfig

SPLITS = ("train", "test")

TownBuilder = Callable[[TownOrder, WorldConfig, Path], TownManifest]


@dataclass(frozen=True)
class WorldReport:
    """What a build left on disk."""

    towns: tuple[TownManifest, ...]
    failures: dict[str, str]
    """Town -> what went wrong, in one line."""

    def scenes(self, split: str) -> int:
        """Benchmark scenes of a split."""
        return sum(
            len(tokens) for town in self.towns if town.split == split for tokens in town.scenes.values()
        )

    def two_stage(self) -> dict[str, list[TwoStageMapping]]:
        """Log name -> its first-stage scenes with their second stage."""
        return {
            log: [
                TwoStageMapping(now, before, tuple((a, b) for a, b in pairs)) for now, before, pairs in found
            ]
            for town in self.towns
            for log, found in town.two_stage.items()
        }

    def summary(self) -> str:
        """Some lines for a person."""
        lines = [
            f"{split}: {sum(t.split == split for t in self.towns)} towns,"
            f" {sum(len(t.logs) for t in self.towns if t.split == split)} logs, {self.scenes(split)} scenes"
            for split in SPLITS
        ]
        if mappings := [mapping for found in self.two_stage().values() for mapping in found]:
            pairs = sum(len(mapping.pairs) for mapping in mappings)
            lines.append(f"{TWO_STAGE_SPLIT}: {len(mappings)} first-stage scenes, {pairs} starts after them")
        lines.append(f"{sum(t.pictures for t in self.towns)} pictures")
        lines += [f"FAILED {name}: {reason}" for name, reason in self.failures.items()]
        return "\n".join(lines)


def town_orders(config: WorldConfig) -> list[TownOrder]:
    """Test towns first, so that more training towns change no test town; a district is used once."""
    orders = []
    for number in range(config.test_towns + config.train_towns):
        split = "test" if number < config.test_towns else "train"
        location = LOCATIONS[number % len(LOCATIONS)]
        orders.append(
            TownOrder(split, number, config.seed * 1000 + number, location, number // len(LOCATIONS))
        )
    return orders


def build_world(
    config: WorldConfig, out: Path, build: TownBuilder = build_one_town, quiet: bool = False
) -> WorldReport:
    """Builds what is missing of a world. A town that fails is reported and left out; the others go on."""
    out.mkdir(parents=True, exist_ok=True)
    orders = town_orders(config)
    done = {order: manifest for order in orders if (manifest := read_manifest(out, order, config))}
    missing = [order for order in orders if order not in done]
    for order in missing:
        remove_town(out, order)
    failures: dict[str, str] = {}
    with tqdm(total=len(orders), initial=len(done), desc="towns", unit="town", disable=quiet) as bar:
        job = partial(_build, build, config, out)
        for order, outcome in outcomes(job, missing, config.workers):
            if isinstance(outcome, TownManifest):
                done[order] = outcome
            else:
                failures[order.name] = f"{type(outcome).__name__}: {outcome}".replace("\n", " ")
                remove_town(out, order)
                bar.write(f"{order.name} failed: {failures[order.name]}")
            bar.update()
    report = WorldReport(tuple(done[order] for order in orders if order in done), failures)
    if report.towns:
        _write_common_files([order for order in orders if order in done], report, config, out)
    return report


def _build(build: TownBuilder, config: WorldConfig, out: Path, order: TownOrder) -> TownManifest:
    return build(order, config, out)


def _write_common_files(orders: list[TownOrder], report: WorldReport, config: WorldConfig, out: Path) -> None:
    """Maps, index and scene filters; remade at every build, the same bytes for the same towns."""
    geometries = {}
    with tempfile.TemporaryDirectory(prefix="maps-") as scratch:
        for order in orders:
            geometries[District(order.location, order.district)] = make_geometry(
                order, config, Path(scratch)
            )[1]
    write_maps(geometries, out / "maps")
    for split in SPLITS:
        towns = [town for town in report.towns if town.split == split]
        scenes = {log: list(tokens) for town in towns for log, tokens in town.scenes.items()}
        write_scene_filter(split, scenes, out)
    if config.two_stage.starts:
        write_two_stage_filter(TWO_STAGE_SPLIT, "test", report.two_stage(), out)
    index = {
        "seed": config.seed,
        "digest": config.digest("test"),
        "towns": [_index_entry(town) for town in report.towns],
    }
    with replacing(out / "towns.json") as partial:
        partial.write_text(json.dumps(index, indent=1) + "\n")


def _index_entry(town: TownManifest) -> dict[str, object]:
    entry = asdict(town)
    entry["scenes"] = Counter(kind for tokens in town.scenes.values() for kind in tokens.values())
    entry["logs"] = list(town.logs)
    entry["two_stage"] = sum(map(len, town.two_stage.values()))
    return entry
