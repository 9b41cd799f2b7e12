"""PDM-Closed's plan: simulate its proposals, score them in its own forecast, take the best."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float64
from torch import Tensor

from driving.scene import Scene
from driving.scores import WEIGHTS
from reward_wm.epdms.config import Normalisation
from reward_wm.epdms.map_window import NearbyMap
from reward_wm.epdms.metrics.drivable_area_compliance import drivable_area_compliance
from reward_wm.epdms.metrics.driving_direction_compliance import driving_direction_compliance
from reward_wm.epdms.metrics.ego_progress import raw_progress, relative_progress
from reward_wm.epdms.metrics.lane_keeping import lane_keeping
from reward_wm.epdms.metrics.no_at_fault_collision import no_at_fault_collision
from reward_wm.epdms.metrics.time_to_collision import time_to_collision
from reward_wm.epdms.metrics.traffic_light_compliance import traffic_light_compliance
from reward_wm.epdms.pdm_closed.centreline import centreline_of, starting_lane
from reward_wm.epdms.pdm_closed.forecast import Forecast
from reward_wm.epdms.pdm_closed.proposals import propose
from reward_wm.epdms.pdm_closed.route import correct_route, logged_route, route_lanes
from reward_wm.epdms.roads import Roads
from reward_wm.epdms.rollout import Rollout, World
from reward_wm.epdms.simulate import simulate
from reward_wm.epdms.states import SAMPLES, VX


@dataclass(frozen=True)
class PdmClosedPlan:
    """What PDM-Closed would drive, and what it found on its way to that."""

    poses: Float64[Tensor, "T 3"]
    """Scene frame, 10 Hz, the first one on its path beside the ego."""
    centreline: Float64[Tensor, "V 2"]
    roads: Roads


def plan_pdm_closed(
    scene: Scene,
    start: Float64[Tensor, "S"],
    rate: Callable[[Rollout], Float64[Tensor, "P"]] | None = None,
    samples: int = SAMPLES,
) -> PdmClosedPlan:
    """Plan for the current frame; ``start`` is the logged state in the scene frame.

    ``rate`` chooses among the proposals, the first of the best, EPDMS unless told; the forecast that it
    sees lasts ``samples``.

    DataError where the scene has no usable route.
    """
    ego = scene.current.ego_pose_in_map
    route = correct_route(scene.map, logged_route(scene), ego)
    lane_ids = route_lanes(scene.map, route)
    nearby = NearbyMap.around(scene.map, ego)
    lane = starting_lane(scene, nearby, lane_ids, ego)
    path = centreline_of(scene.map, route, lane, ego[:2])
    forecast = Forecast.of(scene, lane_ids)
    roads = nearby.roads(lane_ids, ego[:2])
    centreline = torch.from_numpy(path.poses[:, :2].copy())
    world = World(roads, centreline, forecast.traffic(samples), forecast.red_lights())
    proposals = propose(path, forecast, float(start[VX]), lane.speed_limit_mps)
    poses = torch.from_numpy(proposals)
    best = int((rate or _scores)(Rollout.of(simulate(poses, start[None]), world)).argmax())
    return PdmClosedPlan(poses[best], centreline, roads)


def _scores(rollout: Rollout) -> Float64[Tensor, "P"]:
    """The devkit's score without the two comforts' say: nothing is past, so HC is 1; no EC."""
    multiplied = (
        no_at_fault_collision,
        drivable_area_compliance,
        traffic_light_compliance,
        driving_direction_compliance,
    )
    product = torch.stack([metric(rollout).score for metric in multiplied]).prod(dim=0)
    nobody = torch.zeros(1, dtype=product.dtype)
    progress = relative_progress(raw_progress(rollout), product, nobody, Normalisation.BATCH)
    weighted = (
        WEIGHTS["ep"] * progress
        + WEIGHTS["ttc"] * time_to_collision(rollout).score
        + WEIGHTS["lk"] * lane_keeping(rollout).score
        + WEIGHTS["hc"]
    )
    return product * weighted / sum(WEIGHTS[name] for name in ("ep", "ttc", "lk", "hc"))
