"""Planar rigid motions (SE(2)) between the ego frame and the map frame.

A pose is (x, y, heading): metres and radians. The functions take numpy arrays and torch tensors alike
and keep the dtype.
"""

from typing import Any, TypeVar

import numpy as np
import torch

ArrayT = TypeVar("ArrayT", np.ndarray, torch.Tensor)
AngleT = TypeVar("AngleT", np.ndarray, np.floating, torch.Tensor)


def wrap_angle(angle_rad: AngleT) -> AngleT:
    """The same angle in [-pi, pi)."""
    wrapped: Any = (angle_rad + np.pi) % (2 * np.pi) - np.pi
    return wrapped


def local_to_map(poses: ArrayT, origin_in_map: ArrayT) -> ArrayT:
    """Poses (..., 3) given relative to ``origin_in_map`` (..., 3), expressed in the map frame."""
    cos, sin = _cos_sin(origin_in_map[..., 2])
    x = origin_in_map[..., 0] + cos * poses[..., 0] - sin * poses[..., 1]
    y = origin_in_map[..., 1] + sin * poses[..., 0] + cos * poses[..., 1]
    return _stack(x, y, wrap_angle(origin_in_map[..., 2] + poses[..., 2]))


def map_to_local(poses: ArrayT, origin_in_map: ArrayT) -> ArrayT:
    """Poses (..., 3) of the map frame, expressed relative to ``origin_in_map`` (..., 3)."""
    cos, sin = _cos_sin(origin_in_map[..., 2])
    dx, dy = poses[..., 0] - origin_in_map[..., 0], poses[..., 1] - origin_in_map[..., 1]
    heading = wrap_angle(poses[..., 2] - origin_in_map[..., 2])
    return _stack(cos * dx + sin * dy, -sin * dx + cos * dy, heading)


def points_to_local(points_in_map: ArrayT, origin_in_map: ArrayT) -> ArrayT:
    """Points (..., 2) of the map frame, expressed relative to one pose ``origin_in_map`` (3,)."""
    cos, sin = _cos_sin(origin_in_map[..., 2])
    dx, dy = points_in_map[..., 0] - origin_in_map[..., 0], points_in_map[..., 1] - origin_in_map[..., 1]
    return _stack(cos * dx + sin * dy, -sin * dx + cos * dy)


def points_to_map(points: ArrayT, origin_in_map: ArrayT) -> ArrayT:
    """Points (..., 2) given relative to one pose ``origin_in_map`` (3,), expressed in the map frame."""
    cos, sin = _cos_sin(origin_in_map[..., 2])
    x = origin_in_map[..., 0] + cos * points[..., 0] - sin * points[..., 1]
    y = origin_in_map[..., 1] + sin * points[..., 0] + cos * points[..., 1]
    return _stack(x, y)


def box_corners(centre_xy: ArrayT, heading_rad: ArrayT, length_m: ArrayT, width_m: ArrayT) -> ArrayT:
    """Corners (..., 4, 2) of boxes: front left, rear left, rear right, front right."""
    cos, sin = _cos_sin(heading_rad)
    along = [length_m / 2, -length_m / 2, -length_m / 2, length_m / 2]
    across = [width_m / 2, width_m / 2, -width_m / 2, -width_m / 2]
    x = _stack(*(centre_xy[..., 0] + cos * a - sin * b for a, b in zip(along, across, strict=True)))
    y = _stack(*(centre_xy[..., 1] + sin * a + cos * b for a, b in zip(along, across, strict=True)))
    return _stack(x, y)


def _cos_sin(angle: Any) -> tuple[Any, Any]:
    if isinstance(angle, torch.Tensor):
        return torch.cos(angle), torch.sin(angle)
    return np.cos(angle), np.sin(angle)


def _stack(*parts: Any) -> Any:
    if isinstance(parts[0], torch.Tensor):
        return torch.stack(torch.broadcast_tensors(*parts), dim=-1)
    return np.stack(np.broadcast_arrays(*parts), axis=-1)
