"""One town from its seed to its files: logs, pictures and a manifest. Runs in a process of its own.

The manifest is written last: a town that has one, with the digest of the wanted configuration, is finished.
"""

import json
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from driving.data.map_rows import District, number_features
from driving.data.two_stage import TwoStageMapping
from driving.data.write_log import write_log
from driving.data.write_synthetic import write_synthetic_scene
from driving.log_frame import LogFrame
from driving.replacing import replacing
from driving.synth.compose_log import compose_log, sweep_path
from driving.synth.config import SensorConfig, WorldConfig
from driving.synth.expert import refit
from driving.synth.fleet import EGO_TYPE
from driving.synth.render.rig import CameraRig
from driving.synth.roads import build_net
from driving.synth.scenarios import LogPlan, plan_logs
from driving.synth.stage import Stage
from driving.synth.static_objects import draw_static_objects
from driving.synth.take_pictures import Shot, take_pictures
from driving.synth.town import TownGeometry
from driving.synth.town_from_net import build_town
from driving.synth.traffic import run_traffic
from driving.synth.two_stage import Start, Town, second_stage

TWO_STAGE_SPLIT = "test_two_stage"


@dataclass(frozen=True)
class TownOrder:
    """Which town to build: its place in the data set decides its name, seed and district."""

    split: str
    number: int
    """Over all splits."""
    seed: int
    location: str
    district: int

    @property
    def name(self) -> str:
        return f"town{self.number:03d}"


@dataclass(frozen=True)
class TownManifest:
    """What became of a town: enough to list it without opening a log."""

    name: str
    split: str
    location: str
    district: int
    digest: str
    bounds_in_map: tuple[float, float, float, float]
    logs: dict[str, int]
    """Log name -> number of its frames."""
    scenes: dict[str, dict[str, str]]
    """Log name -> token of each benchmark scene (its current frame), in order -> what is hard about it."""
    pictures: int
    two_stage: dict[str, list[tuple[str, str, list[tuple[str, str]]]]] = field(default_factory=dict)
    """Log name -> (now, before, pairs) of each first-stage scene that has a second stage, as in the split's
    ``reactive_all_mapping``."""


def manifest_path(out: Path, order: TownOrder) -> Path:
    return out / "towns" / f"{order.name}.json"


def read_manifest(out: Path, order: TownOrder, config: WorldConfig) -> TownManifest | None:
    """The manifest of a finished town; None where the town is missing or was built otherwise."""
    path = manifest_path(out, order)
    if not path.exists():
        return None
    found = TownManifest(**json.loads(path.read_text()))
    wanted = (config.digest(order.split), order.split, order.location, order.district)
    return found if (found.digest, found.split, found.location, found.district) == wanted else None


def make_geometry(order: TownOrder, config: WorldConfig, directory: Path) -> tuple[Path, TownGeometry]:
    """The town's SUMO net, left in the directory, and its geometry."""
    net_file = build_net(config.roads, order.seed, directory)
    return net_file, build_town(net_file, order.name, order.seed)


def build_one_town(order: TownOrder, config: WorldConfig, out: Path) -> TownManifest:
    """Builds everything of one town but the map.

    Raises SumoError where SUMO refuses, ValueError where no drive has a benchmark scene.
    """
    with tempfile.TemporaryDirectory(prefix=f"{order.name}-") as scratch:
        net_file, town = make_geometry(order, config, Path(scratch))
        record = run_traffic(net_file, town, config.traffic, order.seed, Path(scratch))
    stage = Stage(town, record, draw_static_objects(town, config.traffic, order.seed))
    tracks = [track for track in record.vehicles.values() if track.type_id == EGO_TYPE]
    drives = [drive for track in tracks if (drive := refit(track, town))]
    plans = plan_logs(stage, drives, config.frames_per_log, config.logs_per_town)
    if not plans:
        raise ValueError(f"{order.name}: no drive has a benchmark scene (seed {order.seed})")
    logs = _write_logs(stage, plans, order, config, out)
    second = _write_second_stage(stage, logs, order, config, out)
    shots = _shots(logs, second, order, config.sensors, out)
    x, y = District(order.location, order.district).origin
    west, south, east, north = town.bounds
    manifest = TownManifest(
        order.name, order.split, order.location, order.district, config.digest(order.split),
        bounds_in_map=(west + x, south + y, east + x, north + y),
        logs={name: len(frames) for name, frames, _ in logs},
        scenes={
            name: {frames[k].token: kind.value for k, kind in plan.challenges.items()}
            for name, frames, plan in logs
        },
        pictures=take_pictures(stage, shots, _rig(config.sensors), config.sensors, order.seed),
        two_stage={
            name: [(mapping.now, mapping.before, list(mapping.pairs)) for mapping, _ in found]
            for name, found in second.items() if found
        },
    )  # fmt: skip
    with replacing(manifest_path(out, order)) as partial:
        partial.write_text(json.dumps(asdict(manifest), indent=1) + "\n")
    return manifest


def _write_logs(
    stage: Stage, plans: list[LogPlan], order: TownOrder, config: WorldConfig, out: Path
) -> list[tuple[str, list[LogFrame], LogPlan]]:
    district = District(order.location, order.district)
    ids = number_features(stage.town, district)
    rig = _rig(config.sensors)
    logs = []
    for number, plan in enumerate(plans):
        name = f"{order.name}_{number:03d}"
        frames = compose_log(stage, plan, name, district, ids, rig)
        if config.sensors.lidar:
            frames = [replace(frame, lidar_path=sweep_path(name, frame.token)) for frame in frames]
        write_log(frames, out / "navsim_logs" / order.split / f"{name}.pkl")
        logs.append((name, frames, plan))
    return logs


def _rig(sensors: SensorConfig) -> CameraRig:
    rig = CameraRig(width=sensors.width_px, height=sensors.height_px)
    return replace(rig, cameras=tuple(sensors.cameras)) if sensors.cameras else rig


def _write_second_stage(
    stage: Stage,
    logs: list[tuple[str, list[LogFrame], LogPlan]],
    order: TownOrder,
    config: WorldConfig,
    out: Path,
) -> dict[str, list[tuple[TwoStageMapping, list[Start]]]]:
    """Log name -> its first-stage scenes with the starts written; test towns only."""
    if order.split != "test" or config.two_stage.starts == 0:
        return {}
    district = District(order.location, order.district)
    ids = number_features(stage.town, district)
    town = Town(stage, order.number, order.seed, district, ids, _rig(config.sensors), config.sensors)
    found = {name: second_stage(town, plan, name, config.two_stage) for name, _, plan in logs}
    for start in _starts(found):
        for scene in (start.now, start.before):
            write_synthetic_scene(scene, out / TWO_STAGE_SPLIT / "synthetic_scene_pickles")
    return found


def _starts(second: dict[str, list[tuple[TwoStageMapping, list[Start]]]]) -> Iterator[Start]:
    return (start for found in second.values() for _, starts in found for start in starts)


def _shots(
    logs: list[tuple[str, list[LogFrame], LogPlan]],
    second: dict[str, list[tuple[TwoStageMapping, list[Start]]]],
    order: TownOrder,
    sensors: SensorConfig,
    out: Path,
) -> Iterator[Shot]:
    """Every frame that a planner sees."""
    for name, frames, plan in logs:
        for index in plan.sensor_frames(sensors.history):
            root = out / "sensor_blobs" / order.split
            yield Shot(plan.drive, plan.steps[index], root, name, frames[index].token, sensors.lidar)
    for start in _starts(second):
        root = out / TWO_STAGE_SPLIT / "sensor_blobs"
        for step, frame in zip(start.steps, start.frames, strict=True):
            if frame.cameras or frame.lidar_path:
                yield Shot(start.drive, step, root, start.name, frame.token, sensors.lidar)


def remove_town(out: Path, order: TownOrder) -> None:
    """Forgets whatever is left of an unfinished or outdated town, in any split."""
    manifest_path(out, order).unlink(missing_ok=True)
    for log in out.glob(f"navsim_logs/*/{order.name}_*"):
        log.unlink()
    for scene in out.glob(f"{TWO_STAGE_SPLIT}/synthetic_scene_pickles/{order.number:03x}*"):
        scene.unlink()
    for folder in ("sensor_blobs/*", f"{TWO_STAGE_SPLIT}/sensor_blobs"):
        for blobs in out.glob(f"{folder}/{order.name}_*"):
            shutil.rmtree(blobs)
