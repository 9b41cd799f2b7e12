"""The pillar lookup of ``planner.bev.encoder`` for runtimes without data-dependent shapes.

The planner looks up only what is seen, which needs a list whose length depends on the data. Here every
camera is asked for every point, and what it does not see is multiplied by zero: the same sum in
another order.
"""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from planner.bev.encoder import Sight


def look_up_densely(features: Float[Tensor, "B N D h w"], sight: Sight) -> Float[Tensor, "B points D+1"]:
    """As ``look_up_pillars``, within rounding."""
    shape = features.shape[:2]
    places = (sight.place * 2 - 1).flatten(0, 1)[:, None]
    found = functional.grid_sample(features.flatten(0, 1), places, padding_mode="border", align_corners=False)
    found = found.squeeze(2).transpose(1, 2).unflatten(0, shape)
    seen = sight.seen.to(features.dtype)[..., None]
    times = seen.sum(dim=1)
    return torch.cat([(found * seen).sum(dim=1) / times.clamp(min=1), times.clamp(max=1)], dim=-1)
