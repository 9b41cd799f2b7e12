"""A spinning LiDAR over the roof, cast in the scenes the cameras see, and its sweep as a PCD file.

Frame: ego, as recorded logs have it (see ``rig``); the rays start at ``LIDAR_MOUNT``.
"""

import numpy as np
from jaxtyping import Float32

from driving.synth.render.ray_scene import NOTHING, RayScene, cast, turn_and_move
from driving.synth.render.rig import LIDAR_MOUNT

RINGS = 32
LOWEST_DEG, HIGHEST_DEG = -25.0, 15.0
RAYS_PER_TURN = 1440
REACH_M = 100.0
PCD_FIELDS = ("x", "y", "z", "intensity", "ring", "lidar_info")


def sweep(static: RayScene, moving: RayScene, ego: tuple[float, float, float]) -> Float32[np.ndarray, "N 6"]:
    """One turn: x, y, z [m, ego frame], intensity, ring (0: lowest), lidar_info (0) of the returns."""
    elevation, azimuth = np.meshgrid(
        np.radians(np.linspace(LOWEST_DEG, HIGHEST_DEG, RINGS)),
        np.arange(RAYS_PER_TURN) * 2 * np.pi / RAYS_PER_TURN,
        indexing="ij",
    )
    level = np.cos(elevation)
    rays = np.stack([level * np.cos(azimuth), level * np.sin(azimuth), np.sin(elevation)], -1)
    rays = rays.reshape(-1, 3).astype(np.float32)
    origins = turn_and_move(np.tile(np.array(LIDAR_MOUNT, np.float32), (len(rays), 1)), *ego)
    directions = turn_and_move(rays, 0.0, 0.0, ego[2])
    hits = cast(static, moving, origins, directions, np.ones(len(rays), bool))
    met = (hits.kind != NOTHING) & (hits.distance < REACH_M)
    points = rays[met] * hits.distance[met, None] + np.array(LIDAR_MOUNT, np.float32)
    intensity = 255.0 * np.exp(-hits.distance[met] / 60.0)
    ring = np.repeat(np.arange(RINGS), RAYS_PER_TURN)[met]
    return np.column_stack([points, intensity, ring, np.zeros(len(points))]).astype(np.float32)


def as_pcd(points: Float32[np.ndarray, "N 6"]) -> bytes:
    """A PCD v0.7 file, binary, as the NAVSIM devkit reads it."""
    count = len(PCD_FIELDS)
    header = (
        "# .PCD v0.7 - Point Cloud Data file format",
        "VERSION 0.7",
        f"FIELDS {' '.join(PCD_FIELDS)}",
        f"SIZE{' 4' * count}",
        f"TYPE{' F' * count}",
        f"COUNT{' 1' * count}",
        f"WIDTH {len(points)}",
        "HEIGHT 1",
        "VIEWPOINT 0 0 0 1 0 0 0",
        f"POINTS {len(points)}",
        "DATA binary",
    )
    return ("\n".join(header) + "\n").encode() + points.astype("<f4").tobytes()
