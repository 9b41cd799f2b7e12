"""What a planner may see: cameras, ego status, command. No annotation, no map, no future."""

from dataclasses import dataclass

import torch
from jaxtyping import Float, UInt8
from torch import Tensor


@dataclass(frozen=True)
class Observation:
    """A batch of observed scenes at their current frame.

    Images are those of the current frame, resized; ``intrinsics`` belong to the resized images.
    Ego history runs oldest first, 2 Hz, the last entry being the current frame.
    """

    tokens: tuple[str, ...]
    images: UInt8[Tensor, "B N 3 H W"]
    """RGB, cameras in the order of ``DataConfig.cameras``."""
    intrinsics: Float[Tensor, "B N 3 3"]
    """Pixels."""
    camera_to_ego: Float[Tensor, "B N 4 4"]
    """Camera frame -> ego frame, metres."""
    ego_poses: Float[Tensor, "B 4 3"]
    """x [m], y [m], heading [rad] in the current ego frame; the last row is zero."""
    ego_velocity: Float[Tensor, "B 4 2"]
    """m/s, forward and left, in the ego frame of its own moment."""
    ego_acceleration: Float[Tensor, "B 4 2"]
    """m/s^2, in the ego frame of its own moment."""
    command: Float[Tensor, "B 4"]
    """One-hot: left, straight, right, unknown."""

    def __len__(self) -> int:
        return len(self.tokens)

    def to(self, device: torch.device | str) -> "Observation":
        """The same observation on ``device``."""
        return Observation(
            self.tokens,
            *(getattr(self, name).to(device, non_blocking=True) for name in TENSOR_FIELDS),
        )

    def __getitem__(self, rows: slice) -> "Observation":
        return Observation(self.tokens[rows], *(getattr(self, name)[rows] for name in TENSOR_FIELDS))


TENSOR_FIELDS = (
    "images",
    "intrinsics",
    "camera_to_ego",
    "ego_poses",
    "ego_velocity",
    "ego_acceleration",
    "command",
)


def stack_observations(observations: list[Observation]) -> Observation:
    """One batch of several; all must have the same cameras and image size."""
    tokens = tuple(token for observation in observations for token in observation.tokens)
    parts = [torch.cat([getattr(o, name) for o in observations]) for name in TENSOR_FIELDS]
    return Observation(tokens, *parts)
