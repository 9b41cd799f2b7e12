import numpy as np
import pytest

from driving.synth.render.rig import MOUNTS, CameraRig
from driving.types import CAMERA_NAMES

RIG = CameraRig()


def test_a_point_straight_ahead_lands_in_the_middle() -> None:
    x, y, z = MOUNTS["CAM_F0"].position
    pixels, depth = RIG.project(np.array([[x + 10.0, y, z]]), "CAM_F0")
    np.testing.assert_allclose(pixels, [[RIG.width / 2, RIG.height / 2]])
    np.testing.assert_allclose(depth, [10.0])


def test_left_goes_left_and_up_goes_up() -> None:
    x, y, z = MOUNTS["CAM_F0"].position
    left_and_up = np.array([[x + 10.0, y + 1.0, z + 1.0]])
    pixels, _ = RIG.project(left_and_up, "CAM_F0")
    np.testing.assert_allclose(
        pixels - [RIG.width / 2, RIG.height / 2], [[-RIG.focal_px / 10, -RIG.focal_px / 10]]
    )


def test_the_field_of_view_ends_at_the_picture_edge() -> None:
    x, y, z = MOUNTS["CAM_F0"].position
    edge = 10.0 * np.tan(np.radians(RIG.hfov_deg / 2))
    pixels, _ = RIG.project(np.array([[x + 10.0, y - edge, z]]), "CAM_F0")
    np.testing.assert_allclose(pixels[0, 0], RIG.width)


@pytest.mark.parametrize("camera", CAMERA_NAMES)
def test_projecting_with_the_calibration_equals_project(camera: str) -> None:
    """What a reader of the log computes: ego -> camera -> pixel."""
    points = np.random.default_rng(0).uniform(-30, 30, (50, 3))
    seen = RIG.calibration(camera)
    in_camera = (points - seen.sensor2lidar_translation) @ seen.sensor2lidar_rotation
    expected = in_camera @ seen.cam_intrinsic.T
    pixels, depth = RIG.project(points, camera)
    front = depth > 0.5
    np.testing.assert_allclose(pixels[front], (expected[:, :2] / expected[:, 2:])[front])
    np.testing.assert_allclose(depth, in_camera[:, 2])


@pytest.mark.parametrize("camera", CAMERA_NAMES)
def test_rotations_are_rotations(camera: str) -> None:
    rotation = RIG.calibration(camera).sensor2lidar_rotation
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(rotation) == pytest.approx(1.0)


def test_rays_project_back_to_their_pixels() -> None:
    rays = RIG.rays_in_ego("CAM_L0").reshape(RIG.height, RIG.width, 3)
    points = np.array(MOUNTS["CAM_L0"].position) + 12.0 * rays[[0, 100], [3, 400]].astype(float)
    pixels, _ = RIG.project(points, "CAM_L0")
    np.testing.assert_allclose(pixels, [[3.5, 0.5], [400.5, 100.5]], atol=1e-3)


def test_unknown_cameras_are_refused() -> None:
    with pytest.raises(ValueError, match="CAM_X0"):
        CameraRig(cameras=("CAM_X0",))
