"""Which points the sun reaches: baked for the ground, rays for walls, both for what moves.

Actors draw two maps of the ground around the camera, anew per frame: ``shade``, where a ray
towards the sun may meet one (only there rays are cast), and ``contact``, the dark beneath them.
"""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Float32, Int32
from numba import njit

from driving.synth.actors import Actor
from driving.synth.render.picture_regions import foot_corners
from driving.synth.render.ray_scene import GROUND, MOVING, STATIC, Hits, RayScene
from driving.synth.render.shading.surface_shading import FOLIAGE, Surfaces, facing_normal

BAKED_TEXEL_M = 0.25
ACTOR_TEXEL_M = 0.25
ACTOR_REACH_M = 70.0
WALL_SHADOW_REACH_M = 90.0
ASK_STATIC, ASK_MOVING = 1, 2
OFFSET_M = 0.02
"""Shadow rays start this far off their surface."""


class BakedSun(NamedTuple):
    """Sunlit share (0..255) the static world leaves the ground; texel (0, 0) starts at (x0, y0) [m]."""

    share: np.ndarray
    x0: float
    y0: float


class ActorShade(NamedTuple):
    """The two maps around the camera, 0 or 255 and 0..255; texel (0, 0) starts at (x0, y0) [m]."""

    shade: np.ndarray
    contact: np.ndarray
    x0: float
    y0: float


def bake_sun(
    static: RayScene, sun: Float32[np.ndarray, "3"], bounds: tuple[float, float, float, float]
) -> BakedSun:
    """Casts one ray per texel from the ground to the sun, then softens the edge a little."""
    x0, y0, x1, y1 = bounds
    columns, rows = int((x1 - x0) / BAKED_TEXEL_M), int((y1 - y0) / BAKED_TEXEL_M)
    share = np.zeros((rows, columns), np.uint8)
    x = x0 + (np.arange(columns) + 0.5) * BAKED_TEXEL_M
    for first in range(0, rows, 128):
        y = y0 + (np.arange(first, min(first + 128, rows)) + 0.5) * BAKED_TEXEL_M
        grid_x, grid_y = np.meshgrid(x, y)
        origins = np.stack([grid_x.ravel(), grid_y.ravel(), np.full(grid_x.size, OFFSET_M)], 1).astype(
            np.float32
        )
        blocked = static.blocked(origins, np.tile(sun, (len(origins), 1)))
        share[first : first + len(y)] = np.where(blocked, 0, 255).reshape(len(y), columns)
    return BakedSun(cv2.GaussianBlur(share, (3, 3), 0), x0, y0)


def draw_actor_shade(
    actors: Sequence[Actor], camera_xy: tuple[float, float], sun: Float32[np.ndarray, "3"]
) -> ActorShade:
    """The two maps of one moment."""
    x0, y0 = camera_xy[0] - ACTOR_REACH_M, camera_xy[1] - ACTOR_REACH_M
    size = int(2 * ACTOR_REACH_M / ACTOR_TEXEL_M)
    shade, contact = np.zeros((size, size), np.uint8), np.zeros((size, size), np.uint8)
    lean = -sun[:2] / sun[2]
    roomy = _to_texels(foot_corners(actors, margin_m=0.8), x0, y0)
    feet = _to_texels(foot_corners(actors), x0, y0)
    for actor, wide, foot in zip(actors, roomy, feet, strict=True):
        far = np.round(lean * actor.height / ACTOR_TEXEL_M).astype(np.int32)
        cv2.fillConvexPoly(shade, cv2.convexHull(np.concatenate([wide, wide + far])), 255)
        if actor.length > 1.0:
            cv2.fillConvexPoly(contact, foot, 255)
    return ActorShade(shade, cv2.blur(contact, (5, 5)), x0, y0)


def sunlit_share(
    hits: Hits, points: np.ndarray, directions: np.ndarray,
    scenes: tuple[RayScene, RayScene], surfaces: tuple[Surfaces, Surfaces],
    baked: BakedSun, actor_shade: ActorShade, sun: Float32[np.ndarray, "3"],
) -> Float32[np.ndarray, "R"]:  # fmt: skip
    """Share of sunlight (0..1) at every hit point; 0 where the surface looks away from the sun.

    ``scenes`` and ``surfaces``: of what stands, of what moves.
    """
    share = np.zeros(len(points), np.float32)
    ask = np.zeros(len(points), np.uint8)
    starts = np.empty_like(points)
    _look_up(
        hits.kind, hits.face, points, directions, hits.distance, *surfaces,
        baked, actor_shade, sun, share, ask, starts,
    )  # fmt: skip
    for asked, scene in zip((ASK_STATIC, ASK_MOVING), scenes, strict=True):
        rows = np.flatnonzero(ask == asked)
        blocked = scene.blocked(starts[rows], np.tile(sun, (len(rows), 1)))
        share[rows[blocked]] = 0.0
    return share


def _to_texels(xy: np.ndarray, x0: float, y0: float) -> Int32[np.ndarray, "A V 2"]:
    return np.round((xy - (x0, y0)) / ACTOR_TEXEL_M).astype(np.int32)


@njit(cache=True, fastmath=True)
def _look_up(
    kind, face, points, directions, distance, static, moving, baked, actor_shade, sun, share, ask, starts
):
    """Fills ``share`` from the baked map; where rays are needed, whom to ``ask`` and their ``starts``."""
    for i in range(len(kind)):
        x, y, z = points[i, 0], points[i, 1], points[i, 2]
        if kind[i] == GROUND:
            share[i] = baked_at(baked, x, y)
            starts[i, 0], starts[i, 1], starts[i, 2] = x, y, z + OFFSET_M
            if share[i] > 0.0 and _may_be_shaded(actor_shade, x, y):
                ask[i] = ASK_MOVING
        elif kind[i] == STATIC or kind[i] == MOVING:
            normals = static.normal if kind[i] == STATIC else moving.normal
            nx, ny, nz = facing_normal(normals, face[i], directions[i, 0], directions[i, 1], directions[i, 2])
            starts[i, 0], starts[i, 1], starts[i, 2] = (
                x + OFFSET_M * nx,
                y + OFFSET_M * ny,
                z + OFFSET_M * nz,
            )
            if nx * sun[0] + ny * sun[1] + nz * sun[2] <= 0.0:
                continue
            if kind[i] == STATIC:
                share[i] = 1.0
                if distance[i] < WALL_SHADOW_REACH_M and static.material[face[i]] != FOLIAGE:
                    ask[i] = ASK_STATIC
            else:
                share[i] = baked_at(baked, x - z / sun[2] * sun[0], y - z / sun[2] * sun[1])
                if share[i] > 0.0:
                    ask[i] = ASK_MOVING


@njit(cache=True, fastmath=True, inline="always")
def baked_at(baked: BakedSun, x: float, y: float) -> float:
    """Sunlit share of the ground at (x, y), bilinear; all of it outside the map."""
    u, v = (x - baked.x0) / BAKED_TEXEL_M - 0.5, (y - baked.y0) / BAKED_TEXEL_M - 0.5
    column, row = int(np.floor(u)), int(np.floor(v))
    if column < 0 or row < 0 or column >= baked.share.shape[1] - 1 or row >= baked.share.shape[0] - 1:
        return 1.0
    s, t = u - column, v - row
    top = baked.share[row, column] * (1 - s) + baked.share[row, column + 1] * s
    bottom = baked.share[row + 1, column] * (1 - s) + baked.share[row + 1, column + 1] * s
    return (top * (1 - t) + bottom * t) / 255.0


@njit(cache=True, fastmath=True, inline="always")
def contact_at(actor_shade: ActorShade, x: float, y: float) -> float:
    """How near the ground at (x, y) is to the foot of an actor, 0..1, bilinear."""
    u, v = (x - actor_shade.x0) / ACTOR_TEXEL_M - 0.5, (y - actor_shade.y0) / ACTOR_TEXEL_M - 0.5
    column, row = int(np.floor(u)), int(np.floor(v))
    contact = actor_shade.contact
    if column < 0 or row < 0 or column >= contact.shape[1] - 1 or row >= contact.shape[0] - 1:
        return 0.0
    s, t = u - column, v - row
    top = contact[row, column] * (1 - s) + contact[row, column + 1] * s
    bottom = contact[row + 1, column] * (1 - s) + contact[row + 1, column + 1] * s
    return (top * (1 - t) + bottom * t) / 255.0


@njit(cache=True, fastmath=True, inline="always")
def _may_be_shaded(actor_shade: ActorShade, x: float, y: float) -> bool:
    column, row = (int((x - actor_shade.x0) / ACTOR_TEXEL_M), int((y - actor_shade.y0) / ACTOR_TEXEL_M))
    shade = actor_shade.shade
    return 0 <= column < shade.shape[1] and 0 <= row < shade.shape[0] and shade[row, column] > 0
