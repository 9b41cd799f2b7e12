"""Other road users and red lights over the simulated time, and where the ego's box meets them.

Scene frame. Boxes are closed: touching is meeting, as in the devkit. Two boxes are apart exactly if
an axis of one of them separates them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float64, Int64
from torch import Tensor

from reward_wm.epdms.compiled_boxes import contacts, first_contact
from reward_wm.epdms.launch import launch
from reward_wm.epdms.padding import stack_padded
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

    def boxes(self, proposals: int) -> "AgentBoxes":
        """All boxes, and whose they are for so many proposals."""
        if self.poses.ndim == 3:
            owner = torch.zeros(proposals, dtype=torch.int64)
            return AgentBoxes.of(owner, self.poses[None], self.present[None], self.half_size[None])
        half_size = self.half_size.expand(proposals, -1, -1).contiguous()
        return AgentBoxes.of(torch.arange(proposals), self.poses, self.present, half_size)


@dataclass(frozen=True)
class AgentBoxes:
    """The boxes of A agents in each of W worlds."""

    owner: Int64[Tensor, "P"]
    """The world of each proposal."""
    boxes: Float64[Tensor, "W A T 4"]
    """Centre, cosine and sine of the heading."""
    present: Bool[Tensor, "W A T"]
    half_size: Float64[Tensor, "W A 2"]

    @classmethod
    def of(
        cls,
        owner: Int64[Tensor, "P"],
        poses: Float64[Tensor, "W A T 3"],
        present: Bool[Tensor, "W A T"],
        half_size: Float64[Tensor, "W A 2"],
    ) -> "AgentBoxes":
        """Boxes of poses."""
        x, y, heading = poses.unbind(dim=-1)
        boxes = torch.stack([x, y, torch.cos(heading), torch.sin(heading)], dim=-1)
        return cls(owner, boxes, present.contiguous(), half_size.contiguous())


@dataclass(frozen=True)
class PackedTraffic:
    """The agents of W scenes; those that a scene has less than A are never present."""

    poses: Float64[Tensor, "W A T 3"]
    is_road_user: Bool[Tensor, "W A"]
    is_stopped: Bool[Tensor, "W A"]
    placed: AgentBoxes

    @classmethod
    def of(cls, traffics: Sequence[Traffic], owner: Int64[Tensor, "P"]) -> "PackedTraffic":
        """Pack those of each scene, each the same for all of its proposals."""
        names = ("poses", "present", "half_size", "is_road_user", "is_stopped")
        columns = ([getattr(traffic, name) for traffic in traffics] for name in names)
        poses, present, half_size, road_user, stopped = (
            stack_padded(rows).to(owner.device) for rows in columns
        )
        return cls(poses, road_user, stopped, AgentBoxes.of(owner, poses, present, half_size))

    @property
    def owner(self) -> Int64[Tensor, "P"]:
        """The scene of each proposal."""
        return self.placed.owner

    def constants(self) -> tuple[Tensor, Tensor, Tensor]:
        """As of ``Traffic``, for each proposal."""
        every = (self.placed.half_size, self.is_road_user, self.is_stopped)
        half_size, is_road_user, is_stopped = (constant[self.owner] for constant in every)
        return half_size, is_road_user, is_stopped

    def poses_at(self, sample: Int64[Tensor, "P A"]) -> Float64[Tensor, "P A 3"]:
        """The pose of every agent at a sample of its own for every proposal."""
        agents = torch.arange(sample.shape[1], device=sample.device)
        return self.poses[self.owner[:, None], agents, sample]

    def boxes(self, proposals: int) -> AgentBoxes:
        """As of ``Traffic``; the number of proposals is known."""
        return self.placed


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


def first_contacts(ego: EgoBoxes, traffic: Traffic | PackedTraffic) -> Int64[Tensor, "P A"]:
    """First sample at which the ego's box meets each agent's; -1 where it never does."""
    return _contacts(ego, traffic, torch.ones_like(ego.centre[..., 0]), 0.0, 1, 1)[0]


def first_projected_contacts(
    ego: EgoBoxes,
    traffic: Traffic | PackedTraffic,
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
    traffic: Traffic | PackedTraffic,
    speeds_mps: Float64[Tensor, "P T"],
    least_speed_mps: float,
    stride: int,
    horizons: int,
) -> tuple[Int64[Tensor, "P A"], Int64[Tensor, "P A"]]:
    agents = traffic.boxes(len(ego.centre))
    times = agents.owner.new_empty(len(ego.centre), agents.boxes.shape[1])
    entries = torch.empty_like(times)
    launch(
        contacts,
        first_contact,
        times.numel(),
        times,
        entries,
        (HALF_LENGTH_M, HALF_WIDTH_M),
        ego.centre.contiguous(),
        ego.direction.contiguous(),
        agents.owner,
        agents.boxes,
        agents.present,
        agents.half_size,
        speeds_mps.contiguous(),
        least_speed_mps,
        (horizons, stride, INTERVAL_S),
    )
    return times, entries
