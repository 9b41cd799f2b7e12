"""What world to build. Plain dataclasses, checked at the door; OmegaConf can merge into them."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from enum import Enum

from driving.types import CAMERA_NAMES

LOCATIONS = (
    "us-ma-boston",
    "us-nv-las-vegas-strip",
    "us-pa-pittsburgh-hazelwood",
    "sg-one-north",
)
"""The four map names the official devkit knows. A town is a district of one of them."""


class WorldSize(Enum):
    """toy: tests, seconds; mini: the demo, minutes; small: experiments, up to 40 minutes on two cores."""

    TOY = "toy"
    MINI = "mini"
    SMALL = "small"


@dataclass
class RoadConfig:
    """Shape of the road nets. Metres, metres per second."""

    grid: int = 4
    """Junctions along each side of the jittered grid."""
    pitch_m: float = 140.0
    jitter_m: float = 20.0
    stub_m: float = 110.0
    """Length of the roads that lead out of town."""
    lane_widths_m: list[float] = field(default_factory=lambda: [3.5, 3.6, 3.7])
    speed_limits_mps: list[float] = field(default_factory=lambda: [8.3, 11.1, 11.1, 13.9])
    corner_radii_m: list[float] = field(default_factory=lambda: [9.0, 10.5, 12.0])

    def __post_init__(self) -> None:
        if self.grid < 2:
            raise ValueError(f"roads.grid must be at least 2, not {self.grid}")
        if min(self.lane_widths_m) < 3.4:
            raise ValueError(f"roads.lane_widths_m must be at least 3.4 m, not {self.lane_widths_m}")
        if self.pitch_m < 3 * self.jitter_m:
            raise ValueError(f"roads.pitch_m={self.pitch_m} is too short for jitter_m={self.jitter_m}")


@dataclass
class TrafficConfig:
    """One SUMO run. Seconds; counts are a town's."""

    warm_up_s: float = 25.0
    duration_s: float = 150.0
    vehicles: int = 80
    pedestrians: int = 120
    egos: int = 16
    """Vehicles of the ego's size and manners, each good for one drive."""
    parked_per_km: float = 14.0
    lane_closures: int = 3
    stopping_vehicles: int = 5

    def __post_init__(self) -> None:
        if self.egos < 1 or self.vehicles < 0 or self.pedestrians < 0:
            raise ValueError(f"traffic needs at least one ego and no negative counts: {self}")
        if self.duration_s < self.warm_up_s + 20.0:
            raise ValueError(f"traffic.duration_s={self.duration_s} is too short")


@dataclass
class SensorConfig:
    """Which cameras take pictures, how large, and at which frames."""

    cameras: list[str] = field(default_factory=lambda: ["CAM_L0", "CAM_F0", "CAM_R0"])
    """Empty: no pictures."""
    lidar: bool = False
    """Also LiDAR sweeps, at the same frames."""
    width_px: int = 480
    height_px: int = 270
    history: bool = True
    """Also at the three frames before a benchmark scene's current one."""
    jpeg_quality: int = 88

    def __post_init__(self) -> None:
        unknown = sorted(set(self.cameras) - set(CAMERA_NAMES))
        if unknown:
            raise ValueError(f"sensors.cameras has unknown names {unknown}; known: {CAMERA_NAMES}")
        if self.width_px < 16 or self.height_px < 16:
            raise ValueError(f"sensors: a {self.width_px}x{self.height_px} picture is too small")


@dataclass
class TwoStageConfig:
    """Second-stage scenes of the test towns: the drive goes on from poses that differ from the log's."""

    starts: int = 0
    """Starting poses for each first-stage scene; 0: no second stage."""
    scenes_per_log: int = 2
    """First-stage scenes of a log, at most."""
    ego_future: bool = True
    """Tell how a driver would go on from each start, which recorded scenes don't."""

    def __post_init__(self) -> None:
        if self.starts < 0 or self.scenes_per_log < 1:
            raise ValueError(f"two_stage needs no negative starts and at least one scene a log: {self}")


@dataclass
class WorldConfig:
    """A whole data set: towns of each split, drives in each town."""

    seed: int = 0
    train_towns: int = 22
    test_towns: int = 5
    logs_per_town: int = 24
    frames_per_log: int = 44
    """2 Hz frames of one log; it holds frames_per_log - 13 scenes."""
    workers: int = 2
    roads: RoadConfig = field(default_factory=RoadConfig)
    traffic: TrafficConfig = field(default_factory=TrafficConfig)
    sensors: SensorConfig = field(default_factory=SensorConfig)
    two_stage: TwoStageConfig = field(default_factory=TwoStageConfig)

    def __post_init__(self) -> None:
        if self.train_towns < 1 or self.test_towns < 1:
            raise ValueError("a world needs at least one town in each split")
        if self.frames_per_log < 15:
            raise ValueError(f"frames_per_log={self.frames_per_log} holds no pair of scenes; at least 15")
        if self.workers < 1:
            raise ValueError(f"workers must be positive, not {self.workers}")

    def digest(self, split: str) -> str:
        """A name for all that decides the bytes of a town (the numbers of workers and towns don't)."""
        content = asdict(self)
        for key in ("workers", "train_towns", "test_towns"):
            content.pop(key)
        if split != "test" or self.two_stage.starts == 0:
            content.pop("two_stage")
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def preset(size: WorldSize) -> WorldConfig:
    """The configuration that a size stands for."""
    if size is WorldSize.TOY:
        return WorldConfig(
            train_towns=1,
            test_towns=1,
            logs_per_town=4,
            frames_per_log=30,
            roads=RoadConfig(grid=3, pitch_m=120.0, stub_m=90.0),
            traffic=TrafficConfig(
                duration_s=90.0, vehicles=30, pedestrians=40, egos=10, lane_closures=1, stopping_vehicles=2
            ),
            sensors=SensorConfig(cameras=[]),
        )
    if size is WorldSize.MINI:
        return WorldConfig(train_towns=4, test_towns=1, logs_per_town=10)
    return WorldConfig()
