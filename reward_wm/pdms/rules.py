"""The sub-scores of PDMS.

Reproduces the devkit v1.1. NC and DAC are those of EPDMS. TTC looks ahead from all 41 samples, at traffic
that lasts 5 s. EP counts what a proposal has after its penalties, and is 0 where those take everything.
Comfort looks at the simulation alone, at the rear axle. DDC is printed but has no weight; it counts
intersections, too.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float64
from torch import Tensor

from reward_wm.epdms import smoothing
from reward_wm.epdms.metrics.drivable_area_compliance import drivable_area_compliance
from reward_wm.epdms.metrics.driving_direction_compliance import driving_direction_compliance
from reward_wm.epdms.metrics.ego_progress import LEAST_PROGRESS_M, raw_progress
from reward_wm.epdms.metrics.history_comfort import (
    MAX_FORWARD,
    MAX_FORWARD_JERK,
    MAX_JERK,
    MAX_SIDEWAYS,
    MAX_YAW_ACCELERATION,
    MAX_YAW_RATE,
    MIN_FORWARD,
)
from reward_wm.epdms.metrics.no_at_fault_collision import no_at_fault_collision
from reward_wm.epdms.metrics.time_to_collision import time_to_collision
from reward_wm.epdms.rollout import Rollout
from reward_wm.epdms.states import AX, AY

TRAFFIC_SAMPLES = 51
PROGRESS_WEIGHT, TTC_WEIGHT, COMFORT_WEIGHT = 5.0, 5.0, 2.0


@dataclass(frozen=True)
class PdmsVerdict:
    """Every sub-score but EP, and what EP is made of."""

    nc: Float64[Tensor, "P"]
    dac: Float64[Tensor, "P"]
    ttc: Float64[Tensor, "P"]
    comfort: Float64[Tensor, "P"]
    ddc: Float64[Tensor, "P"]
    masked_progress_m: Float64[Tensor, "P"]
    """Raw progress times NC times DAC."""

    def score(self, ep: Float64[Tensor, "P"]) -> Float64[Tensor, "P"]:
        """PDMS, with the EP that belongs to the batch."""
        weighted = PROGRESS_WEIGHT * ep + TTC_WEIGHT * self.ttc + COMFORT_WEIGHT * self.comfort
        return self.nc * self.dac * weighted / (PROGRESS_WEIGHT + TTC_WEIGHT + COMFORT_WEIGHT)

    def progress(self, best_m: Float64[Tensor, "#P"]) -> Float64[Tensor, "P"]:
        """EP, where the best of those scored together has masked progress ``best_m``."""
        alive = (self.nc * self.dac > 0).to(self.masked_progress_m)
        ratio = self.masked_progress_m / best_m.clamp(min=LEAST_PROGRESS_M)
        return torch.where(best_m > LEAST_PROGRESS_M, ratio, alive)


def judge_pdms(rollout: Rollout) -> PdmsVerdict:
    """Judge simulated proposals among traffic of ``TRAFFIC_SAMPLES``."""
    nc, dac = no_at_fault_collision(rollout).score, drivable_area_compliance(rollout).score
    return PdmsVerdict(
        nc=nc,
        dac=dac,
        ttc=time_to_collision(rollout).score,
        comfort=comfort(rollout.states),
        ddc=driving_direction_compliance(rollout, spare_intersections=False).score,
        masked_progress_m=raw_progress(rollout) * nc * dac,
    )


def rate_together(rollout: Rollout) -> Float64[Tensor, "P"]:
    """PDMS of proposals that are scored with each other, as PDM-Closed's own are."""
    verdict = judge_pdms(rollout)
    return verdict.score(verdict.progress(verdict.masked_progress_m.max()[None]))


def comfort(states: Float64[Tensor, "P T S"]) -> Float64[Tensor, "P"]:
    """1 if accelerations, jerks and turning stay within bounds.

    Quirk: one parabola is fitted to the acceleration of the whole drive, and to that of the jerks.
    """
    whole = states.shape[1]
    forward = smoothing.savitzky_golay(states[..., AX], window=whole, degree=2, derivative=0)
    sideways = smoothing.savitzky_golay(states[..., AY], window=whole, degree=2, derivative=0)
    jerk, forward_jerk = (
        smoothing.savitzky_golay(signal, window=whole, degree=2, derivative=1)
        for signal in (
            smoothing.rear_axle_acceleration(states),
            smoothing.smooth_acceleration(states[..., AX]),
        )
    )
    uneasy = (
        (forward <= MIN_FORWARD)
        | (forward >= MAX_FORWARD)
        | (sideways.abs() >= MAX_SIDEWAYS)
        | (jerk.abs() >= MAX_JERK)
        | (forward_jerk.abs() >= MAX_FORWARD_JERK)
        | (smoothing.yaw_acceleration_of(states, degree=3).abs() >= MAX_YAW_ACCELERATION)
        | (smoothing.yaw_rate_of(states).abs() >= MAX_YAW_RATE)
    )
    return (~uneasy.any(dim=1)).to(states)
