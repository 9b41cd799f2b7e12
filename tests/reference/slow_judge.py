"""The sub-scores of one simulated drive, sample by sample."""

import math
from dataclasses import dataclass

import numpy as np
import shapely

from tests.reference.knife_edges import KnifeEdges
from tests.reference.slow_geometry import ego_box
from tests.reference.slow_ground import Ground, SlowMap, centre_of, slow_ground
from tests.reference.slow_replay import SlowAgent


@dataclass(frozen=True)
class SlowWorld:
    """What drives are judged in; scene frame."""

    areas: SlowMap
    centreline: shapely.LineString
    agents: list[SlowAgent]
    red: list[list[shapely.Polygon]]
    """At each sample."""


@dataclass(frozen=True)
class SlowVerdict:
    """Of one drive."""

    scores: dict[str, float]
    """NC, DAC, DDC, TLC, TTC and LK."""
    raw_progress_m: float

    @property
    def masked_progress_m(self) -> float:
        return self.raw_progress_m * math.prod(self.scores[name] for name in ("nc", "dac", "ddc", "tlc"))


def judge_slowly(states: np.ndarray, world: SlowWorld, edges: KnifeEdges) -> SlowVerdict:
    """Everything that needs neither a past nor a reference."""
    grounds = [slow_ground(state, world.areas, edges) for state in states]
    scores = {
        "nc": _collisions(states, grounds, world.agents, edges),
        "dac": float(not any(ground.off_road for ground in grounds)),
        "ddc": _direction(states, grounds, edges),
        "tlc": _lights(states, world.red, edges),
        "ttc": _time_to_collision(states, grounds, world.agents, edges),
        "lk": _lane_keeping(states, grounds, world.centreline, edges),
    }
    first, last = (world.centreline.project(shapely.Point(centre_of(states[i]))) for i in (0, -1))
    return SlowVerdict(scores, max(last - first, 0.0))


def _collisions(
    states: np.ndarray, grounds: list[Ground], agents: list[SlowAgent], edges: KnifeEdges
) -> float:
    score, egos = 1.0, [ego_box(state) for state in states]
    for agent in agents:
        for state, ego, ground, other in zip(states, egos, grounds, agent.boxes, strict=True):
            if other is None or not edges.meet(ego, other, "collision"):
                continue
            if _is_at_fault(state, ground, agent, other, edges):
                score = min(score, 0.0 if agent.is_road_user else 0.5)
            break  # whoever was met once is not asked again
    return score


def _is_at_fault(
    state: np.ndarray, ground: Ground, agent: SlowAgent, other: shapely.Polygon, edges: KnifeEdges
) -> bool:
    if not edges.above(math.hypot(state[3], state[4]), 0.05, "speed at a collision"):
        return False
    if agent.is_stopped:
        return True
    if edges.above(_angle(state, other), 150.0, "angle to whom the ego meets"):
        return False
    corners = ego_box(state).exterior.coords
    bumper = shapely.LineString([corners[0], corners[3]])
    return edges.meet(bumper, other, "bumper") or ground.is_misplaced


def _direction(states: np.ndarray, grounds: list[Ground], edges: KnifeEdges) -> float:
    steps = [0.0]
    for before, after, ground in zip(states[:-1], states[1:], grounds[1:], strict=True):
        counts = ground.off_route and not ground.centre_in_intersection
        steps.append(math.dist(centre_of(before), centre_of(after)) if counts else 0.0)
    score = 1.0
    for sample in range(len(steps)):
        gone = sum(steps[max(sample - 10, 0) : sample + 1])
        for bound, value in ((2.0, 0.5), (6.0, 0.0)):
            if edges.above(gone, bound, "way off the route"):
                score = min(score, value)
    return score


def _lights(states: np.ndarray, red: list[list[shapely.Polygon]], edges: KnifeEdges) -> float:
    score = 1.0
    for state, areas in zip(states, red, strict=True):
        for area in areas:
            if edges.meet(ego_box(state), area, "red light"):
                score = 0.0
    return score


def _time_to_collision(
    states: np.ndarray, grounds: list[Ground], agents: list[SlowAgent], edges: KnifeEdges
) -> float:
    return float(not any(_is_heeded_too_late(states, grounds, agent, edges) for agent in agents))


def _is_heeded_too_late(
    states: np.ndarray, grounds: list[Ground], agent: SlowAgent, edges: KnifeEdges
) -> bool:
    """The first moment at which going straight on meets the agent decides."""
    for sample in range(32):
        state, ground = states[sample], grounds[sample]
        speed = math.hypot(state[3], state[4])
        if not edges.above(speed, 0.005, "speed of a standing ego"):
            continue
        for later in (0, 3, 6, 9):
            other = agent.boxes[sample + later]
            moved = ego_box(state, ahead_m=speed * later * 0.1)
            if other is None or not edges.meet(moved, other, "meeting ahead"):
                continue
            angle = _angle(state, other)
            careful = ground.is_misplaced or ground.rear_axle_in_intersection
            ahead = not edges.above(angle, 30.0, "angle to whom is ahead")
            behind = edges.above(angle, 150.0, "angle to whom is behind")
            return ahead or (careful and not behind)
    return False


def _lane_keeping(
    states: np.ndarray, grounds: list[Ground], line: shapely.LineString, edges: KnifeEdges
) -> float:
    run, longest = 0, 0
    for state, ground in zip(states, grounds, strict=True):
        if not ground.centre_in_intersection:
            distance = shapely.Point(centre_of(state)).distance(line)
            run = run + 1 if edges.above(distance, 0.5, "distance from the centreline") else 0
            longest = max(longest, run)
    return float(longest < 20)


def _angle(state: np.ndarray, other: shapely.Polygon) -> float:
    """Degrees between the heading and the way from the rear axle to an agent's centre."""
    dx, dy = other.centroid.x - state[0], other.centroid.y - state[1]
    return abs(math.degrees(math.remainder(math.atan2(dy, dx) - state[2], 2 * math.pi)))
