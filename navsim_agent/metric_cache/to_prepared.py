"""From a metric cache to a prepared scene: the devkit's own world and PDM-Closed, simulated and scored by us.

A cache holds nearly what a ``PreparedScene`` does, so nothing is planned and no log is read. It lacks the
centre lines of lanes: reactive traffic needs the map as well.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float64
from torch import Tensor

from driving.errors import DataError
from driving.log_frame import LogFrame
from driving.map_data import MapData
from driving.scene import Scene
from driving.types import HISTORY_FRAMES, PLAN_POSES, SIMULATED_SAMPLES
from navsim_agent.metric_cache.cached_traffic import RedLight, Track
from navsim_agent.metric_cache.metric_cache import EgoTrack, MetricCache
from reward_wm.epdms.compiled import DRIVABLE, INTERSECTION, LANE, ON_ROUTE
from reward_wm.epdms.log_replay import ROAD_USERS, STOPPED_MPS, LoggedTracks, overlaps_ego
from reward_wm.epdms.polygons import Polygons
from reward_wm.epdms.prepared import PreparedScene, SceneConstants
from reward_wm.epdms.red_lights import RedLights
from reward_wm.epdms.reference_poses import interpolation_weights, sample_times_us
from reward_wm.epdms.references import with_references
from reward_wm.epdms.roads import Roads
from reward_wm.epdms.rollout import World
from reward_wm.epdms.states import AX, AY, HEADING, POSE, STEER_RATE, VX, VY
from reward_wm.epdms.traffic import Traffic
from reward_wm.epdms.traffic_start import TrafficStart

HISTORY_STEP_US = 100_000
KIND_OF_LAYER = {
    0: LANE,
    11: LANE,  # a lane connector
    1: DRIVABLE | INTERSECTION,
    15: DRIVABLE,  # a car park
    17: DRIVABLE,  # a lane group
}
"""By the devkit's numbers of map layers; there are no others in its drivable map."""
NO_LANES = "it comes from a metric cache, which knows no centre lines, and the maps were not given"


def prepare_metric_cache(cache: MetricCache, map_data: MapData | None = None) -> PreparedScene:
    """The constants of a cached scene; ``map_data``, of the cache's location, is for reactive traffic.

    PDM-Closed, and with it EP, is the cache's. Raises DataError, naming the scene, for a map layer that
    the devkit's drivable map does not have.
    """
    origin = torch.from_numpy(cache.ego[POSE])
    tracks, lights = _tracks(cache.tracks, origin), _red_lights(cache.red_lights, origin)
    centreline = torch.from_numpy(cache.centreline) - origin[:2]
    human_poses = torch.full((PLAN_POSES, 3), torch.nan, dtype=torch.float64)
    if cache.human_poses is not None:
        human_poses = torch.from_numpy(cache.human_poses)
    constants = SceneConstants(
        token=cache.token,
        log_name=cache.log_name,
        timestamp_us=cache.timestamp_us,
        agent_tokens=tuple(tracks.tokens[row] for row in tracks.kept_first().tolist()),
        light_ids=tuple(light.lane_id for light in cache.red_lights),
        origin=origin,
        start=_in_scene(torch.from_numpy(cache.ego), origin),
        history=_history(cache.past, origin),
        world=World(_roads(cache, origin), centreline, tracks.replayed, lights),
        traffic_start=_traffic_start(cache, tracks, map_data),
        human_poses=human_poses,
        reference_tracked=_at(cache.plan, sample_times_us(cache.timestamp_us), origin)[:, POSE],
    )
    return with_references(constants, has_human=not cache.is_synthetic)


def _in_scene(states: Float64[Tensor, "*n S"], origin: Float64[Tensor, "3"]) -> Float64[Tensor, "*n S"]:
    moved = states.clone()
    moved[..., :2] -= origin[:2]
    return moved


def _at(ego: EgoTrack, times_us: np.ndarray, origin: Float64[Tensor, "3"]) -> Float64[Tensor, "k S"]:
    """The ego in the scene frame at other moments, interpolated linearly, headings unwrapped."""
    states = _in_scene(torch.from_numpy(ego.states), origin)
    states[:, HEADING] = torch.from_numpy(np.unwrap(ego.states[:, HEADING]))
    return interpolation_weights(ego.times_us, times_us) @ states


def _history(past: EgoTrack, origin: Float64[Tensor, "3"]) -> Float64[Tensor, "n S"]:
    """The past at 10 Hz without its last 0.2 s, as in ``log_replay``; turning is unknown."""
    samples_us = np.arange(past.times_us[0], past.times_us[-1], HISTORY_STEP_US)[:-1]
    states = _at(past, samples_us, origin)
    states[:, STEER_RATE:] = 0.0
    return states


def _roads(cache: MetricCache, origin: Float64[Tensor, "3"]) -> Roads:
    areas = cache.areas
    unknown = [layer for layer in areas.layers if layer not in KIND_OF_LAYER]
    if unknown:
        raise DataError(f"scene {cache.token}: its drivable map has polygons of layer {unknown[0]}")
    kind = np.array([KIND_OF_LAYER[layer] for layer in areas.layers], dtype=np.uint8)
    on_route = np.array([item in cache.route_lane_ids for item in areas.ids], dtype=bool)
    kind[on_route & (kind == LANE)] |= ON_ROUTE
    polygons = Polygons.of(areas.geometries, origin[:2].numpy())
    return Roads(polygons, torch.from_numpy(kind), areas.ids)


def _tracks(tracks: Sequence[Track], origin: Float64[Tensor, "3"]) -> LoggedTracks:
    """Those that are annotated now first, in their order."""
    count = len(tracks)
    poses = np.array([track.poses for track in tracks]).reshape(count, SIMULATED_SAMPLES, 3)
    present = np.array([track.present for track in tracks], dtype=bool).reshape(count, SIMULATED_SAMPLES)
    poses[..., :2] -= origin[:2].numpy() * present[..., None]
    velocity = np.array([track.velocity for track in tracks]).reshape(count, 2)
    is_road_user = np.array([track.kind in ROAD_USERS for track in tracks], dtype=bool)
    traffic = Traffic(
        poses=torch.from_numpy(poses),
        present=torch.from_numpy(present),
        half_size=torch.from_numpy(np.array([track.half_size for track in tracks]).reshape(count, 2)),
        is_road_user=torch.from_numpy(is_road_user),
        is_stopped=torch.from_numpy(np.hypot(*velocity.T) <= STOPPED_MPS),
    )
    return LoggedTracks(
        tokens=tuple(track.token for track in tracks),
        traffic=traffic,
        overlaps_ego=overlaps_ego(traffic, float(origin[2])),
        is_vehicle=torch.tensor([track.kind == "vehicle" for track in tracks], dtype=torch.bool),
        is_current=torch.tensor([track.is_current for track in tracks], dtype=torch.bool),
        velocity=torch.from_numpy(velocity),
    )


def _red_lights(lights: Sequence[RedLight], origin: Float64[Tensor, "3"]) -> RedLights:
    polygons = Polygons.of([light.polygon for light in lights], origin[:2].numpy())
    is_red = np.array([light.is_red for light in lights], dtype=bool).reshape(-1, SIMULATED_SAMPLES)
    return RedLights(polygons, torch.from_numpy(is_red))


def _traffic_start(cache: MetricCache, tracks: LoggedTracks, map_data: MapData | None) -> TrafficStart:
    """Vehicles on the lanes of the map; without one nobody is, and reactive traffic says why."""
    none: dict = {}
    nowhere = MapData(cache.location, none, none, none, none, none, none)
    traffic = TrafficStart.of(_present(cache, map_data or nowhere), tracks)
    if map_data is not None:
        return traffic
    return replace(traffic, rails=replace(traffic.rails, flaw=f"scene {cache.token}: {NO_LANES}"))


def _present(cache: MetricCache, map_data: MapData) -> Scene:
    """A scene of which nothing is known but where the ego is now, and the map."""
    empty = np.zeros((0, 7))
    frame = LogFrame(
        token=cache.token,
        timestamp_us=cache.timestamp_us,
        log_name=cache.log_name,
        location=cache.location,
        roadblock_ids=(),
        traffic_lights=(),
        ego_pose_in_map=cache.ego[POSE],
        ego_velocity=cache.ego[VX : VY + 1],
        ego_acceleration=cache.ego[AX : AY + 1],
        driving_command=np.zeros(4),
        boxes=empty,
        names=(),
        velocities=empty[:, :3],
        track_tokens=(),
        cameras={},
        lidar_path=None,
    )
    return Scene((frame,) * HISTORY_FRAMES, map_data)
