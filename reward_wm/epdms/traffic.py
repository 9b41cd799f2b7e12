"""Other road users and red lights over the simulated time, and where the ego's box meets them.

Scene frame. Boxes are closed: touching is meeting, as in the devkit. Two boxes are apart exactly if
an axis of one of them separates them.
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float64, Int64
from torch import Tensor

from reward_wm.epdms.compiled import contacts
from reward_wm.epdms.states import HALF_LENGTH_M, HALF_WIDTH_M, INTERVAL_S, EgoBoxes


@dataclass(frozen=True)
class Traffic:
    """Agents as boxes at the simulated samples: the same for all proposals, or, with P, of each."""

    poses: Float64[Tensor, "*P A T 3"]
    """Centre and heading; of no meaning where absent."""
    present: Bool[Tensor, "*P A T"]
    half_size: Float64[Tensor, "A 2"]
    """Half length, half width, at the first appearance."""
    is_road_user: Bool[Tensor, "A"]
    """Vehicle, pedestrian or bicycle; not a static object."""
    is_stopped: Bool[Tensor, "A"]
    """Static, or not moving at its first appearance (a quirk: later motion does not count)."""

    def keep(self, rows: Bool[Tensor, "A"]) -> "Traffic":
        """Only the agents of these rows."""
        constants = (constant[rows] for constant in self.constants())
        return Traffic(self.poses[..., rows, :, :], self.present[..., rows, :], *constants)

    def join(self, other: "Traffic") -> "Traffic":
        """These agents, then those of ``other``."""
        names = self.__dataclass_fields__
        return Traffic(*(torch.cat([getattr(self, name), getattr(other, name)]) for name in names))

    def constants(self) -> tuple[Tensor, Tensor, Tensor]:
        """What does not change with time: half size, class, whether it stands at first."""
        return self.half_size, self.is_road_user, self.is_stopped

    def poses_at(self, sample: Int64[Tensor, "P A"]) -> Float64[Tensor, "P A 3"]:
        """The pose of every agent at a sample of its own for every proposal."""
        agents = torch.arange(sample.shape[1])
        if self.poses.ndim == 3:
            return self.poses[agents, sample]
        return self.poses[torch.arange(len(sample))[:, None], agents, sample]


def boxes_meet(
    pose: Float64[Tensor, "*batch 3"],
    half_size: Float64[Tensor, "*batch 2"],
    other_pose: Float64[Tensor, "*batch 3"],
    other_half_size: Float64[Tensor, "*batch 2"],
) -> Bool[Tensor, "*batch"]:
    """Whether boxes, given by centre and heading and half length and width, share a point."""
    offset = other_pose[..., :2] - pose[..., :2]
    turn = other_pose[..., 2] - pose[..., 2]
    cos, sin = torch.cos(turn).abs(), torch.sin(turn).abs()
    own_apart = _axis_separates(offset, pose[..., 2], half_size, other_half_size, cos, sin)
    other_apart = _axis_separates(offset, other_pose[..., 2], other_half_size, half_size, cos, sin)
    return ~(own_apart | other_apart)


def first_contacts(ego: EgoBoxes, traffic: Traffic) -> Int64[Tensor, "P A"]:
    """First sample at which the ego's box meets each agent's; -1 where it never does."""
    return _contacts(ego, traffic, torch.ones_like(ego.centre[..., 0]), 0.0, 1, 1)[0]


def first_projected_contacts(
    ego: EgoBoxes,
    traffic: Traffic,
    speeds_mps: Float64[Tensor, "P T"],
    least_speed_mps: float,
    stride: int,
    horizons: int,
) -> tuple[Int64[Tensor, "P A"], Int64[Tensor, "P A"]]:
    """First (sample, horizon) at which the ego's box, carried on straight, meets each agent's.

    At each sample the box is moved along its heading at the present speed for 0, 1, .. ``horizons``
    - 1 times ``stride`` samples and held against the agents of that later sample. Samples below
    ``least_speed_mps`` are passed over. -1 where there is no contact.
    """
    return _contacts(ego, traffic, speeds_mps, least_speed_mps, stride, horizons)


def _axis_separates(
    offset: Float64[Tensor, "*batch 2"],
    heading: Float64[Tensor, "*batch"],
    half_size: Float64[Tensor, "*batch 2"],
    other_half_size: Float64[Tensor, "*batch 2"],
    cos: Float64[Tensor, "*batch"],
    sin: Float64[Tensor, "*batch"],
) -> Bool[Tensor, "*batch"]:
    x, y = torch.cos(heading), torch.sin(heading)
    along = (offset[..., 0] * x + offset[..., 1] * y).abs()
    across = (offset[..., 1] * x - offset[..., 0] * y).abs()
    length, width = other_half_size.unbind(dim=-1)
    return (along > half_size[..., 0] + length * cos + width * sin) | (
        across > half_size[..., 1] + length * sin + width * cos
    )


def _contacts(
    ego: EgoBoxes,
    traffic: Traffic,
    speeds_mps: Float64[Tensor, "P T"],
    least_speed_mps: float,
    stride: int,
    horizons: int,
) -> tuple[Int64[Tensor, "P A"], Int64[Tensor, "P A"]]:
    x, y, heading = traffic.poses.unbind(dim=-1)
    boxes = torch.stack([x, y, torch.cos(heading), torch.sin(heading)], dim=-1)
    is_shared = boxes.ndim == 3
    samples, entries = contacts(
        (HALF_LENGTH_M, HALF_WIDTH_M),
        ego.centre.contiguous().numpy(),
        ego.direction.contiguous().numpy(),
        (boxes[None] if is_shared else boxes).numpy(),
        (traffic.present[None] if is_shared else traffic.present).numpy(),
        traffic.half_size.numpy(),
        speeds_mps.contiguous().numpy(),
        least_speed_mps,
        np.arange(horizons) * stride * INTERVAL_S,
        stride,
    )
    return torch.from_numpy(samples), torch.from_numpy(entries)
