"""The ego's driving is kinematically exact, smooth and lawful."""

import numpy as np
import pytest

from driving.synth.ego_path import SPACING_M
from driving.synth.lawful import Drivable, Motion, Surroundings
from driving.synth.scenarios import SETTLE_STEPS, Challenge, plan_logs


def _inner(values):
    return values[SETTLE_STEPS:-SETTLE_STEPS]


def _motion(drive):
    return Motion(drive.first, drive.pose, drive.speed)


def test_some_egos_drive(toy_stage):
    assert len(toy_stage.drives) >= 3
    assert sum(drive.s[-1] - drive.s[0] for drive in toy_stage.drives) > 500.0


def test_poses_speed_and_acceleration_agree(toy_stage):
    for drive in toy_stage.drives:
        step = np.gradient(drive.pose[:, :2], 0.1, axis=0)
        np.testing.assert_allclose(np.hypot(*step.T), drive.speed, atol=0.06)
        along = np.stack([np.cos(drive.pose[:, 2]), np.sin(drive.pose[:, 2])], axis=1)
        moving = drive.speed > 0.5
        np.testing.assert_allclose((step * along).sum(1)[moving], drive.speed[moving], atol=0.06)
        yaw_rate = np.gradient(drive.pose[:, 2], 0.1)
        np.testing.assert_allclose(_inner(drive.speed * yaw_rate), _inner(drive.acceleration[:, 1]), atol=0.5)


def test_the_driving_is_smooth(toy_stage):
    ax = np.concatenate([_inner(drive.acceleration[:, 0]) for drive in toy_stage.drives])
    ay = np.concatenate([_inner(drive.acceleration[:, 1]) for drive in toy_stage.drives])
    jerk = np.concatenate([_inner(np.gradient(drive.acceleration[:, 0], 0.1)) for drive in toy_stage.drives])
    assert ax.min() > -5.0 and ax.max() < 2.4
    assert np.quantile(np.abs(jerk), 0.995) < 4.1
    assert np.quantile(np.abs(ay), 0.995) < 3.6


def test_the_ego_stays_on_the_road(toy_stage):
    drivable = Drivable(toy_stage.stage.town)
    inside = np.concatenate([_inner(drivable.holds(_motion(drive))) for drive in toy_stage.drives])
    assert inside.mean() > 0.995


def test_nothing_is_hit_and_no_light_run_in_a_benchmark_scene(toy_stage):
    plans = plan_logs(toy_stage.stage, toy_stage.drives, 30, 4)
    assert plans
    for plan in plans:
        surroundings = Surroundings(toy_stage.stage, plan.drive.id, plan.drive.path.roads)
        motion = _motion(plan.drive)
        for index in plan.benchmark:
            for step in range(plan.steps[index], plan.steps[index] + 41, 5):
                assert not surroundings.hit(motion, step - motion.first)
                assert not surroundings.runs_red(motion, step - motion.first)


def test_a_benchmark_scene_says_why_straight_on_fails(toy_stage):
    plans = plan_logs(toy_stage.stage, toy_stage.drives, 30, 4)
    kinds = {kind for plan in plans for kind in plan.challenges.values()}
    assert kinds and kinds <= set(Challenge)
    assert all(3 <= index < 20 for plan in plans for index in plan.benchmark)


def test_sensor_frames_cover_the_history(toy_stage):
    plan = plan_logs(toy_stage.stage, toy_stage.drives, 30, 1)[0]
    seen = plan.sensor_frames(history=True)
    assert all(set(range(index - 3, index + 1)) <= set(seen) for index in plan.benchmark)
    assert plan.sensor_frames(history=False) == list(plan.benchmark)


@pytest.mark.parametrize("ahead", [0.0, 15.0])
def test_the_command_is_the_next_turn(toy_stage, ahead):
    found = 0
    for drive in toy_stage.drives:
        for first, _, turn in drive.path.turns:
            k = int(np.argmin(np.abs(drive.s - (first + SPACING_M - ahead))))
            earlier = [t for begin, end, t in drive.path.turns if begin < first and end > drive.s[k]]
            if (
                abs(drive.s[k] - (first + SPACING_M - ahead)) < 1.0
                and turn.value != "straight"
                and not earlier
            ):
                assert drive.command(k) is turn
                found += 1
    assert found
