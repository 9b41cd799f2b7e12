"""The controller that follows reference poses: two one-step LQR problems, along and across.

Reproduces the devkit's batch LQR tracker, with its quirks: the look-ahead stays one second although
the reference index stops at the last step, and near standstill a proportional controller brakes and
does not steer.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float64
from torch import Tensor

from driving.frames import wrap_angle
from driving.vehicle import PACIFICA
from reward_wm.epdms.bicycle import Motion
from reward_wm.epdms.profile import fit_profiles
from reward_wm.epdms.states import INTERVAL_S

HORIZON = 10
STOPPING_SPEED_MPS = 0.2
STOPPING_GAIN = 0.5
SPEED_WEIGHT = 10.0
LATERAL_WEIGHT = 1.0
HEADING_WEIGHT = 10.0
HORIZON_S = HORIZON * INTERVAL_S
LONGITUDINAL_GAIN = HORIZON_S * SPEED_WEIGHT / (HORIZON_S**2 * SPEED_WEIGHT + 1.0)


@dataclass(frozen=True)
class Reference:
    """What is to be tracked, time first."""

    x: Float64[Tensor, "T P"]
    y: Float64[Tensor, "T P"]
    heading: Float64[Tensor, "T P"]
    cos: Float64[Tensor, "T P"]
    sin: Float64[Tensor, "T P"]
    wanted_speed: Float64[Tensor, "n P"]
    """One second ahead, or at the last step."""
    may_stop: Bool[Tensor, "n P"]
    curvature: Float64[Tensor, "P m"]
    """The last one repeated as far as the look-ahead of the last step."""
    ahead_s: Float64[Tensor, "h"]
    """0.0, 0.1, ... 0.9 s."""
    later: Float64[Tensor, "h h"]
    """1 where the row is later than the column; sums up what follows a step."""

    @classmethod
    def of(cls, poses: Float64[Tensor, "P T 3"]) -> "Reference":
        """Fit speed and curvature to reference poses."""
        speed, curvature = fit_profiles(poses)
        x, y, heading = poses.permute(2, 1, 0).contiguous()
        steps = torch.arange(speed.shape[1], device=poses.device)
        wanted = speed.T[(steps + HORIZON).clamp(max=len(steps) - 1)]
        ahead_s = INTERVAL_S * torch.arange(HORIZON, dtype=poses.dtype, device=poses.device)
        return cls(
            x=x,
            y=y,
            heading=heading,
            cos=torch.cos(heading),
            sin=torch.sin(heading),
            wanted_speed=wanted,
            may_stop=wanted <= STOPPING_SPEED_MPS,
            curvature=torch.cat([curvature, curvature[:, -1:].expand(-1, HORIZON)], dim=1),
            ahead_s=ahead_s,
            later=(ahead_s[:, None] > ahead_s).to(poses),
        )


def track(
    reference: Reference, step: int, motion: Motion
) -> tuple[Float64[Tensor, "P"], Float64[Tensor, "P"]]:
    """Commanded acceleration [m/s^2] and steering rate [rad/s] at the ``step``-th sample."""
    speed_error = motion.speed - reference.wanted_speed[step]
    stopping = reference.may_stop[step] & (motion.speed <= STOPPING_SPEED_MPS)
    acceleration = -LONGITUDINAL_GAIN * speed_error
    steering_rate = _steering_rate(reference, step, motion, acceleration)
    return (
        torch.where(stopping, -STOPPING_GAIN * speed_error, acceleration),
        steering_rate.masked_fill(stopping, 0.0),
    )


def _steering_rate(
    reference: Reference, step: int, motion: Motion, acceleration: Float64[Tensor, "P"]
) -> Float64[Tensor, "P"]:
    """The rate that, held for the horizon, best cancels lateral and heading error at its end.

    Linearised: d(lateral) = v heading, d(heading) = v (steer / wheel base - curvature). A change of
    heading at one step moves the car sideways by the distance travelled at all later steps.
    """
    dx, dy = motion.x - reference.x[step], motion.y - reference.y[step]
    lateral = dy * reference.cos[step] - dx * reference.sin[step]
    heading = wrap_angle(motion.heading - reference.heading[step])
    speeds = torch.addcmul(motion.speed[:, None], acceleration[:, None], reference.ahead_s)
    travel = INTERVAL_S * speeds
    later = travel @ reference.later
    steered = (motion.steer / PACIFICA.wheel_base_m)[:, None]
    free = travel * (steered - reference.curvature[:, step : step + HORIZON])
    forced = travel * (reference.ahead_s / PACIFICA.wheel_base_m)
    heading_at_end = wrap_angle(heading + free.sum(dim=1))
    lateral_at_end = lateral + heading * travel.sum(dim=1) + (free * later).sum(dim=1)
    heading_gain = forced.sum(dim=1)
    lateral_gain = (forced * later).sum(dim=1)
    lateral_pull = LATERAL_WEIGHT * lateral_gain
    heading_pull = HEADING_WEIGHT * heading_gain
    error = lateral_pull * lateral_at_end + heading_pull * heading_at_end
    return -error / (lateral_pull * lateral_gain + heading_pull * heading_gain + 1.0)
