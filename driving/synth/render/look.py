"""What gives a town its face: sun and weather, by seed; the colours of houses, cars and people."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from driving.synth.render.mesh import Colour, to_linear

CAR_PAINTS: tuple[Colour, ...] = (
    (0.92, 0.92, 0.93), (0.90, 0.90, 0.88), (0.10, 0.10, 0.11), (0.38, 0.40, 0.42),
    (0.62, 0.64, 0.66), (0.60, 0.08, 0.08), (0.10, 0.20, 0.48), (0.14, 0.32, 0.24),
    (0.72, 0.65, 0.53), (0.80, 0.50, 0.12), (0.30, 0.45, 0.62), (0.28, 0.10, 0.16),
)  # fmt: skip
CLOTHES: tuple[Colour, ...] = (
    (0.75, 0.20, 0.18), (0.20, 0.35, 0.65), (0.85, 0.82, 0.76), (0.20, 0.22, 0.26),
    (0.25, 0.50, 0.35), (0.85, 0.65, 0.20), (0.55, 0.35, 0.60), (0.50, 0.52, 0.55),
)  # fmt: skip
TROUSERS: tuple[Colour, ...] = (
    (0.16, 0.19, 0.30),
    (0.12, 0.12, 0.13),
    (0.42, 0.36, 0.28),
    (0.32, 0.34, 0.37),
)
SKINS: tuple[Colour, ...] = ((0.90, 0.74, 0.62), (0.78, 0.58, 0.44), (0.56, 0.38, 0.27), (0.38, 0.25, 0.18))
HAIRS: tuple[Colour, ...] = ((0.12, 0.09, 0.07), (0.30, 0.20, 0.12), (0.55, 0.42, 0.25), (0.45, 0.45, 0.46))
HELMETS: tuple[Colour, ...] = ((0.90, 0.90, 0.90), (0.75, 0.12, 0.10), (0.10, 0.10, 0.12), (0.15, 0.30, 0.65))
HOUSES: tuple[Colour, ...] = (
    (0.72, 0.56, 0.46), (0.80, 0.77, 0.70), (0.62, 0.40, 0.34), (0.64, 0.66, 0.69),
    (0.84, 0.78, 0.62), (0.50, 0.50, 0.53), (0.76, 0.66, 0.58), (0.58, 0.62, 0.56),
)  # fmt: skip


@dataclass(frozen=True)
class Weather:
    """Strength and colours of light for one kind of day; colours are linear light."""

    sun: tuple[float, float, float]
    ambient: tuple[float, float, float]
    zenith: Colour
    horizon: Colour
    cloudiness: float


WEATHERS = (
    Weather((2.15, 2.00, 1.75), (0.62, 0.70, 0.84), (0.22, 0.44, 0.80), (0.74, 0.84, 0.94), 0.35),
    Weather((2.05, 1.98, 1.85), (0.72, 0.76, 0.84), (0.34, 0.52, 0.80), (0.80, 0.86, 0.92), 0.60),
    Weather((2.20, 1.75, 1.25), (0.62, 0.64, 0.74), (0.26, 0.46, 0.74), (0.92, 0.82, 0.68), 0.40),
    Weather((0.55, 0.55, 0.56), (1.15, 1.18, 1.24), (0.66, 0.70, 0.76), (0.84, 0.86, 0.88), 0.95),
)
"""Clear, hazy, low evening sun, overcast."""


@dataclass(frozen=True)
class TownLook:
    """The choices of one town. Linear light, except the house colours (sRGB, for MeshBuilder)."""

    sun_direction: Float32[np.ndarray, "3"]
    """From the ground to the sun, unit length."""
    sun_light: Float32[np.ndarray, "3"]
    ambient_light: Float32[np.ndarray, "3"]
    zenith: Float32[np.ndarray, "3"]
    horizon: Float32[np.ndarray, "3"]
    cloudiness: float
    houses: tuple[Colour, ...]
    grass: Float32[np.ndarray, "3"]
    pavement: Float32[np.ndarray, "3"]
    asphalt: Float32[np.ndarray, "3"]
    foliage: Colour


def draw_look(seed: int) -> TownLook:
    """The look of the town with this seed."""
    rng = np.random.default_rng([seed, 11])
    weather = WEATHERS[rng.choice(len(WEATHERS), p=[0.40, 0.25, 0.15, 0.20])]
    elevation = np.radians(rng.uniform(24, 34) if weather is WEATHERS[2] else rng.uniform(36, 62))
    azimuth = rng.uniform(0, 2 * np.pi)
    sun = np.array(
        [np.cos(elevation) * np.cos(azimuth), np.cos(elevation) * np.sin(azimuth), np.sin(elevation)]
    )
    grey = rng.uniform(0.30, 0.40)
    dry = rng.uniform(0.0, 0.09)
    picked = rng.choice(len(HOUSES), size=5, replace=False)
    return TownLook(
        sun_direction=sun.astype(np.float32),
        sun_light=np.array(weather.sun, np.float32),
        ambient_light=np.array(weather.ambient, np.float32),
        zenith=to_linear(weather.zenith),
        horizon=to_linear(weather.horizon),
        cloudiness=weather.cloudiness,
        houses=tuple(HOUSES[i] for i in picked),
        grass=to_linear((0.38 + dry, 0.46 + dry / 2, 0.26)),
        pavement=to_linear((0.63, 0.61 - dry / 4, 0.58 - dry / 3)),
        asphalt=to_linear((grey, grey, grey + 0.015)),
        foliage=(0.24 + dry, 0.38 + dry / 2, 0.16),
    )
