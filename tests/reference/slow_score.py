"""The whole score from a scene's log and map: plain loops over proposals, samples, agents and polygons.

What PDM-Closed plans is taken as given; all that follows is worked out anew: what agents and lights do, the
drive, the nine sub-scores, the comparison with PDM-Closed and the human's pardon. Every decision goes through
``KnifeEdges``.
"""

import math
from dataclasses import dataclass

import numpy as np
import shapely

from driving.frames import local_to_map, map_to_local
from driving.scene import Scene
from tests.reference.knife_edges import KnifeEdges
from tests.reference.slow_comfort import slow_history_comfort
from tests.reference.slow_ground import slow_map
from tests.reference.slow_judge import SlowVerdict, SlowWorld, judge_slowly
from tests.reference.slow_replay import (
    past_states,
    red_areas,
    replayed_agents,
    start_state,
    unwrapped,
)
from tests.reference.slow_simulate import slow_profiles, slow_simulate

MULTIPLIED = ("nc", "dac", "ddc", "tlc")
FORGIVEN = (*MULTIPLIED, "ttc", "lk")
WEIGHTS = {"ep": 5.0, "ttc": 5.0, "lk": 2.0, "hc": 2.0, "ec": 2.0}


@dataclass(frozen=True)
class Reference:
    """What PDM-Closed plans, and the roads it plans on."""

    route_lane_ids: list[str]
    """Of the corrected route."""
    centreline: np.ndarray
    """(V, 2), scene frame."""
    poses: np.ndarray
    """(T, 3) at the simulated moments, scene frame."""


@dataclass(frozen=True)
class SlowScore:
    """One proposal."""

    unfiltered: dict[str, float]
    filtered: dict[str, float]
    """The human's zeros forgiven; EC is missing from both."""
    states: np.ndarray
    raw_progress_m: float


def slow_score(
    scene: Scene, reference: Reference, poses: np.ndarray, interval_s: float, edges: KnifeEdges
) -> list[SlowScore]:
    """Score trajectories (P, F, 3) of a scene, each as if it were alone with PDM-Closed."""
    world = SlowWorld(
        slow_map(scene, reference.route_lane_ids),
        shapely.LineString(reference.centreline),
        replayed_agents(scene, edges),
        red_areas(scene),
    )
    start, past = start_state(scene.current, scene.current.ego_pose_in_map), past_states(scene)
    leader = judge_slowly(_drive(reference.poses, start, edges), world, edges)
    human_poses = map_to_local(
        np.stack([frame.ego_pose_in_map for frame in scene.frames[4:12]]), scene.current.ego_pose_in_map
    )
    human = judge_slowly(_drive(_tracked(scene, human_poses, 0.5), start, edges), world, edges)
    scores = []
    for row in poses:
        states = _drive(_tracked(scene, row, interval_s), start, edges)
        verdict = judge_slowly(states, world, edges)
        unfiltered = verdict.scores | {
            "hc": slow_history_comfort(past, states, edges),
            "ep": _relative_progress(verdict, leader, edges),
        }
        zeros = () if len(scene.token) == 17 else [name for name in FORGIVEN if human.scores[name] == 0.0]
        filtered = unfiltered | dict.fromkeys(zeros, 1.0)
        scores.append(SlowScore(unfiltered, filtered, states, verdict.raw_progress_m))
    return scores


def final_score(sub_scores: dict[str, float]) -> float:
    """EPDMS; ``ec`` may be missing."""
    product = math.prod(sub_scores[name] for name in MULTIPLIED)
    weighted = {name: weight for name, weight in WEIGHTS.items() if name in sub_scores}
    mean = sum(weight * sub_scores[name] for name, weight in weighted.items()) / sum(weighted.values())
    return product * mean


def _relative_progress(own: SlowVerdict, leader: SlowVerdict, edges: KnifeEdges) -> float:
    best = max(own.masked_progress_m, leader.masked_progress_m)
    return min(own.raw_progress_m / best, 1.0) if edges.above(best, 5.0, "progress") else 1.0


def _tracked(scene: Scene, poses: np.ndarray, interval_s: float) -> np.ndarray:
    """The 41 poses, scene frame, that the car is to track: straight lines between the planned ones."""
    now_us, (_, _, heading) = scene.current.timestamp_us, scene.current.ego_pose_in_map
    knots = [np.array([0.0, 0.0, heading]), *local_to_map(poses, np.array([0.0, 0.0, heading]))]
    for before, after in zip(knots[:-1], knots[1:], strict=True):
        after[2] = unwrapped(after[2], before[2])
    now_s = now_us * 1e-6
    times = [now_us, *(int((k * interval_s + interval_s + now_s) * 1e6) for k in range(len(poses)))]
    samples = [min(int((0.1 * k + now_s) * 1e6), times[-1]) for k in range(41)]
    columns = np.transpose(knots)
    return np.array([[np.interp(t - now_us, np.array(times) - now_us, c) for c in columns] for t in samples])


def _drive(tracked: np.ndarray, start: np.ndarray, edges: KnifeEdges) -> np.ndarray:
    """The simulated car, and how near its driver came to deciding otherwise."""
    states, speeds = slow_simulate(tracked, start), slow_profiles(tracked)[0]
    for step, state in enumerate(states[:-1]):
        edges.above(speeds[min(step + 10, 39)], 0.2, "wanted speed at rest")
        edges.above(state[3], 0.2, "speed at rest")
        error = state[2] - tracked[step, 2]
        edges.above(abs(math.remainder(error, 2 * math.pi)), math.pi, "heading error of half a turn")
    return states
