"""LK: 0 if the ego's centre is more than half a metre off the centreline for two seconds, else 1.

Reproduces the devkit's lane keeping. Quirk: samples inside an intersection are passed over, but
don't end a run of samples that are off.
"""

import torch
from jaxtyping import Bool
from torch import Tensor

from reward_wm.epdms.centreline import distance_to_line
from reward_wm.epdms.outcome import Outcome
from reward_wm.epdms.rollout import Rollout

LIMIT_M = 0.5
RUN = 20


def lane_keeping(rollout: Rollout) -> Outcome:
    """LK of every proposal."""
    distance = distance_to_line(rollout.ego.centre, rollout.line)
    failed = _runs(distance > LIMIT_M, rollout.area.centre_in_intersection)
    return Outcome.without_culprit((~failed.any(dim=1)).to(rollout.states), failed)


def _runs(off: Bool[Tensor, "P T"], skipped: Bool[Tensor, "P T"]) -> Bool[Tensor, "P T"]:
    """Where a run of ``RUN`` or more off samples, skipped ones left out, is reached or goes on."""
    counted = torch.cumsum(off & ~skipped, dim=1)
    at_last_end = torch.where(~off & ~skipped, counted, 0).cummax(dim=1).values
    return counted - at_last_end >= RUN
