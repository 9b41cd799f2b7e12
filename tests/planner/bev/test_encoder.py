"""The bird's-eye view looks into the right pixels."""

import torch
from torch.nn import functional

from planner.bev.encoder import BevConfig, look, look_up_pillars, pillar_points
from tests.planner.examples import random_observation


def test_a_point_ahead_lands_where_the_pinhole_says() -> None:
    observation = random_observation(1, cameras=1, size=(32, 64))
    sight = look(torch.tensor([[11.6, 2.0, 1.6], [-10.0, 0.0, 1.0]]), observation)
    focal = float(observation.intrinsics[0, 0, 0, 0])
    expected = torch.tensor([0.5 - focal * 2.0 / 10.0 / 64, 0.5])
    torch.testing.assert_close(sight.place[0, 0, 0], expected)
    assert sight.seen[0, 0].tolist() == [True, False]


def test_looking_up_seen_pillars_equals_grid_sampling_everything() -> None:
    observation = random_observation(2, size=(32, 64))
    config = BevConfig(cells=12, heights_m=(0.0, 2.0))
    sight = look(pillar_points(config), observation)
    features = torch.randn(2, 3, 5, 4, 8)
    found = look_up_pillars(features, sight)
    total, times = torch.zeros(2, 12 * 12 * 2, 5), torch.zeros(2, 12 * 12 * 2, 1)
    for camera in range(3):
        grid = 2 * sight.place[:, camera, None] - 1
        sampled = functional.grid_sample(
            features[:, camera], grid, align_corners=False, padding_mode="border"
        )
        seen = sight.seen[:, camera, :, None]
        total += torch.where(seen, sampled[:, :, 0].mT, 0.0)
        times += seen
    torch.testing.assert_close(found[..., :-1], total / times.clamp(min=1))
    assert torch.equal(found[..., -1:], (times > 0).float())
    assert 0.05 < found[..., -1].mean() < 0.95


def test_pillars_are_ordered_row_column_height() -> None:
    config = BevConfig(extent_m=4.0, ahead_m=10.0, cells=4, heights_m=(0.0, 1.0))
    points = pillar_points(config).unflatten(0, (4, 4, 2))
    assert points[3, 0, 1].tolist() == [13.0, -3.0, 1.0]
