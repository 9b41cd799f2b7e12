"""Hungarian matching of object and map queries to what was really there (DETR, arXiv 2005.12872)."""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int64
from scipy.optimize import linear_sum_assignment
from torch import Tensor

CLASS_COST = 1.0
SHAPE_COST = 5.0


@dataclass(frozen=True)
class Matches:
    """Pairs over the whole batch: query ``query[i]`` of scene ``scene[i]`` is ``thing[i]``."""

    scene: Int64[Tensor, "pairs"]
    query: Int64[Tensor, "pairs"]
    thing: Int64[Tensor, "pairs"]


@torch.no_grad()
def match(
    logits: Float[Tensor, "B Q classes"],
    shapes: Float[Tensor, "B Q code"],
    true_classes: Int64[Tensor, "B things"],
    true_shapes: Float[Tensor, "B things code"],
) -> Matches:
    """The cheapest one-to-one assignment of every scene; things of class -1 are padding."""
    chance = logits.softmax(dim=-1)
    of_class = chance.gather(2, true_classes.clamp(min=0)[:, None].expand(-1, chance.shape[1], -1))
    cost = (
        SHAPE_COST * torch.cdist(shapes, true_shapes, p=1) / shapes.shape[-1] - CLASS_COST * of_class
    ).cpu()
    pairs: list[tuple[int, int, int]] = []
    for scene, real in enumerate((true_classes >= 0).cpu()):
        things = real.nonzero().squeeze(-1)
        queries, chosen = linear_sum_assignment(cost[scene][:, things].numpy())
        pairs += [(scene, int(q), int(things[c])) for q, c in zip(queries, chosen, strict=True)]
    table = torch.tensor(pairs, dtype=torch.int64, device=logits.device).reshape(-1, 3)
    return Matches(table[:, 0], table[:, 1], table[:, 2])


def class_targets(
    matches: Matches, true_classes: Int64[Tensor, "B things"], logits: Float[Tensor, "B Q classes"]
) -> Int64[Tensor, "B Q"]:
    """The class every query should say; the last class is "nothing"."""
    batch, queries, classes = logits.shape
    wanted = true_classes.new_full((batch, queries), classes - 1)
    wanted[matches.scene, matches.query] = true_classes[matches.scene, matches.thing]
    return wanted
