"""What the expert does in the next four seconds, as a driver would name it. Made by rule."""

from dataclasses import dataclass

import numpy as np
import shapely
from jaxtyping import Float

from driving.data.map_index import MapIndex
from driving.scene import Scene
from driving.targets import LATERAL_ACTIONS, LONGITUDINAL_ACTIONS
from driving.types import HISTORY_FRAMES, PLAN_INTERVAL_S, PLAN_POSES

STOPPED_MPS = 0.5
SPEED_CHANGE_MPS = 1.0
SPEED_CHANGE_SHARE = 0.15
"""A change of speed has a name where it exceeds both."""
TURN_RAD = 0.35


@dataclass(frozen=True)
class MetaAction:
    """One longitudinal and one lateral action."""

    longitudinal: str
    lateral: str

    def __post_init__(self) -> None:
        if self.longitudinal not in LONGITUDINAL_ACTIONS or self.lateral not in LATERAL_ACTIONS:
            raise ValueError(f"no such action: {self.longitudinal!r}, {self.lateral!r}")


def meta_action(scene: Scene) -> MetaAction:
    """The action that the expert's next four seconds amount to.

    Raises ValueError where the log ends before.
    """
    expert = scene.human_poses(PLAN_POSES)
    speed_mps = float(np.linalg.norm(scene.current.ego_velocity))
    heading_change = float(expert[-1, 2])
    return MetaAction(
        longitudinal_action(expert, speed_mps), lateral_action(heading_change, lanes_crossed(scene))
    )


def longitudinal_action(expert: Float[np.ndarray, "F 3"], speed_mps: float) -> str:
    """By the mean speed of the last second; 'stop' also means to stay stopped."""
    poses = np.concatenate([np.zeros((1, 3)), expert])
    steps = np.linalg.norm(np.diff(poses[:, :2], axis=0), axis=1)[-2:]
    final_mps = float(steps.mean()) / PLAN_INTERVAL_S
    change_mps = max(SPEED_CHANGE_MPS, SPEED_CHANGE_SHARE * speed_mps)
    if final_mps < STOPPED_MPS:
        return "stop"
    if final_mps < speed_mps - change_mps:
        return "slow down"
    if final_mps > speed_mps + change_mps:
        return "speed up"
    return "keep speed"


def lateral_action(heading_change_rad: float, lanes_to_left: int) -> str:
    """A turn by the change of heading, else a lane change by the lanes crossed."""
    if abs(heading_change_rad) > TURN_RAD:
        return "turn left" if heading_change_rad > 0 else "turn right"
    if lanes_to_left:
        return "change lane left" if lanes_to_left > 0 else "change lane right"
    return "keep lane"


def lanes_crossed(scene: Scene) -> int:
    """Lanes of its roadblocks by which the logged rear axle moves left (negative: right) in 4 s."""
    index = MapIndex.of(scene.map)
    frames = scene.frames[HISTORY_FRAMES - 1 : HISTORY_FRAMES + PLAN_POSES]
    axles = shapely.points([frame.ego_pose_in_map[:2] for frame in frames])
    visits: dict[str, list[tuple[int, int]]] = {}
    for when, row in index.lane_areas.query(axles, predicate="intersects").T:
        lane = index.lanes[row]
        if not lane.is_connector:
            visits.setdefault(lane.roadblock_id, []).append((int(when), lane.lane_index))
    return sum(min(visit)[1] - max(visit)[1] for visit in visits.values())
