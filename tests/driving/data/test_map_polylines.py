"""Which map elements are told, and how."""

import numpy as np

from driving.data.data_config import DataConfig
from driving.data.make_targets import grid_outline
from driving.data.map_index import MapIndex
from driving.data.map_polylines import map_polylines, resample
from driving.scene import Scene
from driving.targets import MAP_CLASSES
from tests import worlds


def _polylines(scene: Scene, config: DataConfig | None = None) -> tuple[np.ndarray, np.ndarray]:
    config = config or DataConfig()
    window = grid_outline(scene.current, config)
    return map_polylines(scene.current, MapIndex.of(scene.map), window, config)


def test_a_straight_road_is_three_lanes_and_a_crosswalk() -> None:
    polylines, classes = _polylines(worlds.straight_road())
    assert classes[:5].tolist() == [0, 0, 0, MAP_CLASSES.index("crosswalk"), -1]
    np.testing.assert_allclose(polylines[0, :, 0], np.linspace(-8, 48, 8), atol=1e-4)
    np.testing.assert_allclose(polylines[0, :, 1], 0.0, atol=1e-4)
    assert polylines[2, 0, 0] > polylines[2, -1, 0]  # the oncoming lane runs towards us
    assert not polylines[4:].any()


def test_only_the_red_connectors_are_red() -> None:
    _, red = _polylines(worlds.crossing_with_red_light(distance_to_line_m=4.0))
    _, green = _polylines(worlds.crossing_with_green_light(distance_to_line_m=4.0))
    kind = MAP_CLASSES.index("red_connector")
    assert (red == kind).sum() == 3 and (green == kind).sum() == 0
    assert (green == MAP_CLASSES.index("connector")).sum() == 12


def test_the_nearest_are_kept() -> None:
    everything, _ = _polylines(worlds.crossing_with_red_light())
    few, classes = _polylines(worlds.crossing_with_red_light(), DataConfig(max_polylines=3))
    assert np.array_equal(few, everything[:3]) and (classes >= 0).all()


def test_resampling_is_even_along_the_line() -> None:
    corner = np.array([[0.0, 0.0], [3.0, 0.0], [3.0, 1.0]])
    np.testing.assert_allclose(
        resample(corner, 5), [[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [3.0, 0.0], [3.0, 1.0]]
    )
