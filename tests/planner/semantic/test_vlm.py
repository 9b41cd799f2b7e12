"""Meta tokens come from the prompt alone; the answer is learned, and can be spoken."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from planner.semantic.tiny_vlm import TinyVlmConfig
from planner.semantic.vlm import DrivingVlm, VlmConfig
from tests.planner.examples import random_observation


@pytest.fixture
def vlm() -> DrivingVlm:
    torch.manual_seed(0)
    tiny = TinyVlmConfig(image_size=32, width=32, vision_layers=1, language_layers=2, heads=2)
    return DrivingVlm(VlmConfig(tiny=tiny, meta_tokens=3, answer_tokens=12), width=16)


def test_no_answer_reaches_the_meta_tokens(vlm: DrivingVlm) -> None:
    observation = random_observation(2)
    told = vlm(observation)
    before = told.meta.clone()
    loss = vlm.answer_loss(told.prompt, ("stop, keep lane", "speed up, turn left: go"))
    assert torch.equal(told.meta, before)
    assert torch.equal(vlm(observation).meta, before)
    (gradient,) = torch.autograd.grad(before.sum(), vlm.model.lm_head.weight, allow_unused=True)
    assert loss.requires_grad
    assert torch.isfinite(gradient).all()


def test_reading_from_the_cache_equals_reading_at_once(vlm: DrivingVlm) -> None:
    observation = random_observation(1)
    answer = "slow down, keep lane"
    loss = vlm.answer_loss(vlm(observation).prompt, (answer,))
    inputs = vlm._inputs(observation)
    told = vlm.processor.tokenizer(answer + "<end>", return_tensors="pt")["input_ids"]
    prompt_length = inputs["input_ids"].shape[1]
    inputs["input_ids"] = torch.cat([inputs["input_ids"], told], dim=1)
    inputs["attention_mask"] = torch.ones_like(inputs["input_ids"])
    logits = vlm.model(**inputs).logits[0, prompt_length - 1 : -1]
    torch.testing.assert_close(loss, torch.nn.functional.cross_entropy(logits, told[0]))


def test_padding_of_a_shorter_prompt_changes_nothing(vlm: DrivingVlm) -> None:
    observation = random_observation(2)
    velocity = torch.zeros_like(observation.ego_velocity)
    velocity[1] = 300.0  # is spelled, so that the second prompt is longer
    observation = replace(observation, ego_velocity=velocity)
    together, alone = vlm(observation), vlm(observation[:1])
    assert together.prompt.mask[0, 0] == 0
    torch.testing.assert_close(together.meta[:1], alone.meta, atol=1e-4, rtol=1e-4)


def test_it_learns_to_say_what_it_sees(vlm: DrivingVlm) -> None:
    observation = random_observation(2)
    images = observation.images.clone()
    images[0], images[1] = 20, 230
    observation = replace(observation, images=images)
    answers = ("stop, keep lane: the light is red", "keep speed, keep lane")
    optimiser = torch.optim.AdamW(vlm.parameters(), lr=5e-3)
    for _ in range(60):
        loss = vlm.answer_loss(vlm(observation).prompt, answers)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert vlm.eval().speak(observation) == answers


def test_a_missing_camera_is_named() -> None:
    vlm = DrivingVlm(VlmConfig(tiny=TinyVlmConfig(image_size=32), views=(4,)), width=16)
    with pytest.raises(ValueError, match=r"views \[4\]"):
        vlm(random_observation(1))


def test_a_model_from_disk_comes_through_the_auto_classes(vlm: DrivingVlm, tmp_path: Path) -> None:
    vlm.model.save_pretrained(tmp_path)
    vlm.processor.save_pretrained(tmp_path)
    config = VlmConfig(model=str(tmp_path), frozen=True, meta_tokens=3, answer_tokens=12)
    loaded = DrivingVlm(config, width=16)
    observation = random_observation(2)
    loaded.load_state_dict(vlm.state_dict())
    torch.testing.assert_close(loaded.eval()(observation).meta, vlm.eval()(observation).meta)
    assert loaded.speak(observation) == vlm.speak(observation)
    assert {name.split(".")[0] for name, p in loaded.named_parameters() if p.requires_grad} == {
        "adaptor",
        "longitudinal",
        "lateral",
    }
