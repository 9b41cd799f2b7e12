"""What a training example teaches besides the expert's trajectory. Made from the log, for training only."""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from driving.observation import Observation

BEV_CLASSES = ("drivable", "walkway", "crosswalk", "centre_line", "vehicle", "pedestrian", "static")
"""Channels of the BEV target: map classes first, then classes of objects."""

MAP_CLASSES = ("lane", "connector", "red_connector", "crosswalk")
"""Kinds of vectorised map elements; a red connector belongs to the lights of the current frame."""

DETECTION_CLASSES = ("vehicle", "pedestrian", "bicycle", "static")

LONGITUDINAL_ACTIONS = ("stop", "slow down", "keep speed", "speed up")
LATERAL_ACTIONS = ("turn left", "keep lane", "turn right", "change lane left", "change lane right")


@dataclass(frozen=True)
class PerceptionTargets:
    """Auxiliary targets of a batch, all in the current ego frame."""

    bev: Bool[Tensor, "B classes H W"]
    """Occupied by ``BEV_CLASSES``; rows grow with x (forward), columns with y (left)."""
    boxes: Float[Tensor, "B A 6"]
    """x, y [m], heading [rad], length, width [m], speed [m/s]; padded with zeros."""
    box_classes: Int64[Tensor, "B A"]
    """Index in ``DETECTION_CLASSES``; -1 is padding."""
    polylines: Float[Tensor, "B L V 2"]
    """Map elements as V points [m]."""
    polyline_classes: Int64[Tensor, "B L"]
    """Index in ``MAP_CLASSES``; -1 is padding."""
    longitudinal: Int64[Tensor, "B"]
    lateral: Int64[Tensor, "B"]

    def to(self, device: torch.device | str) -> "PerceptionTargets":
        """The same targets on ``device``."""
        return PerceptionTargets(*(value.to(device) for value in vars(self).values()))


@dataclass(frozen=True)
class Example:
    """One training batch: what was seen (see ``Observation``), what the expert did and said."""

    observation: Observation
    expert: Float[Tensor, "B F 3"]
    """The logged ego's poses in the current ego frame."""
    targets: PerceptionTargets
    answers: tuple[str, ...]
    """The sentence a driver would say, one a scene."""

    def to(self, device: torch.device | str) -> "Example":
        """The same batch on ``device``."""
        return Example(
            self.observation.to(device),
            self.expert.to(device),
            self.targets.to(device),
            self.answers,
        )
