"""Kernel: the colour of the ground at a point, from the coverage maps of ``ground``."""

from typing import NamedTuple

import numpy as np
from numba import njit

from driving.synth.render.scenery.ground import KERB, PAINT, PAVEMENT, ROAD, TEXEL_M
from driving.synth.render.shading.noise import noise_at, smooth_noise_at

MAX_TAPS = 6
TAPS_PER_STRETCH = 0.4
GRAIN_FADE_M = 0.07
GRASS_COLOUR, PAVEMENT_COLOUR, KERB_COLOUR, ROAD_COLOUR, WHITE_COLOUR, YELLOW_COLOUR = range(6)


class GroundTexture(NamedTuple):
    """What the kernel needs of the ground; ``colours`` (6, 3): linear light, ordered as above."""

    texels: np.ndarray
    """(all texels, 4): the mip levels of ``ground.GroundMap``, one after the other, row by row."""
    layout: np.ndarray
    """(levels, 3): number of the first texel, rows, columns."""
    x0: float
    y0: float
    colours: np.ndarray
    noise: np.ndarray


@njit(cache=True, fastmath=True, inline="always")
def ground_colour(
    ground: GroundTexture,
    x: float,
    y: float,
    dx: float,
    dy: float,
    dz: float,
    distance: float,
    pixel_rad: float,
) -> tuple[float, float, float]:
    """Albedo at (x, y) seen along (dx, dy, dz < 0) from ``distance``, averaged over the pixel's footprint.

    The footprint is long and narrow at grazing angles; several taps along it keep distant lane marks sharp.
    """
    across = distance * pixel_rad
    along = across / max(-dz, 0.02)
    taps = min(MAX_TAPS, max(1, int(along / across * TAPS_PER_STRETCH)))
    level, texel = 0, TEXEL_M
    width = max(across, along / taps)
    while texel < 0.75 * width and level < len(ground.layout) - 1:
        level, texel = level + 1, 2 * texel
    step = along / taps / max(np.sqrt(dx * dx + dy * dy), 1e-6) / texel
    u, v = (x - ground.x0) / texel - 0.5, (y - ground.y0) / texel - 0.5
    road, pavement, kerb, paint = 0.0, 0.0, 0.0, 0.0
    for tap in range(taps):
        way = (tap + 0.5 - 0.5 * taps) * step
        a, b, c, d = _fetch(ground.texels, ground.layout, level, u + way * dx, v + way * dy)
        road, pavement, kerb, paint = road + a, pavement + b, kerb + c, paint + d
    unit = 1.0 / (255.0 * taps)
    road, pavement, kerb, paint = road * unit, pavement * unit, kerb * unit, paint * unit
    paint = paint * 2.0 - 1.004
    white, yellow = max(paint, 0.0), max(-paint, 0.0)
    if level == 0 and along < TEXEL_M:
        gain = min(TEXEL_M / along, 6.0)
        road, pavement, kerb = _crisp(road, gain), _crisp(pavement, gain), _crisp(kerb, gain)
        white, yellow = _crisp(white, gain), _crisp(yellow, gain)
    return _blend(ground, x, y, across, road, pavement, kerb, white, yellow)


@njit(cache=True, fastmath=True)
def _crisp(coverage: float, gain: float) -> float:
    """Coverage between texels, steepened about one half so that a magnified edge stays an edge."""
    return min(max((coverage - 0.5) * gain + 0.5, 0.0), 1.0)


@njit(cache=True, fastmath=True, inline="always")
def _fetch(
    texels: np.ndarray, layout: np.ndarray, level: int, u: float, v: float
) -> tuple[float, float, float, float]:
    """The four channels 0..255 at (u, v) [texels], bilinear; outside the map there is grass."""
    first, rows, columns = layout[level, 0], layout[level, 1], layout[level, 2]
    column, row = int(np.floor(u)), int(np.floor(v))
    if column < 0 or row < 0 or column >= columns - 1 or row >= rows - 1:
        return 0.0, 0.0, 0.0, 128.0
    s, t = u - column, v - row
    at = first + row * columns + column
    return (
        _mix(texels, at, columns, ROAD, s, t),
        _mix(texels, at, columns, PAVEMENT, s, t),
        _mix(texels, at, columns, KERB, s, t),
        _mix(texels, at, columns, PAINT, s, t),
    )


@njit(cache=True, fastmath=True, inline="always")
def _mix(texels: np.ndarray, at: int, columns: int, channel: int, s: float, t: float) -> float:
    """One channel between texel ``at``, its right neighbour and the two above."""
    low = texels[at, channel] * (1 - s) + texels[at + 1, channel] * s
    high = texels[at + columns, channel] * (1 - s) + texels[at + columns + 1, channel] * s
    return low * (1 - t) + high * t


@njit(cache=True, fastmath=True, inline="always")
def _blend(
    ground: GroundTexture, x: float, y: float, across: float,
    road: float, pavement: float, kerb: float, white: float, yellow: float,
) -> tuple[float, float, float]:  # fmt: skip
    """Grass, over it pavement, kerb, road, paint; each a little uneven."""
    colours = ground.colours
    patches = 0.5 * smooth_noise_at(ground.noise, x * 3.1 + 0.7 * y, y * 3.1)
    patches += smooth_noise_at(ground.noise, x * 0.41, y * 0.41 + 0.2 * x)
    grain = 0.0
    if across < GRAIN_FADE_M:
        grain = noise_at(ground.noise, x * 31.0, y * 31.0) * (1.0 - across / GRAIN_FADE_M)
    light = 1.0 + 0.07 * patches + 0.13 * grain
    turf = 1.0 + 0.14 * patches + 0.30 * grain
    rough = 1.0 + 0.5 * (light - 1.0)
    r, g, b = _cover(colours, GRASS_COLOUR, 1.0, turf, 0.0, 0.0, 0.0)
    if pavement + kerb + road > 0.0:
        r, g, b = _cover(colours, PAVEMENT_COLOUR, pavement, light, r, g, b)
        r, g, b = _cover(colours, KERB_COLOUR, kerb, rough, r, g, b)
        r, g, b = _cover(colours, ROAD_COLOUR, road, light, r, g, b)
        r, g, b = _cover(colours, WHITE_COLOUR, white * road, rough, r, g, b)
        r, g, b = _cover(colours, YELLOW_COLOUR, yellow * road, rough, r, g, b)
    return r, g, b


@njit(cache=True, fastmath=True)
def _cover(
    colours: np.ndarray, layer: int, share: float, shade: float, r: float, g: float, b: float
) -> tuple[float, float, float]:
    """Lays ``share`` of a colour over (r, g, b)."""
    return (
        r + share * (colours[layer, 0] * shade - r),
        g + share * (colours[layer, 1] * shade - g),
        b + share * (colours[layer, 2] * shade - b),
    )
