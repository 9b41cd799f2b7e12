"""Kernel: reading a table between its entries."""

import numpy as np
from numba import njit


@njit(cache=True, fastmath=True, inline="always")
def bilinear(table: np.ndarray, row: int, column: int, s: float, t: float) -> float:
    """The value ``s`` of the way from ``column`` to the next and ``t`` of the way from ``row``."""
    top = table[row, column] * (1 - s) + table[row, column + 1] * s
    bottom = table[row + 1, column] * (1 - s) + table[row + 1, column + 1] * s
    return top * (1 - t) + bottom * t


@njit(cache=True, fastmath=True, inline="always")
def bilinear_channel(table: np.ndarray, row: int, column: int, channel: int, s: float, t: float) -> float:
    """The same for one channel of a table (rows, columns, channels)."""
    top = table[row, column, channel] * (1 - s) + table[row, column + 1, channel] * s
    bottom = table[row + 1, column, channel] * (1 - s) + table[row + 1, column + 1, channel] * s
    return top * (1 - t) + bottom * t
