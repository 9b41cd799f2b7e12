"""Where things land on the grid."""

from dataclasses import replace

import numpy as np
from shapely.geometry import Point

from driving.data.bev_raster import rasterise
from driving.data.data_config import DataConfig
from driving.data.make_targets import grid_outline
from driving.data.map_index import MapIndex
from driving.frames import points_to_map
from driving.scene import Scene
from driving.targets import BEV_CLASSES
from tests import worlds

CONFIG = DataConfig(bev_extent_m=32.0, bev_ahead_m=0.0)


def _raster(scene: Scene, config: DataConfig = CONFIG) -> dict[str, np.ndarray]:
    window = grid_outline(scene.current, config)
    layers = rasterise(scene.current, MapIndex.of(scene.map), window, config)
    return dict(zip(BEV_CLASSES, layers, strict=True))


def test_rows_are_forward_and_columns_are_left() -> None:
    layers = _raster(worlds.stopped_car_ahead(gap_m=12.0))
    rows, columns = np.nonzero(layers["vehicle"])
    assert rows.min() >= 32 + 16 and rows.max() <= 32 + 21  # 16 to 20.9 m ahead
    assert set(columns) <= {30, 31, 32, 33}
    walkway_columns = np.nonzero(layers["walkway"].any(axis=0))[0]
    assert walkway_columns.min() == 32 - 5 and walkway_columns.max() >= 32 + 8


def test_the_grid_may_lie_ahead() -> None:
    scene = worlds.stopped_car_ahead(gap_m=12.0)
    ahead = _raster(scene, replace(CONFIG, bev_ahead_m=10.0))["vehicle"]
    assert np.array_equal(ahead[:-10], _raster(scene)["vehicle"][10:])
    assert ahead.any()


def test_a_pedestrian_leaves_a_mark() -> None:
    assert _raster(worlds.pedestrian_crosses())["pedestrian"].sum() >= 1


def test_drivable_cells_are_inside_the_drivable_polygons() -> None:
    """The slow, obvious twin: every cell's middle against every polygon, but for the borders."""
    scene = worlds.turning_at_crossing("left")
    drivable = [b.polygon for b in scene.map.roadblocks.values() if not b.is_connector]
    drivable += [*scene.map.intersections.values(), *scene.map.carparks.values()]
    middles = np.arange(CONFIG.bev_cells) + 0.5 - CONFIG.bev_extent_m
    layer = _raster(scene)["drivable"]
    for row in range(0, CONFIG.bev_cells, 3):
        for column in range(0, CONFIG.bev_cells, 3):
            local = np.array([middles[row], middles[column]])
            point = Point(points_to_map(local, scene.current.ego_pose_in_map))
            inside = any(polygon.contains(point) for polygon in drivable)
            border = min(polygon.exterior.distance(point) for polygon in drivable)
            assert border < 0.8 or layer[row, column] == inside


def test_a_rotated_world_looks_the_same() -> None:
    """Seen from the south arm as from the west arm, but for rounding."""
    west, south = (_raster(worlds.approaching_crossing(arm)) for arm in ("west", "south"))
    for name in ("crosswalk", "centre_line", "walkway"):
        assert (west[name] != south[name]).mean() < 0.01
