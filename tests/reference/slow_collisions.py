"""NC and TTC with a list of ignored agents, step by step."""

import math

import numpy as np
import shapely

from reward_wm.epdms.rollout import Rollout
from tests.reference.slow_geometry import agent_box, ego_box, slow_area


def slow_no_at_fault_collision(rollout: Rollout) -> list[float]:
    """NC of every proposal."""
    traffic = rollout.world.traffic
    scores = []
    for proposal, states in enumerate(rollout.states.numpy()):
        score, ignored = 1.0, set()
        for sample, state in enumerate(states):
            for agent in range(len(traffic.poses)):
                other = agent_box(rollout, agent, sample)
                if other is None or agent in ignored or not ego_box(state).intersects(other):
                    continue
                if _is_fault(rollout, proposal, sample, agent, other):
                    score = min(score, 0.0 if traffic.is_road_user[agent] else 0.5)
                else:
                    ignored.add(agent)
        scores.append(score)
    return scores


def slow_time_to_collision(rollout: Rollout) -> list[float]:
    """TTC of every proposal."""
    scores = []
    for proposal, states in enumerate(rollout.states.numpy()):
        score, ignored = 1.0, set()
        for sample in range(32):
            state = states[sample]
            speed = math.hypot(state[3], state[4])
            for steps in (0, 3, 6, 9):
                moved = ego_box(state, ahead_m=speed * steps * 0.1)
                for agent in range(len(rollout.world.traffic.poses)):
                    other = agent_box(rollout, agent, sample + steps)
                    if other is None or agent in ignored or speed < 0.005 or not moved.intersects(other):
                        continue
                    multiple, off_road, _, _, rear_in_crossing = slow_area(rollout, proposal, sample)
                    angle = _angle(state, other)
                    careful = multiple or off_road or rear_in_crossing
                    if angle < 30 or (careful and not angle > 150):
                        score = 0.0
                    else:
                        ignored.add(agent)
        scores.append(score)
    return scores


def _is_fault(rollout: Rollout, proposal: int, sample: int, agent: int, other: shapely.Polygon) -> bool:
    state = rollout.states[proposal, sample].numpy()
    if math.hypot(state[3], state[4]) <= 0.05:
        return False
    if rollout.world.traffic.is_stopped[agent]:
        return True
    if _angle(state, other) > 150:
        return False
    corners = ego_box(state).exterior.coords
    if shapely.LineString([corners[0], corners[3]]).intersects(other):
        return True
    multiple, off_road, *_ = slow_area(rollout, proposal, sample)
    return multiple or off_road


def _angle(state: np.ndarray, other: shapely.Polygon) -> float:
    """Degrees between the heading and the way from the rear axle to an agent's centre."""
    dx, dy = other.centroid.x - state[0], other.centroid.y - state[1]
    turn = math.atan2(dy, dx) - state[2]
    return abs(math.degrees(math.atan2(math.sin(turn), math.cos(turn))))
