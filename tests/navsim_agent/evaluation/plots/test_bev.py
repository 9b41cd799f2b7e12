"""The scene from above, checked by the colour of its pixels."""

import io

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

from driving.scene import Scene
from navsim_agent.evaluation.plots import palette
from navsim_agent.evaluation.plots.bev import draw_bev
from tests import worlds
from tests.navsim_agent.pictures import judged_plan


def picture(scene: Scene) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(draw_bev(scene, judged_plan(scene)))).convert("RGB"))


def pixels_of(image: np.ndarray, colour: str) -> np.ndarray:
    """(row, column) of every pixel within a shade of ``colour``."""
    wanted = np.array(to_rgb(colour)) * 255
    return np.argwhere(np.abs(image.astype(float) - wanted).max(axis=-1) < 6)


def test_a_car_ahead_is_drawn_above_the_ego():
    image = picture(worlds.car_in_front())
    car, ego = pixels_of(image, palette.AGENTS["vehicle"]), pixels_of(image, palette.EGO)
    assert len(car) > 100
    assert car[:, 0].mean() < ego[:, 0].mean() - 50
    assert abs(car[:, 1].mean() - np.median(ego[:, 1])) < 15


def test_left_is_left():
    image = picture(worlds.turning_at_crossing("left"))
    plan_and_ego = pixels_of(image, palette.EGO)
    tip = plan_and_ego[plan_and_ego[:, 0].argmin()]
    assert tip[1] < np.median(plan_and_ego[:, 1]) - 30


def test_a_red_light_tints_its_connectors_only_while_red():
    def redness(scene: Scene) -> int:
        image = picture(scene).astype(int)
        upper = image[: image.shape[0] // 2]
        return int((upper[..., 0] - upper[..., 1] > 40).sum())

    green = redness(worlds.crossing_with_green_light())
    assert redness(worlds.crossing_with_red_light(stops=False)) > green + 2000


@pytest.mark.parametrize("name", ["standing_still", "pedestrian_crosses", "lane_change_left"])
def test_every_kind_of_scene_fills_the_same_frame(name: str):
    assert picture(getattr(worlds, name)()).shape == picture(worlds.straight_road()).shape
