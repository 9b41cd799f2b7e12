"""Write a data set of synthetic towns that the official devkit reads.

A town that exists is kept, so the same command goes on where it stopped. The same seed gives the same
bytes. Test towns are never seen in training. Sizes: toy (seconds, no pictures), mini (minutes), small
(3,000 training and 600 test scenes, up to 40 minutes on two cores).
"""

from dataclasses import dataclass
from pathlib import Path

from driving.errors import DataError
from driving.synth.build_world import build_world
from driving.synth.config import WorldSize, preset


@dataclass
class Config:
    """Keys of ``irl-vla world``."""

    out: str = "???"
    """Folder to write: maps, navsim_logs, sensor_blobs, train_test_split."""
    size: WorldSize = WorldSize.MINI
    """How large."""
    seed: int = 0
    """Decides everything."""
    cameras: list[str] | None = None
    """Cameras that take pictures; default: the size's own choice."""
    train_towns: int | None = None
    """Number of training towns; default: the size's."""
    test_towns: int | None = None
    """Number of test towns; default: the size's."""
    logs_per_town: int | None = None
    """Drives in each town; default: the size's."""
    workers: int = 2
    """Towns made at the same time."""


def run(config: Config) -> None:
    world = preset(config.size)
    world.seed, world.workers = config.seed, config.workers
    for name in ("train_towns", "test_towns", "logs_per_town"):
        if getattr(config, name) is not None:
            setattr(world, name, getattr(config, name))
    if config.cameras is not None:
        world.sensors.cameras = config.cameras
    world.sensors.__post_init__()
    world.__post_init__()
    report = build_world(world, Path(config.out))
    print(report.summary())
    if report.failures:
        raise DataError(f"{len(report.failures)} towns failed; the same command tries them again")
