"""Scenes from disk, and the one Observation of cache and live agent."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from driving.data.assemble import (
    CameraView,
    EgoHistory,
    ego_history,
    load_scenes,
    observe,
    observe_scene,
)
from driving.data.data_config import DataConfig
from driving.errors import DataError
from driving.observation import TENSOR_FIELDS
from driving.types import HISTORY_FRAMES
from tests import worlds
from tests.driving.data.conftest import DiskWorld


def test_scenes_come_in_order_and_stop_at_max_scenes(disk_world: DiskWorld) -> None:
    scenes = list(load_scenes(disk_world.split, disk_world.folders))
    assert [scene.log_name for scene in scenes] == ["red_light"] * 4 + ["stopped_car"] * 2
    assert scenes[0].map is scenes[1].map and scenes[0].map.location == scenes[0].current.location
    few = replace(disk_world.split.scene_filter, max_scenes=5)
    tokens = [s.token for s in load_scenes(replace(disk_world.split, scene_filter=few), disk_world.folders)]
    assert tokens == [scene.token for scene in scenes][:5]


def test_an_observation_shows_the_current_frame(disk_world: DiskWorld) -> None:
    config = DataConfig(cameras=["CAM_F0", "CAM_L0"], image_height=64, image_width=96)
    scene = next(load_scenes(disk_world.split, disk_world.folders))
    seen = observe_scene(scene, disk_world.folders.sensors, config)
    assert seen.tokens == (scene.token,) and seen.images.shape == (1, 2, 3, 64, 96)
    assert torch.equal(seen.ego_poses[0, -1], torch.zeros(3))
    assert (seen.ego_poses[0, :3, 0] < 0).all()
    assert seen.command.tolist() == [[0.0, 1.0, 0.0, 0.0]]
    assert torch.allclose(seen.camera_to_ego[0, 0, :3, 3], torch.tensor([1.6, 0.0, 1.6]))
    ahead = seen.camera_to_ego[0, 0, :3, :3] @ torch.tensor([0.0, 0.0, 1.0])
    assert torch.allclose(ahead, torch.tensor([1.0, 0.0, 0.0]), atol=1e-6)


def test_the_live_agent_sees_what_the_cache_sees(disk_world: DiskWorld) -> None:
    config = DataConfig()
    scene = next(load_scenes(disk_world.split, disk_world.folders))
    views = []
    for camera in config.cameras:
        record = scene.current.cameras[camera]
        image = np.array(Image.open(disk_world.folders.sensors / record.path))
        mount = record.sensor_to_lidar_rotation, record.sensor_to_lidar_translation
        views.append(CameraView(image, record.intrinsics, *mount))
    live = observe(scene.token, views, ego_history(scene.frames[:HISTORY_FRAMES]), config)
    cached = observe_scene(scene, disk_world.folders.sensors, config)
    assert all(torch.equal(getattr(live, name), getattr(cached, name)) for name in TENSOR_FIELDS)


@pytest.mark.parametrize("size", [(128, 224), (135, 240), (100, 300), (200, 100)])
def test_intrinsics_follow_the_picture(size: tuple[int, int]) -> None:
    """A bright spot lies where the resized camera projects its direction."""
    u, v = 300.5, 120.5
    image = np.zeros((270, 480, 3), np.uint8)
    image[116:125, 296:305] = 255
    intrinsics = np.array([[384.0, 0.0, 240.0], [0.0, 384.0, 135.0], [0.0, 0.0, 1.0]])
    view = CameraView(image, intrinsics, np.eye(3), np.zeros(3))
    config = DataConfig(cameras=["CAM_F0"], image_height=size[0], image_width=size[1])
    still = _standing_history()
    seen = observe("token", [view], still, config)
    direction = np.linalg.inv(intrinsics) @ [u, v, 1.0]
    expected = (seen.intrinsics[0, 0].double().numpy() @ direction)[:2]
    if not (5 < expected[0] < size[1] - 5 and 5 < expected[1] < size[0] - 5):
        pytest.skip("the spot is cropped away")
    weights = seen.images[0, 0, 0].double()
    rows, columns = torch.meshgrid(*(torch.arange(n) + 0.5 for n in size), indexing="ij")
    found = [(weights * axis).sum() / weights.sum() for axis in (columns, rows)]
    assert np.allclose(found, expected, atol=0.1)


def test_a_missing_or_broken_picture_is_one_line(disk_world: DiskWorld) -> None:
    scene = next(load_scenes(disk_world.split, disk_world.folders))
    path = disk_world.folders.sensors / scene.current.cameras["CAM_F0"].path
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(DataError, match=path.name):
        observe_scene(scene, disk_world.folders.sensors, DataConfig())
    path.unlink()
    with pytest.raises(DataError, match="not a picture that can be read"):
        observe_scene(scene, disk_world.folders.sensors, DataConfig())


def test_a_camera_the_log_lacks_is_one_line(disk_world: DiskWorld) -> None:
    scene = next(load_scenes(disk_world.split, disk_world.folders))
    del scene.current.cameras["CAM_F0"]
    with pytest.raises(DataError, match="has no CAM_F0"):
        observe_scene(scene, disk_world.folders.sensors, DataConfig())


@pytest.mark.parametrize(
    "values",
    [
        {"cameras": ["CAM_X"]},
        {"cameras": ["CAM_F0", "CAM_F0"]},
        {"image_height": 0},
        {"bev_extent_m": -1.0},
        {"polyline_points": 1},
    ],
)
def test_a_bad_configuration_is_refused(values: dict) -> None:
    with pytest.raises(ValueError, match=next(iter(values))):
        DataConfig(**values)


def test_omegaconf_fills_the_configuration() -> None:
    omegaconf = pytest.importorskip("omegaconf")
    schema = omegaconf.OmegaConf.structured(DataConfig)
    merged = omegaconf.OmegaConf.merge(schema, {"cameras": ["CAM_F0"], "bev_cells": 32})
    assert omegaconf.OmegaConf.to_object(merged) == DataConfig(cameras=["CAM_F0"], bev_cells=32)


def _standing_history() -> EgoHistory:
    return ego_history(worlds.standing_still().frames[:HISTORY_FRAMES])
