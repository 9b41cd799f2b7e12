"""Candidates: deterministic, drivable, of every kind, and wrong often enough."""

import numpy as np
import pytest
import torch

from reward_wm.labels.drive import drive_along, plan_times, travelled
from reward_wm.labels.failures import Failure, choose_failures, forced_failure
from reward_wm.labels.perturbed import expert_line, perturbed_expert
from reward_wm.labels.proposals import (
    PlannerSamples,
    ProposalConfig,
    Source,
    propose,
    scene_generator,
)
from reward_wm.labels.scene_facts import scene_facts
from reward_wm.labels.vocabulary import choose_entries, fit_vocabulary, initial_speeds
from tests import worlds
from tests.reward_wm.rough_judge import rough_judge

SCENES = (
    worlds.straight_road(),
    worlds.standing_still(),
    worlds.stopped_car_ahead(),
    worlds.pedestrian_crosses(),
    worlds.crossing_with_red_light(),
    worlds.turning_at_crossing("left"),
)


def vocabulary(size: int = 32) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    speeds = 15 * torch.rand(200, generator=generator).double()
    bends = 0.4 * torch.randn(200, generator=generator).double()
    times = plan_times()
    heading = bends[:, None] * times / 4
    x, y = speeds[:, None] * times * torch.cos(heading / 2), speeds[:, None] * times
    experts = torch.stack([x, y * torch.sin(heading / 2), heading], dim=-1)
    return fit_vocabulary(experts, size, seed=0)


def test_candidates_depend_on_seed_and_token_alone() -> None:
    facts, words = scene_facts(SCENES[2]), vocabulary()
    once, again = (propose(facts, words, ProposalConfig()) for _ in range(2))
    other = propose(facts, words, ProposalConfig(seed=1))
    assert torch.equal(once.poses, again.poses)
    assert not torch.equal(once.poses, other.poses)


def test_the_expert_comes_first_and_every_kind_has_its_number() -> None:
    facts = scene_facts(SCENES[0])
    samples = PlannerSamples(torch.zeros(3, 8, 3), torch.zeros(6, 8, 3))
    config = ProposalConfig(4, 2, 5, 7)
    candidates = propose(facts, vocabulary(), config, samples)
    assert torch.equal(candidates.poses[0], facts.expert.float())
    counts = {kind: int((candidates.source == kind).sum()) for kind in Source}
    assert list(counts.values()) == [0, 1, 6, 3, 6, 5, 7]


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.log_name)
def test_a_third_of_all_candidates_break_a_rule(scene: worlds.Scene) -> None:
    candidates = propose(scene_facts(scene), vocabulary(), ProposalConfig())
    scores = rough_judge(scene)(scene.token, candidates.poses.double()).unfiltered
    bad = torch.stack([scores.nc, scores.dac, scores.tlc, scores.hc]).amin(dim=0) < 1
    assert 0.3 < bad.float().mean() < 0.95


def test_meeting_an_agent_collides_with_it() -> None:
    scene = worlds.stopped_car_ahead()
    facts = scene_facts(scene)
    generator = scene_generator(0, "any")
    poses = torch.stack([forced_failure(facts, Failure.MEET_AGENT, generator) for _ in range(10)])
    assert rough_judge(scene)(scene.token, poses).unfiltered.nc.mean() < 0.2


def test_driving_on_at_a_red_light_runs_it() -> None:
    scene = worlds.crossing_with_red_light()
    facts = scene_facts(scene)
    assert facts.red_light_ahead
    assert not scene_facts(worlds.crossing_with_green_light()).red_light_ahead
    poses = forced_failure(facts, Failure.DRIVE_ON, scene_generator(0, "any"))
    assert rough_judge(scene)(scene.token, poses[None]).unfiltered.tlc.item() == 0.0
    kinds = choose_failures(facts, 20, scene_generator(0, "any"))
    assert kinds.count(Failure.DRIVE_ON) == 6


def test_the_route_follows_the_turn() -> None:
    facts = scene_facts(worlds.turning_at_crossing("left"))
    poses = drive_along(facts.route, 8.0 * plan_times(), torch.zeros(8).double())
    assert poses[-1, 1] > 5 and poses[-1, 2] == pytest.approx(np.pi / 2, abs=0.05)


def test_a_line_beside_the_ego_is_reached_smoothly() -> None:
    line = torch.tensor([[0.0, 2.0], [100.0, 2.0]]).double()
    poses = drive_along(line, 5.0 * plan_times(), torch.zeros(8).double())
    assert poses[0, 1] == pytest.approx(2.0 * 2.5 / 15)
    assert torch.equal(poses[-1], torch.tensor([20.0, 2.0, 0.0]).double())
    assert poses[0, 2] == pytest.approx(np.arctan(2 / 15))


def test_travelled_follows_the_speed() -> None:
    braking = travelled(4.0, -2.0, delay_s=1.0)
    assert braking[1] == pytest.approx(4.0) and braking[-1] == pytest.approx(8.0)
    backwards = travelled(2.0, -4.0, -2.0)
    assert backwards[1] == pytest.approx(0.0) and backwards[-1] == pytest.approx(-6.0)


def test_a_perturbed_expert_stays_near_the_expert() -> None:
    facts = scene_facts(worlds.straight_road())
    generator = scene_generator(0, "any")
    poses = torch.stack([perturbed_expert(facts, generator) for _ in range(50)])
    assert (poses[:, :, 1].abs() < 8).all() and (poses[:, -1, 0] > 10).all()
    assert (poses - facts.expert).abs().amax(dim=(1, 2)).min() < 1e-6


def test_a_standing_expert_is_not_pushed_sideways() -> None:
    facts, generator = scene_facts(worlds.standing_still()), scene_generator(0, "any")
    poses = torch.stack([perturbed_expert(facts, generator) for _ in range(20)])
    assert (poses[..., 1].abs() <= 0.5 * poses[..., 0] + 1e-9).all()
    assert 0 < poses[:, -1, 0].max() < 16


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.log_name)
def test_expert_lines_go_forward(scene: worlds.Scene) -> None:
    line = expert_line(scene_facts(scene))
    steps = torch.diff(line, dim=0)
    assert (steps.norm(dim=-1) > 0).all()
    assert ((steps[1:] * steps[:-1]).sum(dim=-1) > 0).all()


def test_the_vocabulary_holds_real_experts() -> None:
    words = vocabulary(16)
    assert words.shape == (16, 8, 3) and len(torch.unique(words, dim=0)) == 16
    assert (torch.diff(initial_speeds(words)) >= 0).all()
    with pytest.raises(ValueError, match="distinct experts, got 1"):
        fit_vocabulary(words[:1].repeat(9, 1, 1), 4, seed=0)


def test_near_entries_begin_at_the_egos_speed() -> None:
    words, generator = vocabulary(), scene_generator(0, "any")
    near = choose_entries(words, 7.0, 6, 0, generator)
    assert (initial_speeds(words)[near] - 7.0).abs().mean() < 3.0
    both = choose_entries(words, 7.0, 16, 16, generator)
    assert len(torch.unique(both)) == 32
    with pytest.raises(ValueError, match="vocabulary of 32"):
        choose_entries(words, 7.0, 30, 3, generator)
