"""HC: bounds over the past and the simulated time."""

import numpy as np
import pytest
import torch
from scipy.signal import savgol_filter

from reward_wm.epdms import smoothing
from reward_wm.epdms.metrics.history_comfort import history_comfort
from reward_wm.epdms.states import AX, AY, HEADING, VX, YAW_RATE
from tests.reward_wm.epdms.hand_made import TIMES, drive, rollout

CALM_PAST = drive()[:14] - torch.nn.functional.one_hot(torch.tensor(0), 11) * 15.0


def _score(states: torch.Tensor, past: torch.Tensor = CALM_PAST) -> float:
    return history_comfort(rollout(states), past).score.item()


def test_steady_driving_is_comfortable() -> None:
    assert _score(drive()) == 1.0


@pytest.mark.parametrize(("acceleration", "score"), [(2.3, 1.0), (2.5, 0.0), (-4.0, 1.0), (-4.1, 0.0)])
def test_bounds_of_the_forward_acceleration(acceleration: float, score: float) -> None:
    past = CALM_PAST.clone()
    past[:, AX] = acceleration
    assert _score(drive(acceleration=acceleration), past) == score


@pytest.mark.parametrize(("rate", "score"), [(0.9, 1.0), (0.97, 0.0)])
def test_bounds_of_the_yaw_rate(rate: float, score: float) -> None:
    states, past = drive(), CALM_PAST.clone()
    states[:, HEADING] = rate * TIMES
    past[:, HEADING] = rate * (TIMES[:14] - 1.4)
    assert _score(states, past) == score


def test_a_step_of_acceleration_is_a_jerk() -> None:
    states = drive()
    states[20:, AX] = 1.5
    assert _score(states) == 1.0
    states[:20, AX] = -3.0
    past = CALM_PAST.clone()
    past[:, AX] = -3.0
    outcome = history_comfort(rollout(states), past)
    assert outcome.score.item() == 0.0
    assert 16 <= outcome.first_failure.item() <= 20


def test_the_logged_lateral_acceleration_counts_though_the_simulated_is_zero() -> None:
    past = CALM_PAST.clone()
    past[:, AY] = 6.0
    outcome = history_comfort(rollout(drive()), past)
    assert (outcome.score.item(), outcome.first_failure.item()) == (0.0, 0)


def test_crossing_the_end_of_the_circle_is_no_turn() -> None:
    states, past = drive(heading=3.1), CALM_PAST.clone()
    states[:, HEADING] = torch.remainder(3.1 + 0.1 * TIMES + np.pi, 2 * np.pi) - np.pi
    past[:, HEADING] = 3.1 + 0.1 * (TIMES[:14] - 1.4)
    assert _score(states, past) == 1.0


def test_both_terms_of_the_shift_to_the_centre_point_forward() -> None:
    states = drive()
    states[:, YAW_RATE] = 0.5
    forward = smoothing.forward_acceleration(states)
    assert forward[20].item() == pytest.approx(1.461 * 0.25, abs=1e-8)


@pytest.mark.parametrize(("window", "degree", "derivative"), [(8, 2, 0), (15, 2, 1), (5, 3, 2)])
def test_a_filter_as_a_matrix_is_the_filter(window: int, degree: int, derivative: int) -> None:
    signal = np.random.default_rng(0).normal(size=(3, 55))
    expected = savgol_filter(signal, window, degree, deriv=derivative, delta=0.1, axis=-1)
    matrix = smoothing._filter_matrix(55, window, degree, derivative).numpy()
    np.testing.assert_allclose(signal @ matrix, expected, atol=1e-10)


def test_the_past_moves_with_nothing() -> None:
    states = drive()
    states[:, VX] += 100.0  # speed itself is not judged
    assert _score(states) == 1.0
