"""Lane keeping with a counter."""

import shapely

from reward_wm.epdms.rollout import Rollout
from tests.reference.slow_geometry import ego_box, slow_area


def slow_lane_keeping(rollout: Rollout) -> list[float]:
    """LK of every proposal."""
    line = shapely.LineString(rollout.world.centreline.numpy())
    scores = []
    for proposal, states in enumerate(rollout.states.numpy()):
        run, score = 0, 1.0
        for sample, state in enumerate(states):
            if slow_area(rollout, proposal, sample)[3]:
                continue
            run = run + 1 if ego_box(state).centroid.distance(line) > 0.5 else 0
            if run >= 20:
                score = 0.0
        scores.append(score)
    return scores
