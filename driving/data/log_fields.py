"""Take a field out of a raw log frame, checked. ``where`` (path and frame) opens every error."""

from typing import Any

import numpy as np
from jaxtyping import Float64

from driving.errors import DataError


def require(raw: Any, key: str, where: str) -> Any:
    """``raw[key]``. Raises DataError where ``raw`` is no dict or lacks the key."""
    if not isinstance(raw, dict):
        raise DataError(f"{where}: not a dict but a {type(raw).__name__} where {key} should be")
    if key not in raw:
        raise DataError(f"{where}: {key} is missing")
    return raw[key]


def require_list(raw: Any, key: str, where: str) -> list[Any]:
    """``raw[key]`` as a list. Raises DataError where it is missing or no sequence."""
    value = require(raw, key, where)
    if not isinstance(value, list | tuple | np.ndarray):
        raise DataError(f"{where}: {key} is a {type(value).__name__}, not a list")
    return list(value)


def require_array(raw: Any, key: str, shape: tuple[int, ...], where: str) -> Float64[np.ndarray, "..."]:
    """``raw[key]`` as a finite float64 array of ``shape``; -1 stands for any length.

    Raises DataError with the shape, or the first NaN or infinite value, that was found instead.
    """
    try:
        array = np.asarray(require(raw, key, where), dtype=np.float64)
    except (TypeError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{where}: {key} does not hold numbers only") from None
    fits = array.ndim == len(shape) and all(
        size in (-1, found) for size, found in zip(shape, array.shape, strict=True)
    )
    if not fits:
        raise DataError(f"{where}: {key} has shape {array.shape}, not {shape}")
    finite = np.isfinite(array)
    if not finite.all():
        raise DataError(f"{where}: {key} holds {array[~finite].flat[0]}")
    return array
