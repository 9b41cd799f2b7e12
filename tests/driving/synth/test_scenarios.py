"""Dead reckoning, and that it fails in every benchmark scene."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from driving.synth.lawful import Drivable, Surroundings
from driving.synth.scenarios import DEVIATION_M, carry_on, plan_logs

HORIZON = 40


def _drive(speed: float, heading: float = 0.0) -> SimpleNamespace:
    return SimpleNamespace(pose=np.array([[1.0, 2.0, heading]]), speed=np.array([speed]), first=0)


def test_constant_speed_is_a_straight_line() -> None:
    guess = carry_on(_drive(5.0, math.pi / 2), 0, HORIZON, 0.0, 0.0)
    np.testing.assert_allclose(guess.poses[-1], [1.0, 22.0, math.pi / 2], atol=1e-9)


def test_braking_ends_at_a_stop() -> None:
    guess = carry_on(_drive(4.0), 0, HORIZON, -2.0, 0.0)
    assert guess.poses[-1, 0] == pytest.approx(1.0 + 4.0**2 / (2 * 2.0))
    assert not guess.speed[20:].any()


def test_constant_curvature_is_a_circle() -> None:
    radius = 10.0
    guess = carry_on(_drive(5.0), 0, HORIZON, 0.5, 1 / radius)
    np.testing.assert_allclose(np.hypot(*(guess.poses[:, :2] - [1.0, 2.0 + radius]).T), radius)
    travelled = 5.0 * 4 + 0.5 * 4**2 / 2
    assert guess.poses[-1, 2] == pytest.approx(travelled / radius)


@pytest.mark.parametrize("bends", [False, True])
def test_dead_reckoning_fails_in_every_benchmark_scene(toy_stage, bends: bool) -> None:
    plans = plan_logs(toy_stage.stage, toy_stage.drives, 30, 4)
    drivable = Drivable(toy_stage.stage.town)
    scenes = [(plan, plan.steps[index]) for plan in plans for index in plan.benchmark]
    assert scenes
    for plan, step in scenes:
        drive, k = plan.drive, step - plan.drive.first
        ax, ay = drive.acceleration[k] if bends else (0.0, 0.0)
        curvature = ay / drive.speed[k] ** 2 if drive.speed[k] > 0.05 else 0.0
        guess = carry_on(drive, k, HORIZON, ax, curvature)
        around = Surroundings(toy_stage.stage, drive.id, drive.path.roads)
        assert (
            any(around.hit(guess, i) or around.runs_red(guess, i) for i in range(5, HORIZON + 1, 5))
            or not drivable.holds(guess).all()
            or np.hypot(*(guess.poses[-1, :2] - drive.pose[k + HORIZON, :2])) >= DEVIATION_M
        )
