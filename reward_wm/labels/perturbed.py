"""The expert, driven a little differently. Ego frame, metres, radians, float64."""

import torch
from jaxtyping import Float64
from torch import Tensor

from reward_wm.labels.drive import drive_along, ease, plan_times
from reward_wm.labels.scene_facts import SceneFacts


def perturbed_expert(facts: SceneFacts, generator: torch.Generator) -> Float64[Tensor, "F 3"]:
    """The expert's line at another pace, drifting to one side and turning away slowly.

    Draws pace (0.4 to 1.6), further speed (sigma 1 m/s), final offset (sigma 1 m) and final heading
    drift (sigma 0.06 rad), and leaves out each of them half the time, so that single faults occur as
    well as several at once. Nobody slides sideways: over less than 10 m the offset shrinks with the
    distance.
    """
    pace = 0.4 + 1.2 * torch.rand((), generator=generator, dtype=torch.float64)
    used = torch.rand(4, generator=generator) < 0.5
    faults = used[1:] * torch.randn(3, generator=generator, dtype=torch.float64)
    progress = plan_times() / plan_times()[-1]
    distance_m = _arc_lengths(facts.expert) * (pace if used[0] else 1.0) + faults[0] * plan_times()
    distance_m = distance_m.clamp(min=0.0).cummax(dim=0).values
    offset_m = faults[1] * ease(progress) * (distance_m / 10.0).clamp(max=1.0)
    poses = drive_along(expert_line(facts), distance_m, offset_m)
    return turn_away(poses, 0.06 * faults[2] * progress)


def expert_line(facts: SceneFacts) -> Float64[Tensor, "V 2"]:
    """Where the expert went, from the ego's own place, then on along the route."""
    origin = facts.expert.new_zeros(1, 2)
    driven = torch.cat([origin, facts.expert[:, :2]])
    steps = torch.diff(driven, dim=0).norm(dim=-1)
    driven = torch.cat([origin, driven[1:][steps > 0.25]])
    end = driven[-1]
    if len(driven) < 2:
        return torch.cat([origin, _beyond(facts.route, end, origin.new_tensor([1.0, 0.0]))])
    return torch.cat([driven, _beyond(facts.route, end, end - driven[-2])])


def turn_away(poses: Float64[Tensor, "F 3"], angle_rad: Float64[Tensor, "F"]) -> Float64[Tensor, "F 3"]:
    """The same moves, each turned by its own angle (to the left)."""
    moves = torch.diff(poses[:, :2], dim=0, prepend=poses.new_zeros(1, 2))
    cos, sin = torch.cos(angle_rad), torch.sin(angle_rad)
    turned = torch.stack(
        [cos * moves[:, 0] - sin * moves[:, 1], sin * moves[:, 0] + cos * moves[:, 1]], dim=-1
    )
    return torch.cat([turned.cumsum(dim=0), (poses[:, 2] + angle_rad)[:, None]], dim=-1)


def _beyond(
    route: Float64[Tensor, "V 2"], end: Float64[Tensor, "2"], direction: Float64[Tensor, "2"]
) -> Float64[Tensor, "V2 2"]:
    """The part of the route that lies more than 3 m ahead of ``end``; else 50 m straight on."""
    ahead = (route - end) @ (direction / direction.norm()) > 3.0
    later = route[int(ahead.to(torch.uint8).argmax()) :] if ahead.any() else route[:0]
    if len(later) < 1:
        return (end + 50.0 * direction / direction.norm())[None]
    return later


def _arc_lengths(poses: Float64[Tensor, "F 3"]) -> Float64[Tensor, "F"]:
    return torch.diff(poses[:, :2], dim=0, prepend=poses.new_zeros(1, 2)).norm(dim=-1).cumsum(dim=0)
