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
    """Agents as boxes at the simulated samples."""

    poses: Float64[Tensor, "A T 3"]
    """Centre and heading; zero where absent."""
    present: Bool[Tensor, "A T"]
    half_size: Float64[Tensor, "A 2"]
    """Half length, half width, at the first appearance."""
    is_road_user: Bool[Tensor, "A"]
    """Vehicle, pedestrian or bicycle; not a static object."""
    is_stopped: Bool[Tensor, "A"]
    """Static, or not moving at its first appearance (a quirk: later motion does not count)."""

    def keep(self, rows: Bool[Tensor, "A"]) -> "Traffic":
        """Only the agents of these rows."""
        return Traffic(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


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
    heading = traffic.poses[..., 2]
    boxes = [traffic.poses[..., 0], traffic.poses[..., 1], torch.cos(heading), torch.sin(heading)]
    samples, entries = contacts(
        (HALF_LENGTH_M, HALF_WIDTH_M),
        ego.centre.contiguous().numpy(),
        ego.direction.contiguous().numpy(),
        torch.stack(boxes, dim=-1).numpy(),
        traffic.present.numpy(),
        traffic.half_size.numpy(),
        speeds_mps.contiguous().numpy(),
        least_speed_mps,
        np.arange(horizons) * stride * INTERVAL_S,
        stride,
    )
    return torch.from_numpy(samples), torch.from_numpy(entries)
