"""One town from its seed to its files: logs, pictures and a manifest. Runs in a process of its own.

The manifest is written last: a town that has one, with the digest of the wanted configuration, is finished.
"""

import json
import os
import shutil
import tempfile
from dataclasses import asdict, dataclass, replace
from io import BytesIO
from pathlib import Path

from PIL import Image

from driving.data.map_rows import District, number_features
from driving.data.write_log import write_log
from driving.log_frame import LogFrame
from driving.synth.compose_log import compose_log, picture_path
from driving.synth.config import SensorConfig, WorldConfig
from driving.synth.expert import refit
from driving.synth.fleet import EGO_TYPE
from driving.synth.render.rig import CameraRig
from driving.synth.roads import build_net
from driving.synth.scenarios import LogPlan, plan_logs
from driving.synth.stage import Stage
from driving.synth.static_objects import draw_static_objects
from driving.synth.town import TownGeometry
from driving.synth.town_from_net import build_town
from driving.synth.traffic import run_traffic


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


def manifest_path(out: Path, order: TownOrder) -> Path:
    return out / "towns" / f"{order.name}.json"


def read_manifest(out: Path, order: TownOrder, config: WorldConfig) -> TownManifest | None:
    """The manifest of a finished town; None where the town is missing or was built otherwise."""
    path = manifest_path(out, order)
    if not path.exists():
        return None
    found = TownManifest(**json.loads(path.read_text()))
    wanted = (config.digest(), order.split, order.location, order.district)
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
    x, y = District(order.location, order.district).origin
    west, south, east, north = town.bounds
    manifest = TownManifest(
        order.name, order.split, order.location, order.district, config.digest(),
        bounds_in_map=(west + x, south + y, east + x, north + y),
        logs={name: len(frames) for name, frames, _ in logs},
        scenes={
            name: {frames[k].token: kind.value for k, kind in plan.challenges.items()}
            for name, frames, plan in logs
        },
        pictures=_write_pictures(stage, logs, order, config.sensors, out),
    )  # fmt: skip
    _write_atomically(manifest_path(out, order), (json.dumps(asdict(manifest), indent=1) + "\n").encode())
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
        write_log(frames, out / "navsim_logs" / order.split / f"{name}.pkl")
        logs.append((name, frames, plan))
    return logs


def _rig(sensors: SensorConfig) -> CameraRig:
    rig = CameraRig(width=sensors.width_px, height=sensors.height_px)
    return replace(rig, cameras=tuple(sensors.cameras)) if sensors.cameras else rig


def _write_pictures(
    stage: Stage,
    logs: list[tuple[str, list[LogFrame], LogPlan]],
    order: TownOrder,
    sensors: SensorConfig,
    out: Path,
) -> int:
    """JPEGs of every frame that a planner sees; returns how many."""
    if not sensors.cameras:
        return 0
    from driving.synth.render import TownRenderer  # heavy: only where pictures are wanted

    renderer = TownRenderer(stage.town, _rig(sensors), order.seed)
    count = 0
    for name, frames, plan in logs:
        root = out / "sensor_blobs" / order.split
        for index in plan.sensor_frames(sensors.history):
            step = plan.steps[index]
            x, y, heading = (float(v) for v in plan.drive.pose[step - plan.drive.first])
            actors = stage.actors(step, (x, y), 150.0, without=plan.drive.id)
            pictures = renderer.render((x, y, heading), actors, stage.signal_states(step))
            for camera, pixels in pictures.items():
                buffer = BytesIO()
                Image.fromarray(pixels).save(buffer, "JPEG", quality=sensors.jpeg_quality)
                _write_atomically(root / picture_path(name, camera, frames[index].token), buffer.getvalue())
                count += 1
    return count


def remove_town(out: Path, order: TownOrder) -> None:
    """Forgets whatever is left of an unfinished or outdated town, in any split."""
    manifest_path(out, order).unlink(missing_ok=True)
    for log in out.glob(f"navsim_logs/*/{order.name}_*"):
        log.unlink()
    for blobs in out.glob(f"sensor_blobs/*/{order.name}_*"):
        shutil.rmtree(blobs)


def _write_atomically(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".part")
    partial.write_bytes(content)
    os.replace(partial, path)
