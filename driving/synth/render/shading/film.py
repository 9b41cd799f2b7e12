"""Kernels from hits to pictures: shade every ray, find edges, add glow, develop to bytes."""

import numpy as np
from jaxtyping import Bool, Float32, UInt8
from numba import njit

from driving.synth.render.ray_scene import GROUND, NOTHING, STATIC
from driving.synth.render.shading.ground_shading import GroundTexture, ground_colour
from driving.synth.render.shading.noise import hash01
from driving.synth.render.shading.sky import sky_at
from driving.synth.render.shading.sunlight import ActorShade, contact_at
from driving.synth.render.shading.surface_shading import Light, Surfaces, surface_light

HAZE_M = 1300.0
CONTACT_DARKNESS = 0.75
EXPOSURE = 1.25
GRAIN = 2.0
"""Sensor noise [grey levels], peak."""
CREASE_COS = 0.9
CURVE_STEPS, CURVE_END = 4096, 6.0


@njit(cache=True, fastmath=True)
def shade_hits(
    kind: np.ndarray, face: np.ndarray, points: np.ndarray, directions: np.ndarray, distance: np.ndarray,
    lit: np.ndarray, static: Surfaces, moving: Surfaces, ground: GroundTexture, light: Light,
    actor_shade: ActorShade, pixel_rad: float,
) -> np.ndarray:  # fmt: skip
    """Radiance (R, 3), linear light, seen along every ray."""
    radiance = np.empty((len(kind), 3), np.float32)
    for i in range(len(kind)):
        x, y, z = points[i, 0], points[i, 1], points[i, 2]
        dx, dy, dz, far = directions[i, 0], directions[i, 1], directions[i, 2], distance[i]
        if kind[i] == NOTHING:
            r, g, b = sky_at(light.sky, dx, dy, max(dz, 0.0))
            radiance[i, 0], radiance[i, 1], radiance[i, 2] = r, g, b
            continue
        if kind[i] == GROUND:
            r, g, b = ground_colour(ground, x, y, dx, dy, dz, far, pixel_rad)
            open_sky = 1.0 - CONTACT_DARKNESS * contact_at(actor_shade, x, y)
            sun = light.sun_direction[2] * lit[i]
            r *= light.sun[0] * sun + light.ambient[0] * open_sky
            g *= light.sun[1] * sun + light.ambient[1] * open_sky
            b *= light.sun[2] * sun + light.ambient[2] * open_sky
        elif kind[i] == STATIC:
            r, g, b = surface_light(
                static, face[i], light, ground.noise, x, y, z, dx, dy, dz, far * pixel_rad, lit[i]
            )
        else:
            r, g, b = surface_light(
                moving, face[i], light, ground.noise, x, y, z, dx, dy, dz, far * pixel_rad, lit[i]
            )
        haze = 1.0 - np.exp(-far / HAZE_M)
        radiance[i, 0] = r + haze * (light.haze[0] - r)
        radiance[i, 1] = g + haze * (light.haze[1] - g)
        radiance[i, 2] = b + haze * (light.haze[2] - b)
    return radiance


@njit(cache=True)
def find_edges(
    kind: np.ndarray,
    face: np.ndarray,
    static: Surfaces,
    moving: Surfaces,
    cameras: int,
    height: int,
    width: int,
) -> Bool[np.ndarray, "R"]:
    """Pixels next to one that shows another thing. Within the ground none: it smooths itself."""
    edge = np.zeros(len(kind), np.bool_)
    for camera in range(cameras):
        for row in range(height):
            for column in range(width):
                i = (camera * height + row) * width + column
                if column + 1 < width and _differ(kind, face, static, moving, i, i + 1):
                    edge[i] = edge[i + 1] = True
                if row + 1 < height and _differ(kind, face, static, moving, i, i + width):
                    edge[i] = edge[i + width] = True
    return edge


@njit(cache=True, inline="always")
def _differ(kind: np.ndarray, face: np.ndarray, static: Surfaces, moving: Surfaces, i: int, j: int) -> bool:
    if kind[i] != kind[j]:
        return True
    if kind[i] <= GROUND or face[i] == face[j]:
        return False
    if kind[i] == STATIC:
        return _creased(static.part, static.normal, face[i], face[j])
    return _creased(moving.part, moving.normal, face[i], face[j])


@njit(cache=True, inline="always")
def _creased(part: np.ndarray, normal: np.ndarray, a: int, b: int) -> bool:
    """Whether faces a and b belong to different parts or meet at an angle."""
    dot = normal[a, 0] * normal[b, 0] + normal[a, 1] * normal[b, 1] + normal[a, 2] * normal[b, 2]
    return part[a] != part[b] or abs(dot) < CREASE_COS


@njit(cache=True, fastmath=True)
def add_glow(
    picture: Float32[np.ndarray, "H W 3"],
    u: float,
    v: float,
    sigma_px: float,
    colour: Float32[np.ndarray, "3"],
) -> None:
    """Adds a soft spot of light around pixel (u, v), in place."""
    reach = int(3 * sigma_px) + 1
    height, width = picture.shape[0], picture.shape[1]
    for row in range(max(0, int(v) - reach), min(height, int(v) + reach + 1)):
        for column in range(max(0, int(u) - reach), min(width, int(u) + reach + 1)):
            squared = (column + 0.5 - u) ** 2 + (row + 0.5 - v) ** 2
            weight = np.exp(-0.5 * squared / sigma_px**2)
            for channel in range(3):
                picture[row, column, channel] += weight * colour[channel]


def tone_curve() -> Float32[np.ndarray, "4096"]:
    """Linear light 0..CURVE_END -> grey level 0..255: a soft shoulder, then sRGB."""
    light = np.linspace(0, CURVE_END, CURVE_STEPS)
    return (255 * (1 - np.exp(-EXPOSURE * light)) ** (1 / 2.2)).astype(np.float32)


@njit(cache=True, fastmath=True)
def develop(
    pictures: Float32[np.ndarray, "N H W 3"], curve: np.ndarray, seed: int
) -> UInt8[np.ndarray, "N H W 3"]:
    """Bytes of linear light, with the grain of a sensor drawn from ``seed``."""
    cameras, height, width, _ = pictures.shape
    developed = np.empty((cameras, height, width, 3), np.uint8)
    step = (CURVE_STEPS - 1) / CURVE_END
    for camera in range(cameras):
        for row in range(height):
            for column in range(width):
                grain = GRAIN * (2 * hash01(seed + camera * 7919 + row, column) - 1)
                for channel in range(3):
                    light = min(max(pictures[camera, row, column, channel], 0.0), CURVE_END)
                    level = curve[int(light * step)] + grain
                    developed[camera, row, column, channel] = int(min(max(level, 0.0), 255.0) + 0.5)
    return developed
