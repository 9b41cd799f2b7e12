"""Casting rays: one Embree scene for what stands still, one for what moves, the flat ground by arithmetic."""

import ctypes
from dataclasses import dataclass

import numpy as np
from embreex.mesh_construction import TriangleMesh
from embreex.rtcore import EmbreeDevice
from embreex.rtcore_scene import EmbreeScene
from jaxtyping import Bool, Float32, Int32
from numba import njit

from driving.synth.render.mesh import Mesh

FAR_M = 700.0
NOTHING, GROUND, STATIC, MOVING = range(4)
"""What a ray met."""


@dataclass(frozen=True)
class Hits:
    """What each ray met: ``kind`` as above, ``face`` in the static or the moving mesh, ``distance`` [m]."""

    kind: Int32[np.ndarray, "R"]
    face: Int32[np.ndarray, "R"]
    distance: Float32[np.ndarray, "R"]


class RayScene:
    """The triangles of one mesh, ready to be cast at. An empty mesh is met by no ray."""

    def __init__(self, mesh: Mesh, device: EmbreeDevice) -> None:
        self.empty = len(mesh.faces) == 0
        self._scene = EmbreeScene(device)
        if not self.empty:
            TriangleMesh(self._scene, mesh.vertices, mesh.faces)

    def nearest(
        self,
        origins: Float32[np.ndarray, "R 3"],
        directions: Float32[np.ndarray, "R 3"],
        limit: Float32[np.ndarray, "R"],
    ) -> tuple[Int32[np.ndarray, "R"], Float32[np.ndarray, "R"]]:
        """Face (-1: none) and distance of the nearest hit closer than ``limit``."""
        if self.empty or len(origins) == 0:
            return np.full(len(origins), -1, np.int32), limit
        found = self._scene.run(origins, directions, limit, output=1)
        return found["primID"].astype(np.int32, copy=False), found["tfar"]

    def blocked(
        self, origins: Float32[np.ndarray, "R 3"], directions: Float32[np.ndarray, "R 3"]
    ) -> Bool[np.ndarray, "R"]:
        """Whether anything lies on each ray."""
        if self.empty or len(origins) == 0:
            return np.zeros(len(origins), bool)
        return self._scene.run(origins, directions, query="OCCLUDED") == 0


def cast(
    static: RayScene,
    moving: RayScene,
    origins: Float32[np.ndarray, "R 3"],
    directions: Float32[np.ndarray, "R 3"],
    may_meet_moving: Bool[np.ndarray, "R"],
) -> Hits:
    """The nearest of ground, static and moving surfaces along each ray."""
    limit = _ground_distance(origins, directions)
    kind = np.where(limit < FAR_M, GROUND, NOTHING).astype(np.int32)
    face, distance = static.nearest(origins, directions, limit)
    kind[face >= 0] = STATIC
    candidates = np.flatnonzero(may_meet_moving)
    moving_face, moving_distance = moving.nearest(
        origins[candidates], directions[candidates], distance[candidates]
    )
    met = moving_face >= 0
    rows = candidates[met]
    kind[rows], face[rows], distance[rows] = MOVING, moving_face[met], moving_distance[met]
    return Hits(kind, face, distance)


@njit(cache=True)
def _ground_distance(origins: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """Distance to z = 0 along each ray; FAR_M where it is farther or never."""
    distance = np.full(len(origins), np.float32(FAR_M), np.float32)
    for ray in range(len(origins)):
        if directions[ray, 2] < -1e-6:
            distance[ray] = min(-origins[ray, 2] / directions[ray, 2], np.float32(FAR_M))
    return distance


def keep_freed_memory() -> None:
    """Tells glibc to keep freed blocks: frames ask for the same megabytes again, page faults are dear."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return
    m_trim_threshold, m_mmap_threshold = -1, -3
    mallopt(m_mmap_threshold, 1 << 30)
    mallopt(m_trim_threshold, 1 << 30)


@njit(cache=True)
def turn_and_move(vectors: np.ndarray, x: float, y: float, heading: float) -> np.ndarray:
    """Vectors (R, 3) turned by ``heading`` about z and moved to (x, y); float32."""
    cos, sin = np.cos(heading), np.sin(heading)
    turned = np.empty_like(vectors)
    for i in range(len(vectors)):
        turned[i, 0] = cos * vectors[i, 0] - sin * vectors[i, 1] + x
        turned[i, 1] = sin * vectors[i, 0] + cos * vectors[i, 1] + y
        turned[i, 2] = vectors[i, 2]
    return turned


@njit(cache=True)
def points_along(origins: np.ndarray, directions: np.ndarray, distance: np.ndarray) -> np.ndarray:
    """Where rays of these lengths end, (R, 3) float32."""
    points = np.empty_like(origins)
    for i in range(len(origins)):
        for axis in range(3):
            points[i, axis] = origins[i, axis] + distance[i] * directions[i, axis]
    return points
