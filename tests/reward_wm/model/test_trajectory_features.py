"""Motion features, footprints and BEV sampling, against what a pencil says."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from driving.bev_area import BevArea
from driving.trajectory import Trajectory
from reward_wm.model.trajectory_features import (
    dense_poses,
    footprint_points,
    motion_features,
    sample_bev,
)


def circle(speed: float = 5.0, yaw_rate: float = 0.3) -> Trajectory:
    heading = yaw_rate * 0.5 * torch.arange(1, 9)
    radius = speed / yaw_rate
    poses = [radius * torch.sin(heading), radius * (1 - torch.cos(heading)), heading]
    return Trajectory(torch.stack(poses, dim=-1))


def test_dense_poses_go_through_the_plan() -> None:
    trajectory = circle()
    dense = dense_poses(trajectory, 16)
    torch.testing.assert_close(dense[1::2], trajectory.poses)
    torch.testing.assert_close(dense[0], trajectory.poses[0] / 2)


def test_heading_is_interpolated_the_short_way() -> None:
    poses = torch.zeros(8, 3)
    poses[:, 2] = torch.tensor([3.0, -3.0] * 4)
    dense = dense_poses(Trajectory(poses), 16)
    assert (dense[1:, 2].abs() > 2.9).all()


def test_motion_of_a_circle() -> None:
    features = motion_features(circle(), 8)
    ahead, left, yaw_rate, acceleration, lateral = features[:, 4:9].unbind(dim=-1)
    chord = 2 * (5.0 / 0.3) * math.sin(0.075) / 0.5
    torch.testing.assert_close(ahead, torch.full((8,), chord / 10), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(yaw_rate, torch.full((8,), 0.6), rtol=1e-4, atol=1e-5)
    assert left.abs().max() < 1e-4 and acceleration.abs().max() < 1e-3
    torch.testing.assert_close(lateral, ahead * 10 * yaw_rate / 2 / 4)


def test_backing_up_has_negative_speed() -> None:
    poses = torch.zeros(8, 3)
    poses[:, 0] = -torch.arange(1.0, 9.0)
    assert (motion_features(Trajectory(poses), 8)[:, 4] == -0.2).all()


def test_the_footprint_is_the_ego_box_and_its_future_front() -> None:
    poses = torch.zeros(8, 3)
    poses[:, 1] = 5 * torch.arange(1, 9) * 0.5
    poses[:, 2] = math.pi / 2
    points = footprint_points(Trajectory(poses), 8)[3]
    assert points[:9, 1].max().item() == pytest.approx(10 + 4.049)
    assert points[:9, 1].min().item() == pytest.approx(10 - 1.127)
    assert points[:9, 0].abs().max().item() == pytest.approx(1.1485, abs=1e-5)
    assert points[-1, 1].item() == pytest.approx(10 + 4.049 + 4.5, abs=1e-4)


@settings(max_examples=25, deadline=None)
@given(x=st.floats(-40, 40), y=st.floats(-40, 40))
def test_bev_rows_grow_forward_and_columns_to_the_left(x: float, y: float) -> None:
    """The grid holds its cells' own centres: sampling gives the place back, and 0 outside."""
    centres = (torch.arange(16) + 0.5) / 16 * 64 - 32
    bev = torch.stack(torch.meshgrid(centres, centres, indexing="ij"))[None]
    got = sample_bev(bev, torch.tensor([[[x + 10, y]]]), BevArea(32.0, ahead_m=10.0))[0, 0]
    if max(abs(x), abs(y)) <= 30:
        torch.testing.assert_close(got, torch.tensor([x, y]), rtol=1e-4, atol=1e-3)
    if max(abs(x), abs(y)) >= 34:
        assert (got == 0).all()
