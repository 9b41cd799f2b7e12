"""Write a data set of synthetic towns that the official devkit reads.

A town that exists is kept, so the same command goes on where it stopped. The same seed gives the same
bytes. Test towns are never seen in training. Sizes: toy (seconds, no pictures), mini (minutes), small
(3,000 training and 600 test scenes, up to 40 minutes on two cores).
"""

from dataclasses import dataclass
from pathlib import Path

from driving.errors import DataError
from driving.synth.build_world import build_world
from driving.synth.config import TwoStageConfig, WorldSize, preset


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
    lidar: bool = False
    """Also LiDAR sweeps (PCD files)."""
    train_towns: int | None = None
    """Number of training towns; default: the size's."""
    test_towns: int | None = None
    """Number of test towns; default: the size's."""
    logs_per_town: int | None = None
    """Drives in each town; default: the size's."""
    two_stage: int = 0
    """Also a split test_two_stage in the format of navhard: so many second-stage starts after a first-stage
    scene; 0: none."""
    two_stage_scenes: int = 2
    """First-stage scenes of a test log, at most."""
    two_stage_ego_future: bool = True
    """Second-stage scenes tell how a driver would go on, which those of navhard don't."""
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
    world.sensors.lidar = config.lidar
    world.two_stage = TwoStageConfig(config.two_stage, config.two_stage_scenes, config.two_stage_ego_future)
    world.sensors.__post_init__()
    world.__post_init__()
    report = build_world(world, Path(config.out))
    print(report.summary())
    if report.failures:
        raise DataError(f"{len(report.failures)} towns failed; the same command tries them again")
