"""What PDM-Closed does in scenes that anybody can judge."""

import numpy as np
import pytest
import torch

from driving.scene import Scene
from reward_wm.epdms.log_replay import current_state
from reward_wm.epdms.pdm_closed.forecast import Forecast
from reward_wm.epdms.pdm_closed.idm import drive_on, target_speeds
from reward_wm.epdms.pdm_closed.path import Path
from reward_wm.epdms.pdm_closed.planner import PdmClosedPlan, plan_pdm_closed
from tests import worlds


def _plan(scene: Scene) -> PdmClosedPlan:
    return plan_pdm_closed(scene, current_state(scene))


def test_on_a_free_road_it_speeds_up_to_the_limit() -> None:
    plan = _plan(worlds.straight_road(speed_mps=8.0))
    speeds = torch.diff(plan.poses[:, 0]) / 0.1
    assert speeds[0].item() == pytest.approx(8.0)
    assert speeds[1].item() == pytest.approx(7.7), "one step of full braking before it looks ahead"
    assert 12.0 < speeds[-1].item() < 13.9
    assert plan.poses[:, 1].abs().max() < 1e-9


@pytest.mark.parametrize("scene", [worlds.stopped_car_ahead(), worlds.crossing_with_red_light()])
def test_it_stops_before_what_stands_and_before_red(scene: Scene) -> None:
    travelled = _plan(scene).poses[-1, 0].item()
    assert 3.0 < travelled < 15.0


def test_it_begins_beside_the_ego_on_the_centreline() -> None:
    plan = _plan(worlds.lane_change_left())
    assert plan.poses[0].tolist() == pytest.approx([0.0, 0.0, 0.0], abs=1e-6)


def test_the_centreline_begins_where_the_lane_does_and_doubles_seams() -> None:
    plan = _plan(worlds.turning_at_crossing("left"))
    steps = torch.diff(plan.centreline, dim=0).norm(dim=1)
    assert plan.centreline[0, 0] < -20.0
    assert (steps < 1e-9).sum() == 2


def test_idm_brakes_for_a_lead_and_clips() -> None:
    one = np.ones(1)
    _, free = drive_on(0 * one, 10 * one, np.array([[500.0, 10.0, 0.0]]), 15 * one)
    _, hard = drive_on(0 * one, 10 * one, np.array([[5.0, 0.0, 0.0]]), 15 * one)
    assert 10.0 < free[0] < 10.15
    assert hard[0] == pytest.approx(9.7)
    np.testing.assert_allclose(target_speeds(None), [3.0, 6.0, 9.0, 12.0, 15.0])


def test_a_path_is_followed_by_arc_length() -> None:
    corner = np.array([[0.0, 0, 0], [10.0, 0, np.pi / 2], [10.0, 0, np.pi / 2], [10.0, 10, np.pi / 2]])
    path = Path.of(corner)
    np.testing.assert_allclose(path.at(np.array([5.0, 12.0, 99.0]))[:, :2], [[5, 0], [10, 2], [10, 10]])
    np.testing.assert_allclose(path.offset(1.0).poses[0, :2], [0.0, 1.0], atol=1e-12)
    assert path.between(2.0, 11.0).length == 0.0  # two vertices at one place: the stretch is not cut
    assert path.between(2.0, 9.0).length == pytest.approx(7.0)


def test_the_forecast_moves_on_straight_every_fifth_of_a_second() -> None:
    forecast = Forecast.of(worlds.car_in_front(gap_m=15.0, speed_mps=8.0), ["1", "2"])
    traffic = forecast.traffic()
    steps = torch.diff(traffic.poses[0, :, 0])
    assert steps[0::2].abs().max() < 1e-9
    np.testing.assert_allclose(steps[1::2], 1.6, atol=1e-5)


def test_the_forecast_ignores_who_overlaps_the_ego() -> None:
    forecast = Forecast.of(worlds.car_in_front(gap_m=-1.0), ["1", "2"])
    assert forecast.ignored == {0}
    assert len(forecast.traffic().poses) == 0
