"""Kernel: light that leaves a point of a surface, material by material."""

from typing import NamedTuple

import numpy as np
from numba import njit

from driving.synth.render.mesh import Material
from driving.synth.render.shading.facade import ledge_share, window_share
from driving.synth.render.shading.noise import smooth_noise_at
from driving.synth.render.shading.sky import sky_at

FACADE, PAINT, GLASS = int(Material.FACADE), int(Material.PAINT), int(Material.GLASS)
FOLIAGE, LAMP, LENS = int(Material.FOLIAGE), int(Material.LAMP), int(Material.LENS)
BOUNCE = 0.45
"""Ambient light from below, as a share of that from above."""


class Light(NamedTuple):
    """Sun and sky, linear light; ``sun_direction`` points to the sun."""

    sun_direction: np.ndarray
    sun: np.ndarray
    ambient: np.ndarray
    haze: np.ndarray
    sky: np.ndarray


class Surfaces(NamedTuple):
    """Per-triangle arrays of one mesh, as ``mesh.Mesh`` defines them."""

    normal: np.ndarray
    colour: np.ndarray
    material: np.ndarray
    glow: np.ndarray
    style: np.ndarray
    part: np.ndarray


@njit(cache=True, fastmath=True, inline="always")
def surface_light(
    surfaces: Surfaces, face: int, light: Light, noise: np.ndarray,
    x: float, y: float, z: float, dx: float, dy: float, dz: float, footprint_m: float, lit: float,
) -> tuple[float, float, float]:  # fmt: skip
    """Light from point (x, y, z) of ``face`` against the ray (dx, dy, dz); ``lit``: its share of sun."""
    nx, ny, nz = facing_normal(surfaces.normal, face, dx, dy, dz)
    r, g, b = surfaces.colour[face, 0], surfaces.colour[face, 1], surfaces.colour[face, 2]
    material, glow = surfaces.material[face], surfaces.glow[face]
    if material == LENS:
        return r * glow, g * glow, b * glow
    mirror = 0.0
    toward_sun = nx * light.sun_direction[0] + ny * light.sun_direction[1] + nz * light.sun_direction[2]
    if material == FACADE:
        r, g, b, mirror = _facade_colour(
            surfaces.style[face], noise, r, g, b, ny * -x + nx * y, z, footprint_m
        )
    elif material == FOLIAGE:
        leaf = 1.0 + 0.55 * smooth_noise_at(noise, (x + 0.6 * z) * 5.0, (y - 0.8 * z) * 5.0)
        r, g, b = r * leaf, g * leaf, b * leaf
        toward_sun = (toward_sun + 0.4) / 1.4
    elif material == PAINT:
        mirror = 0.06
    elif material == GLASS:
        mirror = 0.22
    sun = max(toward_sun, 0.0) * lit
    ambient = BOUNCE + (1 - BOUNCE) * (0.5 + 0.5 * nz)
    r *= light.sun[0] * sun + light.ambient[0] * ambient + glow
    g *= light.sun[1] * sun + light.ambient[1] * ambient + glow
    b *= light.sun[2] * sun + light.ambient[2] * ambient + glow
    if mirror > 0.0:
        r, g, b = _add_reflection(light, mirror, material == PAINT, r, g, b, dx, dy, dz, nx, ny, nz, lit)
    return r, g, b


@njit(cache=True, fastmath=True, inline="always")
def facing_normal(
    normals: np.ndarray, face: int, dx: float, dy: float, dz: float
) -> tuple[float, float, float]:
    """The normal of ``face`` on the side the ray comes from."""
    nx, ny, nz = normals[face, 0], normals[face, 1], normals[face, 2]
    if nx * dx + ny * dy + nz * dz > 0.0:
        return -nx, -ny, -nz
    return nx, ny, nz


@njit(cache=True, fastmath=True, inline="always")
def _facade_colour(
    style: int, noise: np.ndarray, r: float, g: float, b: float, along: float, z: float, footprint_m: float
) -> tuple[float, float, float, float]:
    """Wall, ledges and windows mixed; the last number is how much of a mirror the mix is."""
    share, inside = window_share(style, along, z, footprint_m)
    wall = (
        1.0
        + 0.06 * smooth_noise_at(noise, along * 2.0 + style % 97, z * 2.0)
        - 0.35 * ledge_share(z, footprint_m)
    )
    dark = 0.015 + 0.10 * inside * inside
    r = r * wall * (1 - share) + dark * share
    g = g * wall * (1 - share) + dark * share
    b = b * wall * (1 - share) + 1.1 * dark * share
    return r, g, b, 0.25 * share


@njit(cache=True, fastmath=True, inline="always")
def _add_reflection(
    light: Light, mirror: float, highlight: bool, r: float, g: float, b: float,
    dx: float, dy: float, dz: float, nx: float, ny: float, nz: float, lit: float,
) -> tuple[float, float, float]:  # fmt: skip
    """Mixes in the mirrored sky (Schlick's rise to grazing rays) and a soft sun on paint."""
    facing = dx * nx + dy * ny + dz * nz
    mx, my, mz = dx - 2 * facing * nx, dy - 2 * facing * ny, dz - 2 * facing * nz
    share = mirror + (1 - mirror) * 0.6 * (1 + facing) ** 5
    if mz > 0.0:
        sr, sg, sb = sky_at(light.sky, mx, my, mz)
    else:
        sr, sg, sb = 0.18 * light.ambient[0], 0.18 * light.ambient[1], 0.18 * light.ambient[2]
    r, g, b = r + share * (sr - r), g + share * (sg - g), b + share * (sb - b)
    if highlight and lit > 0.0:
        glint = mx * light.sun_direction[0] + my * light.sun_direction[1] + mz * light.sun_direction[2]
        if glint > 0.9:
            strength = 0.5 * lit * ((glint - 0.9) * 10.0) ** 6
            r, g, b = (r + strength * light.sun[0], g + strength * light.sun[1], b + strength * light.sun[2])
    return r, g, b
