"""An example tells what the scene holds."""

from dataclasses import replace

import numpy as np
import pytest

from driving.data.assemble import CameraView, ego_history, observe
from driving.data.data_config import DataConfig
from driving.data.make_targets import make_example, nearest_boxes
from driving.scene import Scene
from driving.targets import (
    BEV_CLASSES,
    DETECTION_CLASSES,
    LATERAL_ACTIONS,
    LONGITUDINAL_ACTIONS,
    Example,
)
from tests import worlds
from tests.world_maps import line
from tests.worlds import Actor, Drive

CONFIG = DataConfig(cameras=["CAM_F0"])


def _example(scene: Scene) -> Example:
    record = scene.current.cameras["CAM_F0"]
    image = np.zeros((270, 480, 3), np.uint8)
    mount = record.sensor_to_lidar_rotation, record.sensor_to_lidar_translation
    view = CameraView(image, record.intrinsics, *mount)
    seen = observe(scene.token, [view], ego_history(scene.frames[:4]), CONFIG)
    return make_example(scene, seen, CONFIG)


def test_an_example_of_a_turn() -> None:
    scene = worlds.turning_at_crossing("left")
    example = _example(scene)
    np.testing.assert_allclose(example.expert[0], scene.human_poses(8), atol=1e-5)
    assert example.targets.bev.shape == (1, len(BEV_CLASSES), 64, 64)
    assert LATERAL_ACTIONS[int(example.targets.lateral)] == "turn left"
    assert LONGITUDINAL_ACTIONS[int(example.targets.longitudinal)] == "keep speed"
    assert example.answers == ("keep speed, turn left: the light is green",)


def test_boxes_are_the_nearest_inside() -> None:
    ahead = line((-60.0, 0.0), (240.0, 0.0))
    actors = tuple(
        Actor(f"{kind}{at}", kind, Drive(ahead, 60.0 + at, speed))
        for kind, at, speed in (
            ("barrier", 31.0, 0.0),
            ("vehicle", 10.0, 3.0),
            ("pedestrian", 49.0, 0.0),
            ("bicycle", -7.5, 4.0),
        )
    )
    frame = worlds.straight_road(actors=actors).current
    boxes, classes = nearest_boxes(frame, CONFIG)
    assert [DETECTION_CLASSES[c] for c in classes[:3]] == ["bicycle", "vehicle", "static"]
    np.testing.assert_allclose(boxes[1], [10.0, 0.0, 0.0, 4.8, 2.0, 3.0], atol=1e-5)
    assert (classes[3:] == -1).all() and not boxes[3:].any()
    few, _ = nearest_boxes(frame, replace(CONFIG, max_boxes=1))
    assert np.array_equal(few, boxes[:1])


def test_a_log_that_ends_too_early_is_refused() -> None:
    scene = worlds.straight_road()
    short = Scene(scene.frames[:10], scene.map)
    with pytest.raises(ValueError, match="8 future frames asked for, the log has 6"):
        _example(short)
