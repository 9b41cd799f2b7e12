"""Traffic that does not replay the log: where it starts, and where it gets to. Scene frame.

Only vehicles that are annotated now take part; one that comes later never does. Pedestrians, bicycles
and static objects replay the log, but at the first sample only what is annotated then is there.
Nothing is removed for overlapping the ego (a quirk: log replay does that).
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float64, Int64
from torch import Tensor

from driving.errors import DataError
from driving.scene import Scene
from reward_wm.epdms.config import TrafficPolicy
from reward_wm.epdms.idm_compiled import drive
from reward_wm.epdms.log_replay import LoggedTracks
from reward_wm.epdms.rails import Rails, Vehicle, put_on_rails
from reward_wm.epdms.states import HALF_LENGTH_M, HALF_WIDTH_M, INTERVAL_S, POSE, SAMPLES, speed
from reward_wm.epdms.traffic import Traffic, boxes_meet


@dataclass(frozen=True)
class TrafficStart:
    """What log replay does not tell about the tracks of a scene; those that it keeps come first."""

    removed: Traffic
    """The others, as logged: they overlap the ego's box at the start."""
    is_vehicle: Bool[Tensor, "A"]
    is_current: Bool[Tensor, "A"]
    """Annotated in the current frame."""
    velocity: Float64[Tensor, "A 2"]
    """At the first appearance."""
    rails: Rails

    @classmethod
    def of(cls, scene: Scene, tracks: LoggedTracks) -> "TrafficStart":
        """Sort the tracks and put the vehicles on their lanes."""
        order = tracks.kept_first()
        return cls(
            removed=tracks.traffic.keep(tracks.overlaps_ego),
            is_vehicle=tracks.is_vehicle[order],
            is_current=tracks.is_current[order],
            velocity=tracks.velocity[order],
            rails=put_on_rails(scene, _vehicles(scene, tracks, order.argsort())),
        )


def move_traffic(
    start: TrafficStart, replayed: Traffic, states: Float64[Tensor, "P T S"], policy: TrafficPolicy
) -> Traffic:
    """How everybody moves while the ego is driven through ``states``.

    ``replayed`` is log replay, and what that policy gives. Rows are those of ``start``; only the
    reactive policy gives every proposal traffic of its own. Raises DataError where the devkit, asked
    for reactive traffic, raises.
    """
    if policy is TrafficPolicy.LOG_REPLAY:
        return replayed
    everything = replayed.join(start.removed)
    unmoved = _vehicles_leave(start, everything)
    if policy is TrafficPolicy.CONSTANT_VELOCITY:
        return _go_straight_on(start, everything, unmoved)
    if start.rails.flaw:
        raise DataError(f"{start.rails.flaw}: no reactive traffic")
    return _follow_lanes(start.rails, everything, unmoved, states)


def _vehicles(scene: Scene, tracks: LoggedTracks, rows: Int64[Tensor, "A"]) -> list[Vehicle]:
    """The annotated vehicles in the order of the log; ``rows`` are those that they have afterwards."""
    ego = scene.current.ego_pose_in_map
    vehicles = []
    for track in (tracks.is_vehicle & tracks.is_current).nonzero()[:, 0].tolist():
        pose = tracks.traffic.poses[track, 0].numpy() + np.array([ego[0], ego[1], 0.0])
        half_size, velocity = tracks.traffic.half_size[track].numpy(), tracks.velocity[track].numpy()
        vehicles.append(Vehicle(int(rows[track]), pose, half_size, velocity))
    return vehicles


def _vehicles_leave(start: TrafficStart, everything: Traffic) -> Traffic:
    """After the first sample no vehicle is there."""
    present = everything.present & ~start.is_vehicle[:, None]
    present[:, 0] = start.is_current
    return Traffic(everything.poses, present, *everything.constants())


def _go_straight_on(start: TrafficStart, everything: Traffic, unmoved: Traffic) -> Traffic:
    moving = start.is_vehicle & start.is_current
    poses, present = unmoved.poses.clone(), unmoved.present.clone()
    seconds = INTERVAL_S * torch.arange(SAMPLES, dtype=torch.float64)
    poses[moving] = everything.poses[moving, :1]
    poses[moving, :, :2] += start.velocity[moving, None] * seconds[:, None]
    present[moving] = True
    return Traffic(poses, present, *everything.constants())


def _follow_lanes(
    rails: Rails, everything: Traffic, unmoved: Traffic, states: Float64[Tensor, "P T S"]
) -> Traffic:
    count, moving = len(states), rails.rows
    poses = unmoved.poses.expand(count, -1, -1, -1).clone()
    present = unmoved.present.expand(count, -1, -1).clone()
    driven, is_there = drive(
        states[..., POSE].contiguous().numpy(),
        speed(states).contiguous().numpy(),
        np.array([HALF_LENGTH_M, HALF_WIDTH_M]),
        *(array.numpy() for array in rails.lines()),
        rails.line.numpy(),
        rails.poses.numpy(),
        everything.half_size[moving].numpy(),
        rails.progress_m.numpy(),
        rails.speed_mps.numpy(),
        rails.wanted_speed_mps.numpy(),
    )
    poses[:, moving, 1:] = torch.from_numpy(driven)[:, :, 1:]
    present[:, moving, 1:] = torch.from_numpy(is_there)[:, :, 1:]
    placed = moving.tolist()
    for row in rails.parked_rows.tolist():
        poses[:, row] = everything.poses[row, 0]
        met = boxes_meet(
            poses[:, [row], 1:],
            everything.half_size[row],
            poses[:, placed, 1:],
            everything.half_size[placed, None],
        )
        present[:, row, 1:] = ~(met & present[:, placed, 1:]).any(dim=1)
        placed.append(row)
    return Traffic(poses, present, *everything.constants())
