"""Augmentation changes light and hides tokens, nothing else."""

from dataclasses import fields

import pytest
import torch

from planner.imitation.augment import AugmentConfig, blindfold, vary_colours
from planner.model import VlaPlanner
from tests.planner.examples import random_observation


def test_light_changes_and_geometry_stays() -> None:
    observation = random_observation(3)
    changed = vary_colours(observation, AugmentConfig())
    same = {f.name for f in fields(observation) if getattr(observation, f.name) is getattr(changed, f.name)}
    assert same == {f.name for f in fields(observation)} - {"images"}
    ratio = changed.images[0, :, 1].float().mean() / observation.images[0, :, 1].float().mean()
    assert 0.5 < ratio < 1.5
    assert not torch.equal(changed.images, observation.images)


def test_no_strength_means_no_change(planner: VlaPlanner) -> None:
    off = AugmentConfig(brightness=0.0, colour=0.0, blindfold=0.0)
    observation = random_observation(2)
    assert torch.equal(vary_colours(observation, off).images, observation.images)
    context = planner.encoder(observation)
    assert torch.equal(blindfold(context, off).bev, context.bev)


def test_a_blindfolded_scene_keeps_its_ego_token_only(planner: VlaPlanner) -> None:
    torch.manual_seed(0)
    context = planner.encoder(random_observation(40, size=(16, 16)))
    hidden = blindfold(context, AugmentConfig(blindfold=0.5))
    dark = (hidden.bev == 0).flatten(1).all(dim=1)
    assert 5 < dark.sum() < 35
    for name in ("meta", "map", "object"):
        assert torch.equal((getattr(hidden, name) == 0).flatten(1).all(dim=1), dark)
    assert torch.equal(hidden.ego, context.ego)
    assert torch.equal(hidden.bev[~dark], context.bev[~dark])


def test_impossible_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="blindfold"):
        AugmentConfig(blindfold=1.0)
