"""What a planner may see: cameras, ego status, command. No annotation, no map, no future."""

from dataclasses import dataclass

import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from driving.errors import DataError
from driving.types import COMMANDS, HISTORY_FRAMES


@dataclass(frozen=True)
class Observation:
    """A batch of observed scenes at their current frame.

    Images are those of the current frame, resized; ``intrinsics`` belong to the resized images.
    Ego history runs oldest first, 2 Hz, the last entry being the current frame.
    """

    tokens: tuple[str, ...]
    images: UInt8[Tensor, "B N 3 H W"]
    """RGB, cameras in the order of ``ObservationConfig.cameras``."""
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


SHAPES: dict[str, tuple[str | int, ...]] = {
    "images": ("B", "N", 3, "H", "W"),
    "intrinsics": ("B", "N", 3, 3),
    "camera_to_ego": ("B", "N", 4, 4),
    "ego_poses": ("B", HISTORY_FRAMES, 3),
    "ego_velocity": ("B", HISTORY_FRAMES, 2),
    "ego_acceleration": ("B", HISTORY_FRAMES, 2),
    "command": ("B", len(COMMANDS)),
}


def check_observation(observation: Observation) -> None:
    """Refuse what a planner would misread in silence.

    Raises DataError naming the tensor that has another shape or type, or is not finite.
    """
    sizes = {"B": len(observation)}
    for name, shape in SHAPES.items():
        tensor = getattr(observation, name)
        _check_shape(name, tensor, shape, sizes)
        if (tensor.dtype == torch.uint8) != (name == "images"):
            kind = "uint8" if name == "images" else "floating point"
            raise DataError(f"observation: {name} is {tensor.dtype}, expected {kind}")
        if name != "images" and not torch.isfinite(tensor).all():
            row = int((~torch.isfinite(tensor)).nonzero()[0, 0])
            raise DataError(f"observation of scene {observation.tokens[row]}: {name} is not finite")


def _check_shape(name: str, tensor: Tensor, shape: tuple[str | int, ...], sizes: dict[str, int]) -> None:
    """``sizes`` holds what letters stand for so far, and learns the new ones."""
    expected = [sizes.get(size, size) if isinstance(size, str) else size for size in shape]
    fits = [isinstance(wanted, str) or wanted == size for wanted, size in zip(expected, tensor.shape)]
    if tensor.ndim != len(shape) or not all(fits):
        wanted = ", ".join(map(str, expected))
        raise DataError(f"observation: {name} has shape {tuple(tensor.shape)}, expected ({wanted})")
    sizes |= {letter: size for letter, size in zip(shape, tensor.shape) if isinstance(letter, str)}


def stack_observations(observations: list[Observation]) -> Observation:
    """One batch of several; all must have the same cameras and image size."""
    tokens = tuple(token for observation in observations for token in observation.tokens)
    parts = [torch.cat([getattr(o, name) for o in observations]) for name in TENSOR_FIELDS]
    return Observation(tokens, *parts)
