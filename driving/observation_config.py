"""What an observation is made of: all that is needed to build one for a given checkpoint."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from driving.types import (
    CAMERA_NAMES,
    HISTORY_FRAMES,
    HISTORY_INTERVAL_S,
    PLAN_INTERVAL_S,
    PLAN_POSES,
)

SAMPLING: Mapping[str, float] = {
    "history_frames": HISTORY_FRAMES,
    "history_interval_s": HISTORY_INTERVAL_S,
    "plan_poses": PLAN_POSES,
    "plan_interval_s": PLAN_INTERVAL_S,
}
"""The same for every checkpoint of this version; told on cards for those who have no other source."""


@dataclass
class ObservationConfig:
    """Cameras and picture size. Raises ValueError with the value that cannot be used."""

    cameras: list[str] = field(default_factory=lambda: ["CAM_L0", "CAM_F0", "CAM_R0"])
    """Whose pictures are read; none for logs without sensor blobs, which a blind planner can use."""
    image_height: int = 128
    image_width: int = 224

    def __post_init__(self) -> None:
        known = isinstance(self.cameras, list) and all(name in CAMERA_NAMES for name in self.cameras)
        if not known or len(set(self.cameras)) != len(self.cameras):
            raise ValueError(f"cameras={self.cameras}: some of {CAMERA_NAMES}, each once")
        for name in ("image_height", "image_width"):
            value = getattr(self, name)
            if not isinstance(value, int) or value < 8:
                raise ValueError(f"{name}={value!r} must be at least 8 (pixels)")


def describe_observation(config: ObservationConfig) -> dict[str, object]:
    """Plain values for a checkpoint's card: cameras, picture size, sampling of history and plan."""
    chosen = {one.name: getattr(config, one.name) for one in fields(ObservationConfig)}
    return {**chosen, "cameras": list(config.cameras), **SAMPLING}


def observation_config_from(values: object) -> ObservationConfig:
    """The inverse of ``describe_observation``.

    Raises ValueError where the values don't fit, or belong to another sampling than this version's.
    """
    if not isinstance(values, dict):
        raise ValueError(f"expected an object, got {values!r}")
    names = [one.name for one in fields(ObservationConfig)]
    if values.keys() != {*names, *SAMPLING}:
        raise ValueError(f"keys {sorted(values)}, expected {sorted((*names, *SAMPLING))}")
    for name, value in SAMPLING.items():
        if values[name] != value:
            raise ValueError(f"{name} is {values[name]!r}, this version has {value}")
    return ObservationConfig(**{name: values[name] for name in names})
