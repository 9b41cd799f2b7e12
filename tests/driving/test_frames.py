"""Rigid motions: there and back, against the matrix, for arrays and tensors alike."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from driving.frames import (
    box_corners,
    local_to_map,
    map_to_local,
    points_to_local,
    points_to_map,
    wrap_angle,
)

COORDINATE = st.floats(-500.0, 500.0)
HEADING = st.floats(-10.0, 10.0)
POSE = st.tuples(COORDINATE, COORDINATE, HEADING).map(np.array)


def slow_matrix(pose: np.ndarray) -> np.ndarray:
    c, s = np.cos(pose[2]), np.sin(pose[2])
    return np.array([[c, -s, pose[0]], [s, c, pose[1]], [0, 0, 1]])


@given(POSE, POSE)
def test_local_to_map_is_the_product_of_matrices(pose: np.ndarray, origin: np.ndarray) -> None:
    moved = local_to_map(pose, origin)
    expected = slow_matrix(origin) @ slow_matrix(pose)
    np.testing.assert_allclose(slow_matrix(moved), expected, atol=1e-9)


@given(POSE, POSE)
def test_there_and_back(pose: np.ndarray, origin: np.ndarray) -> None:
    back = map_to_local(local_to_map(pose, origin), origin)
    np.testing.assert_allclose(back[:2], pose[:2], atol=1e-9)
    assert abs(wrap_angle(back[2] - pose[2])) < 1e-9
    point = points_to_map(points_to_local(pose[:2], origin), origin)
    np.testing.assert_allclose(point, pose[:2], atol=1e-9)


@given(POSE, POSE)
def test_tensors_give_what_arrays_give(pose: np.ndarray, origin: np.ndarray) -> None:
    tensor = local_to_map(torch.from_numpy(pose), torch.from_numpy(origin))
    np.testing.assert_allclose(tensor.numpy(), local_to_map(pose, origin), atol=1e-12)


@given(st.floats(-100.0, 100.0))
def test_a_wrapped_angle_is_the_same_direction(angle: float) -> None:
    wrapped = wrap_angle(np.array(angle))
    assert -np.pi <= wrapped < np.pi
    expected = [np.cos(angle), np.sin(angle)]
    np.testing.assert_allclose([np.cos(wrapped), np.sin(wrapped)], expected, atol=1e-12)


def test_corners_start_at_the_front_left_and_go_counter_clockwise() -> None:
    corners = box_corners(np.array([1.0, 2.0]), np.array(np.pi / 2), np.array(4.0), np.array(2.0))
    np.testing.assert_allclose(corners, [[0, 4], [0, 0], [2, 0], [2, 4]], atol=1e-12)
