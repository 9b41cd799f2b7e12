"""The plan on the road of the front camera."""

import io

import numpy as np
from PIL import Image

from driving.data.assemble import CameraView
from navsim_agent.evaluation.plots.camera import draw_plan_on_camera, ground_height
from tests import worlds
from tests.navsim_agent.pictures import SKY, front_view, judged_plan


def changed(view: CameraView, scene, ground_z_m: float = 0.0) -> np.ndarray:
    """(row, column) of the pixels the plan covers, as shares of the picture's height and width."""
    jpeg = draw_plan_on_camera(view, judged_plan(scene), ground_z_m)
    image = np.asarray(Image.open(io.BytesIO(jpeg)).convert("RGB")).astype(int)
    return np.argwhere(np.abs(image - 120).max(axis=-1) > 20) / image.shape[:2]


def test_a_straight_plan_lies_in_the_middle_below_the_horizon():
    covered = changed(front_view(), worlds.straight_road())
    assert len(covered) > 1000
    assert covered[:, 0].min() > 0.5
    assert abs(covered[:, 1].mean() - 0.5) < 0.01


def test_it_reaches_up_to_where_the_last_pose_projects():
    covered = changed(front_view(), worlds.straight_road(speed_mps=8.0))
    depth_m, height_m, focal_px = 32.0 - 1.6, 1.6, 384.0
    expected = (135.0 + focal_px * height_m / depth_m) / 270.0
    assert abs(covered[:, 0].min() - expected) < 0.01


def test_a_left_turn_leans_left():
    covered = changed(front_view(), worlds.turning_at_crossing("left"))
    assert covered[covered[:, 0] < 0.75, 1].mean() < 0.45


def test_a_plan_that_stays_behind_the_camera_leaves_the_picture_alone():
    assert len(changed(front_view(), worlds.standing_still())) == 0


def test_any_picture_size_gives_the_same_picture():
    tall = CameraView(
        np.full((540, 960, 3), 120, dtype=np.uint8),
        np.diag([2.0, 2.0, 1.0]) @ front_view(SKY).intrinsics,
        front_view().rotation,
        front_view().translation,
    )
    scene = worlds.straight_road()
    np.testing.assert_allclose(
        changed(tall, scene).mean(axis=0), changed(front_view(), scene).mean(axis=0), atol=0.005
    )


def test_the_ground_is_where_the_vehicles_stand():
    assert abs(ground_height(worlds.car_in_front().current)) < 1e-6
    assert ground_height(worlds.straight_road().current) == 0.0
