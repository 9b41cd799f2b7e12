"""Asking every camera for every point finds what asking for the seen ones finds."""

import torch

from planner.bev.encoder import BevConfig, Sight, look, look_up_pillars, pillar_points
from planner.export.dense_pillars import look_up_densely
from tests.planner.examples import random_observation


def drawn_sight() -> Sight:
    """Of four cameras that overlap nowhere, with points in sight of one, of none, and at the edge."""
    observation = random_observation(2, cameras=4)
    sight = look(pillar_points(BevConfig(cells=16)), observation)
    sight.place[:, :, ::7] = sight.place[:, :, ::7].clamp(0, 1)
    return Sight(sight.place, sight.seen | (torch.arange(sight.seen.shape[-1]) % 7 == 0))


def test_both_ways_find_the_same() -> None:
    features = torch.randn(2, 4, 5, 6, 9, generator=torch.Generator().manual_seed(0))
    sight = drawn_sight()
    assert sight.seen.any() and not sight.seen.all()
    sparse, dense = look_up_pillars(features, sight), look_up_densely(features, sight)
    assert torch.allclose(sparse, dense, atol=1e-5)


def test_where_nothing_is_seen_both_find_nothing() -> None:
    features, sight = torch.randn(1, 2, 5, 6, 9), Sight(torch.rand(1, 2, 7, 2), torch.zeros(1, 2, 7).bool())
    assert torch.equal(look_up_densely(features, sight), torch.zeros(1, 7, 6))
    assert torch.equal(look_up_pillars(features, sight), torch.zeros(1, 7, 6))
