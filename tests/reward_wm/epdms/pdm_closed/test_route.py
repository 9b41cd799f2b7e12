"""The corrected route."""

from dataclasses import replace

import numpy as np
import pytest

from driving.errors import DataError
from reward_wm.epdms.pdm_closed.route import correct_route, logged_route
from tests import worlds
from tests.world_maps import crossing_connector, crossing_map, straight_map

STRAIGHT = crossing_connector("west", "east")
ROUTE = ["103", STRAIGHT.roadblock_id, "111"]
BEFORE_THE_CROSSING = np.array([-30.0, -1.75, 0.0])


def test_a_good_route_stays() -> None:
    assert correct_route(crossing_map(), ROUTE, BEFORE_THE_CROSSING) == ROUTE


def test_a_gap_is_filled() -> None:
    assert correct_route(crossing_map(), [ROUTE[0], ROUTE[2]], BEFORE_THE_CROSSING) == ROUTE


def test_a_route_that_begins_later_is_led_up_to() -> None:
    assert correct_route(crossing_map(), ROUTE[1:], BEFORE_THE_CROSSING) == ROUTE
    assert correct_route(crossing_map(), ROUTE[2:], BEFORE_THE_CROSSING) == ROUTE


def test_an_ego_behind_its_route_cannot_be_led_to_it() -> None:
    after = np.array([30.0, -1.75, 0.0])
    assert correct_route(crossing_map(), ROUTE[:1], after) == ROUTE[:1]


def test_far_from_every_road_the_nearest_counts() -> None:
    assert correct_route(straight_map(), ["100"], np.array([0.0, -40.0, 0.0])) == ["100"]


def test_a_loop_is_cut() -> None:
    other = crossing_connector("south", "north").roadblock_id
    looped = [*ROUTE[:2], other]
    assert correct_route(crossing_map(), looped, BEFORE_THE_CROSSING)[:2] == ROUTE[:2]
    assert other not in correct_route(crossing_map(), looped, BEFORE_THE_CROSSING)


@pytest.mark.parametrize(("route", "message"), [((), "no route"), (("100", "999"), "999")])
def test_a_route_that_cannot_be_used(route: tuple[str, ...], message: str) -> None:
    scene = worlds.straight_road()
    frames = tuple(replace(frame, roadblock_ids=route) for frame in scene.frames)
    with pytest.raises(DataError, match=message):
        logged_route(replace(scene, frames=frames))


def test_each_roadblock_once() -> None:
    scene = worlds.straight_road()
    frames = tuple(replace(frame, roadblock_ids=("100", "100")) for frame in scene.frames)
    assert logged_route(replace(scene, frames=frames)) == ["100"]
