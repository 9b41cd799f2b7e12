"""DDC: how far the ego drives off its route within one second; 1 below 2 m, 1/2 below 6 m, else 0.

Reproduces the devkit's driving-direction compliance. Quirks: "oncoming" is whatever is off the
corrected route, a car park or a side road as well; one second is eleven steps; ground inside an
intersection never counts.
"""

import torch
from jaxtyping import Float64
from torch import Tensor

from reward_wm.epdms.outcome import Outcome
from reward_wm.epdms.rollout import Rollout

WINDOW = 11
COMPLIANT_M = 2.0
VIOLATION_M = 6.0


def driving_direction_compliance(rollout: Rollout, spare_intersections: bool = True) -> Outcome:
    """DDC of every proposal."""
    counted = rollout.area.off_route
    if spare_intersections:
        counted = counted & ~rollout.area.centre_in_intersection
    steps = torch.diff(rollout.ego.centre, dim=1).norm(dim=-1)
    steps = torch.nn.functional.pad(steps, (1, 0)) * counted
    within = _window_sums(steps)
    farthest = within.amax(dim=1)
    score = 0.5 * (farthest < COMPLIANT_M) + 0.5 * (farthest < VIOLATION_M)
    return Outcome.without_culprit(score.to(rollout.states), within >= COMPLIANT_M, within >= VIOLATION_M)


def _window_sums(steps: Float64[Tensor, "P T"]) -> Float64[Tensor, "P T"]:
    """Sum of each step and the ten before it."""
    padded = torch.nn.functional.pad(steps, (WINDOW - 1, 0))
    return padded.unfold(1, WINDOW, 1).sum(dim=-1)
