"""Red lane connectors of the route, and which of them the ego's box touches."""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Int64
from torch import Tensor

from reward_wm.epdms.compiled import red_touches
from reward_wm.epdms.polygons import Polygons
from reward_wm.epdms.states import HALF_LENGTH_M, HALF_WIDTH_M, EgoBoxes


@dataclass(frozen=True)
class RedLights:
    """Lane connectors that are red at some time."""

    polygons: Polygons
    """R of them, scene frame."""
    is_red: Bool[Tensor, "R T"]


def first_red_touches(ego: EgoBoxes, lights: RedLights) -> Int64[Tensor, "P R"]:
    """First sample at which the ego's box meets each connector while it is red; -1: never."""
    arrays = (ego.centre.contiguous().numpy(), ego.direction.contiguous().numpy())
    size = (HALF_LENGTH_M, HALF_WIDTH_M)
    first = red_touches(size, *arrays, lights.is_red.numpy(), *lights.polygons.arrays())
    return torch.from_numpy(first)
