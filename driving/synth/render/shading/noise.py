"""Seedless noise for kernels: an integer hash, and a tile of smooth noise to look up."""

import cv2
import numpy as np
from jaxtyping import Float32
from numba import njit

TILE = 256


@njit(cache=True)
def hash01(a: int, b: int) -> float:
    """A number in [0, 1) that looks random, from two integers."""
    n = (np.uint32(a) * np.uint32(374761393) + np.uint32(b) * np.uint32(668265263)) & np.uint32(0xFFFFFFFF)
    n = ((n ^ (n >> np.uint32(13))) * np.uint32(1274126177)) & np.uint32(0xFFFFFFFF)
    return float((n ^ (n >> np.uint32(16))) & np.uint32(0xFFFF)) / 65536.0


def noise_tile(rng: np.random.Generator) -> Float32[np.ndarray, "256 256"]:
    """White noise and two smoother octaves, wrapping at its edges, about -1..1."""
    total = np.zeros((TILE, TILE), np.float32)
    for cells, weight in ((TILE, 0.45), (64, 0.35), (16, 0.35)):
        layer = rng.standard_normal((cells, cells)).astype(np.float32)
        wrapped = np.pad(layer, 1, mode="wrap")
        scale = TILE // cells
        large = cv2.resize(wrapped, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
        total += weight * large[scale : scale + TILE, scale : scale + TILE]
    return total


@njit(cache=True, fastmath=True, inline="always")
def noise_at(tile: np.ndarray, x: float, y: float) -> float:
    """The tile's value nearest to (x, y) [texels], repeated for ever."""
    return tile[int(np.floor(y)) & (TILE - 1), int(np.floor(x)) & (TILE - 1)]


@njit(cache=True, fastmath=True, inline="always")
def smooth_noise_at(tile: np.ndarray, x: float, y: float) -> float:
    """The tile's value at (x, y) [texels], bilinear, repeated for ever."""
    column, row = int(np.floor(x)), int(np.floor(y))
    s, t = x - column, y - row
    i, j = column & (TILE - 1), row & (TILE - 1)
    k, m = (column + 1) & (TILE - 1), (row + 1) & (TILE - 1)
    return (tile[j, i] * (1 - s) + tile[j, k] * s) * (1 - t) + (tile[m, i] * (1 - s) + tile[m, k] * s) * t
