"""The terms of the imitation loss say what they should in cases one can see through."""

import math

import torch

from driving.bev_area import BevArea
from planner.bev.heads import Percepts
from planner.imitation.losses import (
    LossWeights,
    anchor_gaps,
    imitation_losses,
    map_loss,
    mode_loss,
    object_loss,
    winner_l1,
)
from planner.imitation.matching import class_targets, match
from planner.model import VlaPlanner
from tests.planner.examples import random_example


def test_matching_finds_the_permutation_and_skips_padding() -> None:
    shapes = torch.tensor([[[0.0, 0.0], [1.0, 1.0], [5.0, 5.0]]])
    things = torch.tensor([[[5.0, 5.1], [0.1, 0.0], [1.0, 1.0]]])
    logits = torch.zeros(1, 3, 3)
    matches = match(logits, shapes, torch.tensor([[1, 0, -1]]), things)
    assert list(zip(matches.query.tolist(), matches.thing.tolist(), strict=True)) == [(0, 1), (2, 0)]
    assert class_targets(matches, torch.tensor([[1, 0, -1]]), logits).tolist() == [[0, 2, 1]]


def test_perfect_percepts_cost_next_to_nothing() -> None:
    example = random_example(2)
    targets, area = example.targets, BevArea(32.0, 5.0)
    boxes = targets.boxes
    code = torch.cat(
        [
            area.to_unit(boxes[..., :2]),
            boxes[..., 2:3].cos(),
            boxes[..., 2:3].sin(),
            boxes[..., 3:5] / 5,
            boxes[..., 5:] / 10,
        ],
        dim=-1,
    )
    sure = 30.0
    percepts = Percepts(
        object_tokens=torch.zeros(2, 3, 4),
        map_tokens=torch.zeros(2, 3, 4),
        bev_logits=torch.zeros(2, 7, 8, 8),
        object_logits=sure * torch.nn.functional.one_hot(targets.box_classes % 5, 5),
        boxes=code,
        map_logits=sure * torch.nn.functional.one_hot(targets.polyline_classes % 5, 5),
        map_points=area.to_unit(targets.polylines),
    )
    assert object_loss(percepts, targets, area) < 1e-4
    assert map_loss(percepts, targets, area) < 1e-4


def test_a_mode_almost_as_near_is_almost_as_wanted() -> None:
    gaps = torch.tensor([[0.5, 0.5 + math.log(2), 9.0]])
    wanted = torch.tensor([[2 / 3, 1 / 3, 0.0]])
    best = float(mode_loss((wanted + 1e-6).log(), gaps))
    assert best < float(mode_loss(torch.zeros(1, 3), gaps))
    assert best < float(mode_loss(torch.tensor([[9.0, 0.0, 0.0]]), gaps))
    assert math.isclose(best, math.log(3) - 2 / 3 * math.log(2), abs_tol=2e-3)


def test_the_winner_is_the_nearest_anchor_and_pays_alone() -> None:
    anchors = torch.zeros(3, 8, 3)
    anchors[:, :, 0] = torch.tensor([0.0, 5.0, 10.0])[:, None]
    expert = torch.zeros(1, 8, 3)
    expert[..., 0] = 6.0
    gaps = anchor_gaps(anchors, expert)
    assert gaps.tolist() == [[6.0, 1.0, 4.0]]
    l1 = winner_l1(anchors[None], expert, gaps.argmin(dim=-1))
    assert math.isclose(float(l1), 1 / 3, rel_tol=1e-5)


def test_every_term_is_finite_and_reaches_its_weights(planner: VlaPlanner) -> None:
    planner.train()
    example = random_example(3)
    perception = planner.encoder.perceive(example.observation)
    terms = imitation_losses(planner, perception, example)
    loss = terms.total(LossWeights())
    loss.backward()
    assert torch.isfinite(loss)
    idle = [name for name, p in planner.named_parameters() if p.grad is None]
    assert idle == []


def test_a_scene_without_objects_is_no_trouble(planner: VlaPlanner) -> None:
    example = random_example(2)
    example.targets.box_classes.fill_(-1)
    example.targets.polyline_classes.fill_(-1)
    perception = planner.encoder.perceive(example.observation)
    terms = imitation_losses(planner, perception, example)
    assert torch.isfinite(terms.total(LossWeights()))
