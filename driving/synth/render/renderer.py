"""Town, actors and signals in; camera pictures out.

A frame takes these steps: cast one ray per pixel, find what the sun reaches, shade, cast more rays
where two things meet in a pixel, add the glow of lit signals, develop. All on the calling thread;
the same inputs give the same bytes.
"""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from embreex.rtcore import EmbreeDevice
from jaxtyping import Bool, Float32, Int, UInt8

from driving.synth.actors import Actor
from driving.synth.render.bodies.actor_meshes import actors_mesh
from driving.synth.render.lidar import sweep
from driving.synth.render.picture_regions import find_actors
from driving.synth.render.ray_scene import (
    Hits,
    RayScene,
    cast,
    keep_freed_memory,
    points_along,
    turn_and_move,
)
from driving.synth.render.rig import MOUNTS, CameraRig
from driving.synth.render.scenery.signals import LIT_GLOW, UNLIT_GLOW, Lamp, lit_lamps
from driving.synth.render.scenery.static_town import build_static_town, surfaces_of
from driving.synth.render.shading import film
from driving.synth.render.shading.glow import add_lamp_glows
from driving.synth.render.shading.sunlight import ActorShade, draw_actor_shade, sunlit_share
from driving.synth.render.shading.surface_shading import Surfaces
from driving.synth.town import TownGeometry

ACTOR_REACH_M = 180.0
SHADOW_REACH_M = 45.0
"""Actors no camera shows still cast shadows this near."""
EDGE_OFFSETS_PX = ((0.30, 0.20), (-0.30, 0.15), (0.10, -0.30))
"""Extra samples of an edge pixel, beside the one in its middle."""

Pose = tuple[float, float, float]


@dataclass(frozen=True)
class Moment:
    """What is particular to one frame."""

    ego: Pose
    scene: RayScene
    surfaces: Surfaces
    shade: ActorShade
    lit: list[Lamp]
    near_actor: Bool[np.ndarray, "R"]
    """Pixels that may show an actor."""


class TownRenderer:
    """Renders one town. Building it takes seconds, a frame a tenth of one.

    ``edge_samples`` (0 to 3) extra rays smooth each pixel in which two things meet; each of them
    costs about a fifth of a frame.
    """

    def __init__(self, town: TownGeometry, rig: CameraRig, seed: int, edge_samples: int = 1) -> None:
        if not 0 <= edge_samples <= len(EDGE_OFFSETS_PX):
            raise ValueError(f"edge_samples={edge_samples}, must be 0 to {len(EDGE_OFFSETS_PX)}")
        keep_freed_memory()
        self.rig = rig
        self._device = EmbreeDevice()
        self._town = build_static_town(town, seed, self._device)
        self._curve = film.tone_curve()
        self._rays_in_ego = [
            np.concatenate([rig.rays_in_ego(camera, offset) for camera in rig.cameras])
            for offset in ((0.0, 0.0), *EDGE_OFFSETS_PX[:edge_samples])
        ]
        pixels = rig.width * rig.height
        mounts = [
            np.tile(np.array(MOUNTS[camera].position, np.float32), (pixels, 1)) for camera in rig.cameras
        ]
        self._starts_in_ego = np.concatenate(mounts)

    @property
    def lamps(self) -> list[Lamp]:
        """Every lens of every signal head and its repeater, in town metres."""
        return self._town.lamps

    def render(
        self, ego_xy_heading: Pose, actors: Sequence[Actor], signal_states: Mapping[str, str]
    ) -> dict[str, UInt8[np.ndarray, "H W 3"]]:
        """Camera name -> RGB picture, for the rig's cameras.

        ``ego_xy_heading``: rear axle in town metres and radians. ``signal_states``: signal head
        id -> "r", "y" or "g"; a head without a state is dark. The ego itself is not drawn and is
        not to be among ``actors``.
        """
        moment = self._moment(ego_xy_heading, actors, signal_states)
        hits, radiance = self._sample(moment, self._starts_in_ego, self._rays_in_ego[0], moment.near_actor)
        self._smooth_edges(moment, hits, radiance)
        pictures = radiance.reshape(len(self.rig.cameras), self.rig.height, self.rig.width, 3)
        scenes = (self._town.scene, moment.scene)
        for camera, picture in zip(self.rig.cameras, pictures, strict=True):
            add_lamp_glows(picture, camera, self.rig, moment.ego, moment.lit, scenes)
        grain_seed = zlib.crc32(np.array(ego_xy_heading, np.float64).tobytes()) & 0xFFFFFF
        developed = film.develop(pictures, self._curve, grain_seed)
        return dict(zip(self.rig.cameras, developed, strict=True))

    def lidar_sweep(self, ego_xy_heading: Pose, actors: Sequence[Actor]) -> Float32[np.ndarray, "N 6"]:
        """One LiDAR turn at this moment, as ``lidar.sweep`` describes it."""
        moving = RayScene(actors_mesh(actors), self._device)
        return sweep(self._town.scene, moving, ego_xy_heading)

    def _moment(self, ego: Pose, actors: Sequence[Actor], signal_states: Mapping[str, str]) -> Moment:
        lit = lit_lamps(self._town.lamps, signal_states)
        glow = self._town.surfaces.glow
        for lamp in self._town.lamps:
            glow[lamp.faces] = UNLIT_GLOW
        for lamp in lit:
            glow[lamp.faces] = LIT_GLOW
        away = np.array([(actor.x - ego[0], actor.y - ego[1]) for actor in actors]).reshape(-1, 2)
        distance = np.linalg.norm(away, axis=1)
        near = [actor for actor, d in zip(actors, distance, strict=True) if d < ACTOR_REACH_M]
        footage = find_actors(near, ego, self.rig)
        keep = footage.shown | (distance[distance < ACTOR_REACH_M] < SHADOW_REACH_M)
        drawn = [actor for actor, kept in zip(near, keep, strict=True) if kept]
        mesh = actors_mesh(drawn)
        return Moment(
            ego=ego,
            scene=RayScene(mesh, self._device),
            surfaces=surfaces_of(mesh),
            shade=draw_actor_shade(drawn, ego[:2], self._town.light.sun_direction),
            lit=lit,
            near_actor=footage.pixels,
        )

    def _sample(
        self,
        moment: Moment,
        starts_in_ego: Float32[np.ndarray, "R 3"],
        rays_in_ego: Float32[np.ndarray, "R 3"],
        near_actor: Bool[np.ndarray, "R"],
    ) -> tuple[Hits, Float32[np.ndarray, "R 3"]]:
        """Casts and shades rays; returns what they met and the radiance along them."""
        town = self._town
        origins = turn_and_move(starts_in_ego, *moment.ego)
        directions = turn_and_move(rays_in_ego, 0.0, 0.0, moment.ego[2])
        hits = cast(town.scene, moment.scene, origins, directions, near_actor)
        points = points_along(origins, directions, hits.distance)
        surfaces = (town.surfaces, moment.surfaces)
        lit = sunlit_share(
            hits, points, directions, (town.scene, moment.scene), surfaces,
            town.baked_sun, moment.shade, town.light.sun_direction,
        )  # fmt: skip
        radiance = film.shade_hits(
            hits.kind, hits.face, points, directions, hits.distance, lit, *surfaces,
            town.ground, town.light, moment.shade, 1 / self.rig.focal_px,
        )  # fmt: skip
        return hits, radiance

    def _smooth_edges(self, moment: Moment, hits: Hits, radiance: Float32[np.ndarray, "R 3"]) -> None:
        """Averages, in place, each pixel in which two things meet over its samples."""
        offsets = self._rays_in_ego[1:]
        if not offsets:
            return
        shape = (len(self.rig.cameras), self.rig.height, self.rig.width)
        edge = film.find_edges(hits.kind, hits.face, self._town.surfaces, moment.surfaces, *shape)
        pixels: Int[np.ndarray, "E"] = np.flatnonzero(edge)
        total = radiance[pixels]
        for rays in offsets:
            _, more = self._sample(
                moment, self._starts_in_ego[pixels], rays[pixels], moment.near_actor[pixels]
            )
            total += more
        radiance[pixels] = total / (1 + len(offsets))
