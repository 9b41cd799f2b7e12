"""What a BEV grid covers."""

import numpy as np
import pytest
import torch

from driving.bev_area import BevArea


def test_corners_are_one() -> None:
    area = BevArea(extent_m=10.0, ahead_m=4.0)
    corners = np.array([[14.0, 10.0], [-6.0, -10.0], [4.0, 0.0]])
    assert area.to_unit(corners).tolist() == [[1.0, 1.0], [-1.0, -1.0], [0.0, 0.0]]


@pytest.mark.parametrize("kind", [np.asarray, torch.as_tensor])
def test_there_and_back(kind) -> None:
    area, points = BevArea(), kind(np.random.default_rng(0).normal(0, 30, (5, 2)))
    np.testing.assert_allclose(area.to_metres(area.to_unit(points)), points, atol=1e-9)


def test_an_empty_area_is_refused() -> None:
    with pytest.raises(ValueError, match="not 0"):
        BevArea(extent_m=0.0)
