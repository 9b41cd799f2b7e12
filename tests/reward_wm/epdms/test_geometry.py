"""Points, boxes, polygons and lines against shapely."""

import numpy as np
import pytest
import shapely
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from reward_wm.epdms.centreline import distance_to_line, progress_on_line
from reward_wm.epdms.compiled import is_inside
from reward_wm.epdms.polygons import Polygons
from reward_wm.epdms.red_lights import first_red_touches
from reward_wm.epdms.roads import ego_area
from reward_wm.epdms.traffic import boxes_meet, first_contacts
from tests.reference.slow_geometry import agent_box, box, ego_box, shapely_polygon, slow_area
from tests.reward_wm.epdms.random_rollouts import random_rollout

GRID = st.integers(-6, 6).map(float)
"""Whole numbers: points fall on edges, on corners and on the height of corners."""
SEEDS = st.integers(0, 10_000)


def _inside(polygons: Polygons, points: np.ndarray) -> list[bool]:
    return [is_inside(x, y, 0, *polygons.arrays()) for x, y in points]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(GRID, GRID), min_size=3, max_size=40, unique=True), SEEDS)
def test_containment_is_strict_as_shapely_has_it(corners: list[tuple[float, float]], seed: int) -> None:
    centre = np.mean(corners, axis=0)
    angles = [np.arctan2(*(np.array(corner) - centre)[::-1]) for corner in corners]
    star = shapely.Polygon([corner for _, corner in sorted(zip(angles, corners, strict=True))])
    if not star.is_valid or star.area == 0.0:
        return
    rng = np.random.default_rng(seed)
    points = np.concatenate([rng.integers(-7, 8, (60, 2)), rng.uniform(-7, 7, (40, 2)), corners])
    polygons = Polygons.of([star], np.zeros(2))
    assert _inside(polygons, points) == shapely.contains_xy(star, points).tolist()


def test_holes_and_parts() -> None:
    ring = shapely.Point(0, 0).buffer(5.0).difference(shapely.Point(1, 0).buffer(2.0))
    both = shapely.MultiPolygon([ring, shapely.box(8, 8, 12, 12)])
    points = np.random.default_rng(0).uniform(-6, 13, (2000, 2))
    assert _inside(Polygons.of([both], np.zeros(2)), points) == shapely.contains_xy(both, points).tolist()


def test_the_origin_is_taken_off() -> None:
    polygons = Polygons.of([shapely.box(1000, 2000, 1002, 2002)], np.array([1000.0, 2000.0]))
    assert _inside(polygons, np.array([[1.0, 1.0], [3.0, 1.0]])) == [True, False]


@settings(max_examples=100, deadline=None)
@given(SEEDS)
def test_boxes_meet_as_polygons_do(seed: int) -> None:
    rng = np.random.default_rng(seed)
    poses = rng.uniform([-3, -3, -4], [3, 3, 4], (2, 30, 3))
    sizes = rng.uniform(0.0, 2.5, (2, 30, 2)) + 0.01
    got = boxes_meet(*(torch.from_numpy(a) for a in (poses[0], sizes[0], poses[1], sizes[1])))
    pairs = [(box(*p, *s), box(*q, *r)) for p, s, q, r in zip(poses[0], sizes[0], poses[1], sizes[1])]
    assert got.tolist() == [a.intersects(b) for a, b in pairs]


def test_touching_boxes_meet() -> None:
    pose, size = torch.zeros(3, dtype=torch.float64), torch.ones(2, dtype=torch.float64)
    beside = torch.tensor([2.0, 0.0, 0.0], dtype=torch.float64)
    assert boxes_meet(pose, size, beside, size)
    farther = torch.tensor([2.0 + 1e-9, 0.0, 0.0], dtype=torch.float64)
    assert not boxes_meet(pose, size, farther, size)


@pytest.mark.parametrize("seed", range(8))
def test_contacts_equal_shapely(seed: int) -> None:
    drawn = random_rollout(seed)
    first = first_contacts(drawn.ego, drawn.world.traffic)
    for proposal, states in enumerate(drawn.states.numpy()):
        for agent in range(first.shape[1]):
            others = [agent_box(drawn, agent, sample) for sample in range(len(states))]
            met = [o is not None and ego_box(s).intersects(o) for s, o in zip(states, others, strict=True)]
            assert first[proposal, agent] == (met.index(True) if any(met) else -1)


@pytest.mark.parametrize("seed", range(8))
def test_red_touches_equal_shapely(seed: int) -> None:
    drawn = random_rollout(seed)
    first = first_red_touches(drawn.ego, drawn.world.lights)
    for proposal, states in enumerate(drawn.states.numpy()):
        for light in range(first.shape[1]):
            area = shapely_polygon(drawn.world.lights.polygons, light)
            met = [ego_box(state).intersects(area) for state in states]
            assert first[proposal, light] == (met.index(True) if any(met) else -1)


def test_a_box_inside_a_red_polygon_touches_it_and_so_does_one_around_it() -> None:
    drawn = random_rollout(0, proposals=1)
    around, within = shapely.Point(0, 0).buffer(300.0), drawn.ego.centre[0, 0].numpy()
    for area in (around, shapely.Point(within).buffer(0.2)):
        lights = type(drawn.world.lights)(Polygons.of([area], np.zeros(2)), drawn.world.lights.is_red[:1])
        assert first_red_touches(drawn.ego, lights).tolist() == [[0]]


@pytest.mark.parametrize("seed", range(8))
def test_areas_equal_shapely(seed: int) -> None:
    drawn = random_rollout(seed, proposals=3)
    area = ego_area(drawn.ego, drawn.states[..., :2], drawn.world.roads)
    got = torch.stack(list(vars(area).values()), dim=-1)
    for proposal in range(3):
        for sample in range(0, 41, 4):
            assert tuple(got[proposal, sample].tolist()) == slow_area(drawn, proposal, sample)


@settings(max_examples=50, deadline=None)
@given(SEEDS)
def test_distance_and_progress_equal_shapely(seed: int) -> None:
    rng = np.random.default_rng(seed)
    vertices = rng.normal([1.0, 0.0], 1.0, (rng.integers(2, 60), 2)).cumsum(axis=0)
    doubled = np.repeat(vertices, rng.integers(1, 3, len(vertices)), axis=0)
    points = rng.uniform(-20, 60, (50, 2))
    line = shapely.LineString(vertices)
    arrays = torch.from_numpy(points), torch.from_numpy(doubled)
    places = shapely.points(points)
    np.testing.assert_allclose(distance_to_line(*arrays), shapely.distance(line, places), atol=1e-9)
    np.testing.assert_allclose(progress_on_line(*arrays), line.project(places), atol=1e-9)
