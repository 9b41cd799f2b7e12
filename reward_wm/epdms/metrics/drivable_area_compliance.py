"""DAC: 1 if all four corners are on drivable ground at all samples, else 0.

Reproduces the devkit's drivable-area compliance; what counts as drivable is in ``roads``.
"""

from reward_wm.epdms.outcome import Outcome
from reward_wm.epdms.rollout import Rollout


def drivable_area_compliance(rollout: Rollout) -> Outcome:
    """DAC of every proposal."""
    off_road = rollout.area.non_drivable
    return Outcome.without_culprit((~off_road.any(dim=1)).to(rollout.states), off_road)
