"""TLC: 0 if the ego's box touches a lane connector of its route while that is red, else 1.

Reproduces the devkit's traffic-light compliance. Quirks: the connectors are those of the logged
route, not of the corrected one; there is no stop line and no notion of entering, so whoever starts
on a red connector has failed already.
"""

from reward_wm.epdms.outcome import NEVER, Outcome
from reward_wm.epdms.red_lights import first_red_touches
from reward_wm.epdms.rollout import Rollout


def traffic_light_compliance(rollout: Rollout) -> Outcome:
    """TLC of every proposal; the culprit is a row of the red lights."""
    touched = first_red_touches(rollout.ego, rollout.world.lights)
    compliant = (touched == NEVER).all(dim=1)
    return Outcome.by_culprit(compliant.to(rollout.states), touched)
