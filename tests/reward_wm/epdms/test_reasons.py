"""Readable reasons, on hand-made scenes in which one thing goes wrong."""

import numpy as np
import pytest
import torch

from driving.scores import OFFICIAL_COLUMNS
from reward_wm.epdms import ScorerConfig, TrafficPolicy, prepare_scene, score_scene
from reward_wm.epdms.reasons import Reason, failure_reasons
from tests import worlds
from tests.world_maps import line

STRICT = ScorerConfig(human_filter=False)


def _straight(speed_mps: float, drift_m: float = 0.0) -> torch.Tensor:
    """One trajectory (1, 8, 3) straight on, that ends ``drift_m`` to the left."""
    poses = torch.zeros(1, 8, 3, dtype=torch.float64)
    share = torch.arange(1, 9) / 8
    poses[0, :, 0], poses[0, :, 1] = speed_mps * 4.0 * share, drift_m * share
    poses[0, :, 2] = np.arctan2(drift_m, speed_mps * 4.0)
    return poses


def _reasons(
    scene: worlds.Scene, poses: torch.Tensor, config: ScorerConfig = STRICT
) -> dict[str, list[Reason]]:
    """Reasons of one trajectory by our short name of the sub-score."""
    prepared = prepare_scene(scene)
    found: dict[str, list[Reason]] = {name: [] for name in OFFICIAL_COLUMNS}
    short = {column: name for name, column in OFFICIAL_COLUMNS.items()}
    (reasons,) = failure_reasons(prepared, score_scene(prepared, poses, 0.5, config))
    assert list(reasons) == sorted(reasons, key=lambda reason: reason.time_s)
    for reason in reasons:
        found[short[reason.sub_score]].append(reason)
    return found


def test_a_collision_names_the_car_and_the_moment() -> None:
    """12 m at 6 m/s: the bumper is there after 2 s."""
    found = _reasons(worlds.stopped_car_ahead(gap_m=12.0, speed_mps=6.0), _straight(6.0))
    (hit,) = found["nc"]
    assert (hit.falls_to, hit.culprit, hit.filtered) == (0.0, "car", False)
    assert hit.time_s == pytest.approx(2.0, abs=0.11)
    assert hit.ego_pose[0] == pytest.approx(12.0, abs=0.7)
    assert hit.what == "at fault: hits standing road user car"
    (close,) = found["ttc"]
    assert (close.culprit, close.falls_to) == ("car", 0.0)
    assert hit.time_s - close.time_s == pytest.approx(0.9, abs=0.21)


def test_first_the_cone_then_the_car() -> None:
    """Half the points for the static object, the other half for the road user behind it."""
    road = line((-60.0, 0.0), (240.0, 0.0))
    cone = worlds.Actor("cone", "traffic_cone", worlds.Drive(road, 60.0 + worlds.FRONT_M + 6.0, 0.0))
    car = worlds.Actor("car", "vehicle", worlds.Drive(road, 60.0 + worlds.FRONT_M + 20.0, 0.0))
    found = _reasons(worlds.straight_road(8.0, 0.0, (cone, car), "cone_and_car"), _straight(8.0))
    first, second = found["nc"]
    assert (first.falls_to, first.culprit, second.falls_to, second.culprit) == (0.5, "cone", 0.0, "car")
    assert first.time_s < second.time_s
    assert "static object cone" in first.what


def test_a_red_light_is_named_and_the_human_forgiven() -> None:
    scene = worlds.crossing_with_red_light(6.03, 15.07, stops=False)
    poses = prepare_scene(scene).human_poses[None]
    (light,) = _reasons(scene, poses)["tlc"]
    assert (light.culprit, light.falls_to, light.filtered) == ("220", 0.0, False)
    assert light.time_s == pytest.approx(15.07 / 6.03, abs=0.11)
    (forgiven,) = _reasons(scene, poses, ScorerConfig())["tlc"]
    assert forgiven.filtered


def test_leaving_the_road_names_corner_and_road() -> None:
    """To the right: the road ends 1.75 m beside the ego's path, the ego is 1.15 m wide to each side."""
    found = _reasons(worlds.straight_road(8.0, name="leaves"), _straight(8.0, drift_m=-6.0))
    (reason,) = found["dac"]
    assert reason.culprit == "100"
    assert reason.what.startswith("front right corner off the road, 0.")
    assert reason.what.endswith("m from drivable area 100")
    assert reason.ego_pose[1] < -0.1


def test_the_wrong_lane_is_named() -> None:
    """The lane group at y = 7 leads the other way and is not on the route."""
    found = _reasons(worlds.straight_road(8.0, name="wrong_way"), _straight(8.0, drift_m=10.0))
    falls = [reason.falls_to for reason in found["ddc"]]
    assert falls in ([0.5], [0.5, 0.0])
    prepared = prepare_scene(worlds.straight_road(8.0, name="wrong_way"))
    assert {reason.culprit for reason in found["ddc"]} <= set(prepared.world.roads.ids)
    assert "off the route, now in lane" in found["ddc"][0].what
    assert "2 m or more within a second" in found["ddc"][0].what


def test_who_does_everything_right_has_no_reason_but_haste() -> None:
    found = _reasons(worlds.straight_road(8.0, name="alone"), _straight(8.0))
    assert {name for name, reasons in found.items() if reasons} <= {"ep"}
    (slow,) = _reasons(worlds.straight_road(8.0, name="alone"), _straight(3.0))["ep"]
    assert (slow.time_s, slow.culprit) == (4.0, None)
    assert "m along the route, PDM-Closed" in slow.what


def test_discomfort_says_which_bound_is_reached() -> None:
    """From 8 m/s to a stop at once: braking and jerk, but no turning."""
    (harsh,) = _reasons(worlds.straight_road(8.0, name="alone"), _straight(0.0))["hc"]
    assert harsh.culprit is None
    assert "braking" in harsh.what
    assert "forward jerk" in harsh.what
    assert "yaw" not in harsh.what


def test_reactive_traffic_has_the_same_names() -> None:
    config = ScorerConfig(human_filter=False, traffic=TrafficPolicy.IDM)
    (hit,) = _reasons(worlds.stopped_car_ahead(), _straight(10.0), config)["nc"]
    assert hit.culprit == "car"


def test_reasons_are_plain_values() -> None:
    (hit,) = _reasons(worlds.stopped_car_ahead(), _straight(10.0))["nc"]
    values = hit.as_dict()
    assert values["sub_score"] == "no_at_fault_collisions"
    assert values["ego_x_m"] == pytest.approx(hit.ego_pose[0], abs=1e-4)
    assert {type(value) for value in values.values()} == {str, float, bool}
