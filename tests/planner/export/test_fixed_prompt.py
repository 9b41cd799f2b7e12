"""The vision-language model without tokenizer and picture processor: the same meta tokens, to the bit."""

from dataclasses import replace

import pytest
import torch

from driving.observation import Observation
from planner import presets
from planner.export.fixed_prompt import FASTEST_MPS, FixedPrompt
from planner.model import VlaPlanner
from planner.semantic.vlm import DrivingVlm
from tests.planner.examples import random_observation

SIZE = (32, 64)


def at_speed(observation: Observation, speed_mps: float) -> Observation:
    velocity = torch.tensor([speed_mps, 0.0]).expand_as(observation.ego_velocity)
    return replace(observation, ego_velocity=velocity)


@torch.no_grad()
def test_meta_tokens_are_the_same_bits(planner: VlaPlanner) -> None:
    vlm = planner.encoder.vlm
    observation = random_observation(5)
    assert torch.equal(FixedPrompt(vlm, SIZE)(observation), vlm(observation).meta)


@torch.no_grad()
def test_several_views_and_another_picture_size() -> None:
    torch.manual_seed(0)
    vlm = DrivingVlm(replace(presets.debug().encoder.vlm, views=(2, 0)), 16).eval()
    observation = random_observation(2, size=(72, 50))
    assert torch.equal(FixedPrompt(vlm, (72, 50))(observation), vlm(observation).meta)


@torch.no_grad()
@pytest.mark.parametrize("speed_mps", [0.0, 0.49, 0.51, 9.5, 10.5, 36.2, 99.0])
def test_every_speed_has_its_word(planner: VlaPlanner, speed_mps: float) -> None:
    vlm, observation = planner.encoder.vlm, at_speed(random_observation(2), speed_mps)
    assert torch.equal(FixedPrompt(vlm, SIZE)(observation), vlm(observation).meta)


@torch.no_grad()
def test_a_speed_without_a_word_is_read_as_the_fastest(planner: VlaPlanner) -> None:
    prompt, observation = FixedPrompt(planner.encoder.vlm, SIZE), random_observation(1)
    beyond, fastest = at_speed(observation, 250.0), at_speed(observation, float(FASTEST_MPS))
    assert torch.equal(prompt(beyond), prompt(fastest))


def test_another_language_model_is_refused(planner: VlaPlanner) -> None:
    planner.encoder.vlm.config.model = "someone/large-model"
    with pytest.raises(ValueError, match=r"'someone/large-model' cannot be exported"):
        FixedPrompt(planner.encoder.vlm, SIZE)
