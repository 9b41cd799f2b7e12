"""The simulated car against its slow twin, and what its driver does at rest."""

import numpy as np
import pytest
import torch

from reward_wm.epdms.profile import fit_profiles
from reward_wm.epdms.reference_poses import reference_poses
from reward_wm.epdms.simulate import simulate
from reward_wm.epdms.states import AX, HEADING, VX
from tests.reference.slow_simulate import slow_profiles, slow_simulate
from tests.reward_wm.epdms.hand_made import drive


def _tracked(seed: int, count: int = 5) -> torch.Tensor:
    rng = np.random.default_rng(seed)
    steps = rng.normal([2.0, 0.0, 0.0], [2.0, 0.5, 0.15], (count, 8, 3)).cumsum(axis=1)
    return reference_poses(torch.from_numpy(steps), 0.5, 1_600_000_000_123_457, 2.5)


def _start(speed: float, heading: float = 2.5) -> torch.Tensor:
    start = torch.zeros(1, 11, dtype=torch.float64)
    start[0, HEADING], start[0, VX], start[0, AX] = heading, speed, 0.7
    return start


@pytest.mark.parametrize("seed", range(5))
def test_profiles_equal_the_slow_twin(seed: int) -> None:
    tracked = _tracked(seed)
    for got, poses in zip(zip(*fit_profiles(tracked), strict=True), tracked, strict=True):
        for profile, slow in zip(got, slow_profiles(poses.numpy()), strict=True):
            np.testing.assert_allclose(profile.numpy(), slow, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize(("seed", "speed"), [(0, 5.0), (1, 0.0), (2, 12.0), (3, 0.1), (4, -1.0)])
def test_states_equal_the_slow_twin(seed: int, speed: float) -> None:
    tracked, start = _tracked(seed), _start(speed)
    states = simulate(tracked, start)
    for got, poses in zip(states, tracked, strict=True):
        np.testing.assert_allclose(got.numpy(), slow_simulate(poses.numpy(), start[0].numpy()), atol=1e-6)


def test_a_standing_car_told_to_stand_stands() -> None:
    start = _start(0.0, heading=0.0)
    start[0, AX] = 0.0
    assert torch.equal(simulate(torch.zeros(1, 41, 3, dtype=torch.float64), start)[0, -1], start[0])


def test_a_straight_drive_is_kept_to() -> None:
    wanted = drive(speed=7.0)
    start = torch.zeros(1, 11, dtype=torch.float64)
    start[0, VX] = 7.0
    states = simulate(wanted[None, :, :3], start)
    assert (states[0, :, :4] - wanted[:, :4]).abs().max() < 1e-9


def test_each_proposal_starts_in_its_own_state() -> None:
    tracked = _tracked(0, 3)
    starts = torch.cat([_start(speed) for speed in (1.0, 5.0, 9.0)])
    together = simulate(tracked, starts)
    alone = torch.cat([simulate(tracked[i : i + 1], starts[i : i + 1]) for i in range(3)])
    assert (together - alone).abs().max() < 1e-9
