"""PDMS of trajectories, each scored as if it were alone with PDM-Closed."""

from dataclasses import dataclass, fields

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from reward_wm.epdms.drive_trajectories import drive_trajectories
from reward_wm.epdms.rollout import Rollout
from reward_wm.pdms.prepare import PreparedPdms
from reward_wm.pdms.rules import judge_pdms

PDMS_COLUMNS = {
    "nc": "no_at_fault_collisions",
    "dac": "drivable_area_compliance",
    "ep": "ego_progress",
    "ttc": "time_to_collision_within_bound",
    "comfort": "comfort",
    "ddc": "driving_direction_compliance",
    "pdms": "score",
}
"""Our short names -> the columns of the devkit v1.1, in its order."""


@dataclass(frozen=True)
class PdmsScores:
    """The proposals of one scene, in the order of ``PDMS_COLUMNS``."""

    nc: Float64[Tensor, "P"]
    dac: Float64[Tensor, "P"]
    ep: Float64[Tensor, "P"]
    ttc: Float64[Tensor, "P"]
    comfort: Float64[Tensor, "P"]
    ddc: Float64[Tensor, "P"]
    """Without weight."""
    pdms: Float64[Tensor, "P"]

    def stacked(self) -> Float64[Tensor, "P seven"]:
        """All of them as one tensor."""
        return torch.stack([getattr(self, field.name) for field in fields(self)], dim=-1)


def score_pdms(prepared: PreparedPdms, poses: Float[Tensor, "P F 3"], interval_s: float) -> PdmsScores:
    """Score trajectories, given in the ego frame, of one scene. Raises ValueError as ``score_scene`` does."""
    states = drive_trajectories([prepared], poses[None], interval_s)[0]
    verdict = judge_pdms(Rollout.of(states, prepared.world))
    ep = verdict.progress(torch.maximum(verdict.masked_progress_m, prepared.reference_progress_m))
    return PdmsScores(
        verdict.nc, verdict.dac, ep, verdict.ttc, verdict.comfort, verdict.ddc, verdict.score(ep)
    )
