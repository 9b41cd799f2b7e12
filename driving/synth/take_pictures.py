"""Pictures (JPEG) and LiDAR sweeps (PCD) of a town, each at its moment of the run."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from driving.replacing import replacing
from driving.synth.compose_log import picture_path, sweep_path
from driving.synth.config import SensorConfig
from driving.synth.expert import Drive
from driving.synth.render.rig import CameraRig
from driving.synth.stage import Stage

VISIBLE_M = 150.0


@dataclass(frozen=True)
class Shot:
    """All cameras of an ego at one step of the run."""

    drive: Drive
    step: int
    root: Path
    folder: str
    """Below ``root``; cameras have folders of their own in it."""
    token: str
    """Of the frame; names the files."""
    lidar: bool = False
    """Also a LiDAR sweep."""


def take_pictures(
    stage: Stage, shots: Iterator[Shot], rig: CameraRig, sensors: SensorConfig, seed: int
) -> int:
    """Render and write every shot; returns the number of pictures."""
    if not sensors.cameras and not sensors.lidar:
        return 0
    from driving.synth.render import TownRenderer, as_pcd  # heavy: only where pictures are wanted

    renderer = TownRenderer(stage.town, rig, seed)
    count = 0
    for shot in shots:
        x, y, heading = (float(v) for v in shot.drive.pose[shot.step - shot.drive.first])
        actors = stage.actors(shot.step, (x, y), VISIBLE_M, without=shot.drive.id)
        if shot.lidar:
            sweep = as_pcd(renderer.lidar_sweep((x, y, heading), actors))
            with replacing(shot.root / sweep_path(shot.folder, shot.token)) as partial:
                partial.write_bytes(sweep)
        if not sensors.cameras:
            continue
        pictures = renderer.render((x, y, heading), actors, stage.signal_states(shot.step))
        for camera, pixels in pictures.items():
            with replacing(shot.root / picture_path(shot.folder, camera, shot.token)) as partial:
                Image.fromarray(pixels).save(partial, "JPEG", quality=sensors.jpeg_quality)
            count += 1
    return count
