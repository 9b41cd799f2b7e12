"""The sky as a picture on an octahedral map: drawn once per town, looked up per ray."""

import cv2
import numpy as np
from jaxtyping import Float32
from numba import njit

from driving.synth.render.look import TownLook
from driving.synth.render.shading.bilinear import bilinear_channel

SKY_SIZE = 768
CLOUD_HEIGHT = 0.9


def paint_sky(look: TownLook, rng: np.random.Generator) -> Float32[np.ndarray, "S S 3"]:
    """Radiance of the upper hemisphere, linear light; ``sky_at`` reads it."""
    side = (np.arange(SKY_SIZE, dtype=np.float32) + 0.5) / SKY_SIZE * 2 - 1
    a, b = np.meshgrid(side, side)
    x, y = (a + b) / 2, (a - b) / 2
    z = 1 - np.abs(x) - np.abs(y)
    length = np.sqrt(x * x + y * y + z * z)
    x, y, z = x / length, y / length, z / length
    rise = np.exp(-3.2 * z)[..., None]
    sky = look.zenith * (1 - rise) + look.horizon * rise
    to_sun = x * look.sun_direction[0] + y * look.sun_direction[1] + z * look.sun_direction[2]
    cover = _clouds(x, y, z, look.cloudiness, rng)[..., None]
    sunlit = 0.75 + 0.25 * np.clip(to_sun, 0, 1)[..., None]
    sky = sky * (1 - cover) + cover * sunlit * (0.35 * look.horizon + 0.65)
    glare = np.clip(to_sun, 0, 1) ** 220 * 6.0 + np.clip(to_sun, 0, 1) ** 24 * 0.5
    return (sky + glare[..., None] * look.sun_light / 2.2 * (1 - look.cloudiness)).astype(np.float32)


def _clouds(
    x: np.ndarray, y: np.ndarray, z: np.ndarray, cloudiness: float, rng: np.random.Generator
) -> np.ndarray:
    """Opacity of a cloud layer over a flat earth, fading into the haze at the horizon."""
    height = z + 0.10
    plane_x, plane_y = (
        (x / height * CLOUD_HEIGHT).astype(np.float32),
        (y / height * CLOUD_HEIGHT).astype(np.float32),
    )
    density = np.zeros_like(plane_x)
    for octave in range(5):
        tile = _wrapped_noise(rng)
        scale = 11.0 * 2**octave
        u, v = np.mod(plane_x * scale, 255), np.mod(plane_y * scale, 255)
        density += cv2.remap(tile, u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP) * 0.5**octave
    cover = np.clip((density - 0.55 + 1.1 * (cloudiness - 0.5)) * 1.3, 0, 1)
    return cover * np.clip(z * 7, 0, 1) * 0.9


def _wrapped_noise(rng: np.random.Generator) -> Float32[np.ndarray, "256 256"]:
    coarse = rng.standard_normal((32, 32)).astype(np.float32)
    coarse[-1], coarse[:, -1] = coarse[0], coarse[:, 0]
    return cv2.resize(coarse, (256, 256), interpolation=cv2.INTER_CUBIC)


@njit(cache=True, fastmath=True, inline="always")
def sky_at(sky: np.ndarray, x: float, y: float, z: float) -> tuple[float, float, float]:
    """Radiance from direction (x, y, z >= 0), bilinear."""
    scale = 1.0 / (abs(x) + abs(y) + max(z, 0.0) + 1e-9)
    size = sky.shape[0]
    u = ((x + y) * scale + 1) * 0.5 * size - 0.5
    v = ((x - y) * scale + 1) * 0.5 * size - 0.5
    u, v = min(max(u, 0.0), size - 1.001), min(max(v, 0.0), size - 1.001)
    column, row = int(u), int(v)
    s, t = u - column, v - row
    return (
        bilinear_channel(sky, row, column, 0, s, t),
        bilinear_channel(sky, row, column, 1, s, t),
        bilinear_channel(sky, row, column, 2, s, t),
    )
