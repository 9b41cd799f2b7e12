"""The grid that finds polygons answers as if every polygon were asked, wherever a point lies."""

import numpy as np
import pytest
import shapely
import torch

from reward_wm.epdms.compiled import DRIVABLE, INTERSECTION, LANE, ON_ROUTE, SIDE
from reward_wm.epdms.polygons import Polygons
from reward_wm.epdms.roads import Cells, EgoArea, PackedRoads, Roads, ego_area
from reward_wm.epdms.states import EgoBoxes

KINDS = (DRIVABLE, LANE, LANE | ON_ROUTE, DRIVABLE | INTERSECTION)


def drawn_roads(rng: np.random.Generator, count: int = 40) -> tuple[Roads, list[shapely.Polygon]]:
    """Boxes, triangles and rings; half of the corners lie on the lines of the grid, some beyond its end."""
    shapes = []
    while len(shapes) < count:
        centre, size = rng.uniform(-115, 115, 2), rng.uniform(1, 40)
        corners = centre + rng.uniform(-size, size, (rng.integers(3, 7), 2))
        if rng.random() < 0.5:
            corners = np.round(corners)
        hull = shapely.MultiPoint(corners).convex_hull
        if rng.random() < 0.3:
            hull = hull.difference(hull.buffer(-size / 6))
        if isinstance(hull, shapely.Polygon) and hull.area > 0.5:
            shapes.append(hull)
    kinds = torch.from_numpy(rng.choice(KINDS, count).astype(np.uint8))
    return Roads(Polygons.of(shapes, np.zeros(2)), kinds), shapes


def drawn_points(rng: np.random.Generator, shapes: list[shapely.Polygon], count: int) -> np.ndarray:
    """(count, 6, 2): anywhere, on lines of the grid, on corners and edges of the polygons, close together."""
    anywhere = rng.uniform(-120, 120, (count, 6, 2))
    together = anywhere[:, :1] + rng.uniform(-3, 3, (count, 6, 2))
    corners = np.concatenate([shapely.get_coordinates(shape) for shape in shapes])
    on_edges = corners[rng.integers(0, len(corners), (count, 6))]
    points = np.where(rng.random((count, 1, 1)) < 0.7, together, anywhere)
    points = np.where(rng.random((count, 6, 1)) < 0.2, np.round(points), points)
    return np.where(rng.random((count, 6, 1)) < 0.1, on_edges, points)


def asked_all(points: np.ndarray, roads: Roads, shapes: list[shapely.Polygon]) -> np.ndarray:
    """The five flags, from whether each point (n, 6, 2) lies strictly inside each polygon."""
    inside = np.stack([shapely.contains_xy(shape, points[..., 0], points[..., 1]) for shape in shapes])
    of_kind = {
        bit: inside[(roads.kind.numpy() & bit) != 0] for bit in (DRIVABLE, LANE, ON_ROUTE, INTERSECTION)
    }
    corners = of_kind[LANE][..., :4]
    several = (corners.any(axis=-1).sum(axis=0) > 1) & ~corners.all(axis=-1).any(axis=0)
    on_road = of_kind[DRIVABLE][..., :4].any(axis=0).all(axis=-1)
    off_route = ~of_kind[ON_ROUTE][..., 4].any(axis=0)
    at_crossing = of_kind[INTERSECTION][..., 4:].any(axis=0)
    return np.stack([several, ~on_road, off_route, at_crossing[:, 0], at_crossing[:, 1]], axis=-1)


def flags(area: EgoArea) -> np.ndarray:
    return np.stack([one.numpy() for one in vars(area).values()], axis=-1)[0]


def boxes(points: np.ndarray) -> tuple[EgoBoxes, torch.Tensor]:
    """Whose corners, centre and rear axle are the six points, of one proposal."""
    given = torch.from_numpy(points)[None]
    return ego_of(given), given[:, :, 5]


def ego_of(points: torch.Tensor) -> EgoBoxes:
    """Of points (P, T, 6, 2)."""
    return EgoBoxes(centre=points[:, :, 4], direction=points[:, :, 4], corners=points[:, :, :4])


@pytest.mark.parametrize("seed", range(8))
def test_every_point_is_judged_as_if_all_polygons_were_asked(seed: int) -> None:
    rng = np.random.default_rng(seed)
    roads, shapes = drawn_roads(rng)
    points = drawn_points(rng, shapes, 3000)
    expected = asked_all(points, roads, shapes)
    assert (expected.any(axis=0) & ~expected.all(axis=0)).all()
    assert np.array_equal(flags(ego_area(*boxes(points), roads)), expected)


def test_a_scene_without_roads_has_none() -> None:
    nothing = Roads(Polygons.of([], np.zeros(2)), torch.zeros(0, dtype=torch.uint8))
    found = flags(ego_area(*boxes(np.zeros((1, 6, 2))), nothing))
    assert found.tolist() == [[False, True, True, False, False]]


def test_far_outside_of_the_grid_every_polygon_is_asked() -> None:
    far = shapely.box(1e6, 1e6, 1e6 + 50, 1e6 + 50)
    roads = Roads(Polygons.of([far], np.zeros(2)), torch.tensor([DRIVABLE], dtype=torch.uint8))
    inside = np.full((2, 6, 2), 1e6 + 25)
    inside[1] = np.inf
    assert flags(ego_area(*boxes(inside), roads))[:, 1].tolist() == [False, True]


def test_cells_of_several_scenes_are_those_of_each() -> None:
    rng = np.random.default_rng(3)
    drawn = [drawn_roads(rng, count) for count in (5, 30, 12)]
    packed = PackedRoads.of([roads for roads, _ in drawn], torch.arange(3))
    points = np.stack([drawn_points(rng, shapes, 500) for _, shapes in drawn])
    given = torch.from_numpy(points)
    found = ego_area(ego_of(given), given[:, :, 5], packed)
    for scene, (roads, shapes) in enumerate(drawn):
        own = np.stack([one[scene].numpy() for one in vars(found).values()], axis=-1)
        assert np.array_equal(own, asked_all(points[scene], roads, shapes))


def test_most_cells_need_no_exact_test() -> None:
    road = shapely.box(-60.5, -7.5, 60.5, 7.5)
    cells = Cells.of(Polygons.of([road], np.zeros(2)))
    within = cells.starts[0, : SIDE * SIDE + 1]
    entries = cells.entries[: within[-1]]
    assert (entries % 2 == 1).sum() > 4 * (entries % 2 == 0).sum() > 0
