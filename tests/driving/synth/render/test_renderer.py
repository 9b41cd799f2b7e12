"""What must be seen, seen: actors inside their boxes, lamps in their colours, marks on the road."""

from collections.abc import Mapping

import numpy as np
import pytest

from driving.synth.actors import STYLES, Actor, Category
from driving.synth.render import TownRenderer
from driving.synth.render.picture_regions import boxes_in_ego

EGO = (-32.0, -1.75, 0.0)
"""Eastbound, 28 m before the signal head."""
DARK: Mapping[str, str] = {}

SIZES = {
    Category.VEHICLE: (4.6, 1.9, 1.6),
    Category.PEDESTRIAN: (0.5, 0.7, 1.75),
    Category.BICYCLE: (1.8, 0.6, 1.8),
    Category.TRAFFIC_CONE: (0.4, 0.4, 0.75),
    Category.BARRIER: (0.5, 1.8, 1.1),
    Category.CZONE_SIGN: (0.6, 0.9, 1.5),
    Category.GENERIC_OBJECT: (0.6, 0.6, 1.1),
}


def actor(category: Category, style: str, ahead_m: float = 11.0, **more: object) -> Actor:
    length, width, height = SIZES[category]
    return Actor("one", category, style, EGO[0] + ahead_m, EGO[1], 0.4, length, width, height, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("category", "style"), [(c, style) for c, styles in STYLES.items() for style in styles]
)
def test_every_actor_is_seen_and_stays_in_its_box(
    renderer: TownRenderer, category: Category, style: str
) -> None:
    shown = actor(category, style)
    without = renderer.render(EGO, [], DARK)["CAM_F0"].astype(int)
    picture = renderer.render(EGO, [shown], DARK)["CAM_F0"].astype(int)
    changed = np.abs(picture - without).max(-1) > 24
    corners, _ = renderer.rig.project(boxes_in_ego([shown], EGO)[0], "CAM_F0")
    left, top = np.floor(corners.min(0)).astype(int) - 2
    right, bottom = np.ceil(corners.max(0)).astype(int) + 2
    inside = changed[top:bottom, left:right]
    assert inside.mean() > 0.12
    above = changed[: max(top, 0)]
    assert above.mean() < 1e-3, "shadows fall on the ground, nothing rises above the box"


def test_the_same_moment_gives_the_same_bytes(renderer: TownRenderer) -> None:
    actors = [actor(Category.VEHICLE, "car"), actor(Category.PEDESTRIAN, "adult", 6.0, speed=1.3)]
    first = renderer.render(EGO, actors, {"east": "r"})
    renderer.render((-20.0, -1.75, 0.3), [], {"east": "g"})
    again = renderer.render(EGO, actors, {"east": "r"})
    for camera in renderer.rig.cameras:
        np.testing.assert_array_equal(first[camera], again[camera])


@pytest.mark.parametrize(("state", "strong", "weak"), [("r", 0, 1), ("g", 1, 0)])
def test_a_lit_lamp_has_its_colour(renderer: TownRenderer, state: str, strong: int, weak: int) -> None:
    """Near head at 28 m, its repeater across the junction at 45 m."""
    dark = renderer.render(EGO, [], DARK)["CAM_F0"].astype(int)
    lit = renderer.render(EGO, [], {"east": state})["CAM_F0"].astype(int)
    lamps = [lamp for lamp in renderer.lamps if lamp.head_id == "east" and lamp.colour == state]
    assert len(lamps) == 2
    for lamp in lamps:
        in_ego = lamp.centre.astype(float) - np.array([EGO[0], EGO[1], 0.0])
        pixels, _ = renderer.rig.project(in_ego[None], "CAM_F0")
        column, row = pixels[0].astype(int)
        assert lit[row, column, strong] > 150
        assert lit[row, column, strong] - lit[row, column, weak] > 60
        assert dark[row, column].max() < 110


def test_amber_is_between_red_and_green(renderer: TownRenderer) -> None:
    lit = renderer.render(EGO, [], {"east": "y"})["CAM_F0"].astype(int)
    dark = renderer.render(EGO, [], DARK)["CAM_F0"].astype(int)
    r, g, b = lit[np.abs(lit - dark).max(-1) > 90].mean(0)
    assert r > g > b + 40


def test_brake_lamps_brighten(renderer: TownRenderer) -> None:
    pictures = [
        renderer.render(EGO, [actor(Category.VEHICLE, "car", 9.0, braking=braking)], DARK)["CAM_F0"].astype(
            int
        )
        for braking in (False, True)
    ]
    brighter = (pictures[1] - pictures[0])[..., 0] > 40
    assert 6 < brighter.sum() < 800


def test_the_stop_line_is_white_and_the_road_is_not(renderer: TownRenderer) -> None:
    picture = renderer.render(EGO, [], DARK)["CAM_F0"].astype(int)
    line, road = np.array([[-12.25, -1.75, 0.0]]), np.array([[-16.0, -1.75, 0.0]])
    brightness = []
    for point in (line, road):
        pixels, _ = renderer.rig.project(point - np.array([EGO[0], EGO[1], 0.0]), "CAM_F0")
        column, row = pixels[0].astype(int)
        brightness.append(picture[row, column].mean())
    assert brightness[0] > brightness[1] + 25


def test_the_camera_behind_sees_what_is_behind(renderer: TownRenderer) -> None:
    behind = actor(Category.VEHICLE, "van", -12.0)
    without = renderer.render(EGO, [], DARK)
    pictures = renderer.render(EGO, [behind], DARK)
    assert (pictures["CAM_B0"] != without["CAM_B0"]).mean() > 0.01
    assert (np.abs(pictures["CAM_F0"].astype(int) - without["CAM_F0"]) > 4).mean() < 0.001


def test_walkers_move_their_legs(renderer: TownRenderer) -> None:
    one, later = (
        renderer.render(EGO, [actor(Category.PEDESTRIAN, "adult", 5.0 + way, speed=1.4)], DARK)["CAM_F0"]
        for way in (0.0, 0.02)
    )
    standing = renderer.render(EGO, [actor(Category.PEDESTRIAN, "adult", 5.0)], DARK)["CAM_F0"]
    assert (np.abs(one.astype(int) - standing).max(-1) > 24).sum() > 30
    assert (np.abs(one.astype(int) - later).max(-1) > 60).mean() < 0.02
