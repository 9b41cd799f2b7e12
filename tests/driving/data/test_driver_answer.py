"""The sentence names what matters and nothing else."""

from dataclasses import replace

import pytest

from driving.data.driver_answer import driver_answer
from driving.data.meta_actions import meta_action
from driving.scene import Scene
from tests import worlds
from tests.world_maps import line
from tests.worlds import Actor, Drive


def _answer(scene: Scene) -> str:
    return driver_answer(scene, meta_action(scene), scene.human_poses(8))


def _with(kind: str, path: object, start_m: float, speed_mps: float) -> Scene:
    return worlds.straight_road(actors=(Actor("it", kind, Drive(path, start_m, speed_mps)),))


@pytest.mark.parametrize(
    ("scene", "answer"),
    [
        (worlds.straight_road(), "keep speed, keep lane: the road is clear"),
        (worlds.stopped_car_ahead(), "stop, keep lane: a vehicle stands ahead"),
        (worlds.car_in_front(), "keep speed, keep lane: a vehicle drives ahead"),
        (worlds.pedestrian_crosses(), "stop, keep lane: a pedestrian is near the path"),
        (
            worlds.crossing_with_red_light(distance_to_line_m=10.0),
            "stop, keep lane: the light is red",
        ),
        (worlds.crossing_with_green_light(), "keep speed, keep lane: the light is green"),
    ],
)
def test_what_matters_is_named(scene: Scene, answer: str) -> None:
    assert _answer(scene) == answer


def test_what_does_not_matter_is_not() -> None:
    ahead = line((-60.0, 0.0), (240.0, 0.0))
    behind = _with("vehicle", ahead, 45.0, 8.0)
    far = _with("vehicle", ahead, 100.0, 8.0)
    other_lane = _with("vehicle", line((-60.0, 3.5), (240.0, 3.5)), 75.0, 8.0)
    far_walker = _with("pedestrian", line((20.0, -12.0), (20.0, -6.0)), 3.0, 0.0)
    cone = _with("traffic_cone", ahead, 75.0, 0.0)
    for scene in (behind, far, other_lane, far_walker, cone):
        assert _answer(scene).endswith(": the road is clear")


def test_a_cyclist_is_called_one() -> None:
    ahead = line((-60.0, 0.0), (240.0, 0.0))
    assert "a cyclist drives ahead" in _answer(_with("bicycle", ahead, 75.0, 4.0))


def test_the_light_of_another_route_is_not_named() -> None:
    scene = worlds.crossing_with_red_light()
    elsewhere = tuple(replace(frame, roadblock_ids=("101",)) for frame in scene.frames)
    assert "light" not in _answer(Scene(elsewhere, scene.map))
