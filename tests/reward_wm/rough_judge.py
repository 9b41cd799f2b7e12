"""A judge that looks at the plan's own poses: rough, fast, and independent of the exact scorer."""

import numpy as np
import shapely
import torch
from jaxtyping import Float64
from torch import Tensor

from driving.frames import box_corners, local_to_map
from driving.scene import Scene
from driving.scores import SubScores
from driving.types import PLAN_INTERVAL_S
from driving.vehicle import PACIFICA
from reward_wm.labels.label_file import ExactScores, Judge


def rough_judge(*scenes: Scene) -> Judge:
    """Collisions, drivable area and red lights at the eight poses; comfort by acceleration."""
    by_token = {scene.token: scene for scene in scenes}

    def judge(token: str, poses: Float64[Tensor, "P F 3"]) -> ExactScores:
        scene = by_token[token]
        rows = [_judge_one(scene, one) for one in poses.numpy()]
        clean = torch.ones(len(rows), dtype=torch.float64)
        nc, dac, tlc, hc = torch.tensor(rows, dtype=torch.float64).unbind(dim=1)
        scores = SubScores(nc, dac, clean, tlc, clean, nc, clean, hc, clean * torch.nan)
        raw = poses[:, -1, 0].clamp(min=0.0)
        reference = max(0.0, float(scene.human_poses(8)[-1, 0]))
        return ExactScores(scores, scores, raw, reference)

    return judge


def _judge_one(scene: Scene, poses: np.ndarray) -> tuple[float, float, float, float]:
    drivable = shapely.union_all(
        [block.polygon for block in scene.map.roadblocks.values()]
        + list(scene.map.intersections.values())
        + list(scene.map.carparks.values())
    )
    red = {connector for connector, is_red in scene.current.traffic_lights if is_red}
    nc = dac = tlc = 1.0
    for pose, frame in zip(local_to_map(poses, scene.current.ego_pose_in_map), scene.future):
        ego = shapely.Polygon(_ego_corners(pose))
        boxes = local_to_map(frame.boxes[:, [0, 1, 6]].astype(float), frame.ego_pose_in_map)
        for box, size in zip(boxes, frame.boxes):
            other = box_corners(box[:2], box[2], float(size[3]), float(size[4]))
            nc = 0.0 if ego.intersects(shapely.Polygon(other)) else nc
        dac = dac if drivable.contains(ego) else 0.0
        on_red = any(ego.intersects(scene.map.lanes[i].polygon) for i in red)
        tlc = 0.0 if on_red else tlc
    steps = np.diff(poses[:, :2], axis=0, prepend=np.zeros((1, 2)))
    speed = np.hypot(*steps.T) / PLAN_INTERVAL_S
    change = np.diff(speed, prepend=float(scene.current.ego_velocity[0])) / PLAN_INTERVAL_S
    return nc, dac, tlc, float(np.abs(change).max() < 4.0)


def _ego_corners(pose: np.ndarray) -> np.ndarray:
    ahead = PACIFICA.rear_axle_to_centre_m * np.array([np.cos(pose[2]), np.sin(pose[2])])
    return box_corners(pose[:2] + ahead, pose[2], PACIFICA.length_m, PACIFICA.width_m)
