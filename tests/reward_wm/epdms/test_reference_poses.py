"""From eight or forty poses to the forty-one that are tracked."""

import numpy as np
import pytest
import torch
from scipy.interpolate import interp1d

from driving.frames import local_to_map
from reward_wm.epdms.reference_poses import reference_poses, sample_times_us, trajectory_times_us

TIME_US = 1_623_456_789_012_345


@pytest.mark.parametrize(("count", "interval_s"), [(8, 0.5), (40, 0.1), (5, 0.5), (20, 0.25)])
def test_equals_scipy_on_map_poses(count: int, interval_s: float) -> None:
    rng = np.random.default_rng(count)
    poses = rng.normal([1.0, 0.0, 0.0], [0.5, 0.2, 0.4], (count, 3)).cumsum(axis=0)
    ego = np.array([0.0, 0.0, 3.0])
    knots = np.concatenate([ego[None], local_to_map(poses, ego)])
    knots[:, 2] = np.unwrap(knots[:, 2])
    times = trajectory_times_us(count, interval_s, TIME_US)
    expected = interp1d(times, knots, axis=0)(np.clip(sample_times_us(TIME_US), times[0], times[-1]))
    got = reference_poses(torch.from_numpy(poses)[None], interval_s, TIME_US, 3.0)[0]
    np.testing.assert_allclose(got.numpy(), expected, atol=1e-9)


def test_a_short_trajectory_holds_its_last_pose() -> None:
    poses = torch.tensor([[[1.0, 0.0, 0.0], [2.0, 0.0, 0.1]]], dtype=torch.float64)
    tracked = reference_poses(poses, 0.5, TIME_US, 0.0)
    assert tracked[0, 10:].tolist() == [pytest.approx([2.0, 0.0, 0.1])] * 31


def test_times_are_cut_to_microseconds_as_the_devkit_does() -> None:
    seconds = [TIME_US * 1e-6 + 0.1 * i for i in range(41)]
    assert sample_times_us(TIME_US).tolist() == [int(second * 1e6) for second in seconds]
