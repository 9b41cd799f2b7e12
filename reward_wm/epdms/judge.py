"""All sub-scores of simulated proposals in one world, before any comparison with a reference."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float64
from torch import Tensor

from driving.scores import SubScores
from reward_wm.epdms.metrics.drivable_area_compliance import drivable_area_compliance
from reward_wm.epdms.metrics.driving_direction_compliance import driving_direction_compliance
from reward_wm.epdms.metrics.ego_progress import raw_progress
from reward_wm.epdms.metrics.history_comfort import Pasts, history_comfort
from reward_wm.epdms.metrics.lane_keeping import lane_keeping
from reward_wm.epdms.metrics.no_at_fault_collision import no_at_fault_collision
from reward_wm.epdms.metrics.time_to_collision import time_to_collision
from reward_wm.epdms.metrics.traffic_light_compliance import traffic_light_compliance
from reward_wm.epdms.outcome import Outcome
from reward_wm.epdms.rollout import Rollout


@dataclass(frozen=True)
class Outcomes:
    """What happened to each proposal, sub-score by sub-score."""

    nc: Outcome
    dac: Outcome
    ddc: Outcome
    tlc: Outcome
    ttc: Outcome
    lk: Outcome
    hc: Outcome
    raw_progress_m: Float64[Tensor, "P"]

    def product(self) -> Float64[Tensor, "P"]:
        """The multiplied sub-scores together."""
        return self.nc.score * self.dac.score * self.ddc.score * self.tlc.score

    def sub_scores(self, ep: Float64[Tensor, "P"]) -> SubScores:
        """All of them with an EP; EC is NaN."""
        return SubScores(
            nc=self.nc.score,
            dac=self.dac.score,
            ddc=self.ddc.score,
            tlc=self.tlc.score,
            ep=ep,
            ttc=self.ttc.score,
            lk=self.lk.score,
            hc=self.hc.score,
            ec=torch.full_like(ep, torch.nan),
        )


def judge(rollout: Rollout, history: Float64[Tensor, "n S"] | Sequence[Pasts]) -> Outcomes:
    """Every sub-score but EP and EC, and the raw progress; ``history`` is that of HC."""
    return Outcomes(
        nc=no_at_fault_collision(rollout),
        dac=drivable_area_compliance(rollout),
        ddc=driving_direction_compliance(rollout),
        tlc=traffic_light_compliance(rollout),
        ttc=time_to_collision(rollout),
        lk=lane_keeping(rollout),
        hc=history_comfort(rollout, history),
        raw_progress_m=raw_progress(rollout),
    )
