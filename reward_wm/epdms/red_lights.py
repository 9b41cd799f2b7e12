"""Red lane connectors of the route, and which of them the ego's box touches."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Int64
from torch import Tensor

from reward_wm.epdms.compiled import first_red_touch, red_touches
from reward_wm.epdms.launch import launch
from reward_wm.epdms.padding import stack_padded
from reward_wm.epdms.polygons import Polygons
from reward_wm.epdms.states import HALF_LENGTH_M, HALF_WIDTH_M, EgoBoxes


@dataclass(frozen=True)
class RedLights:
    """Lane connectors that are red at some time."""

    polygons: Polygons
    """R of them, scene frame."""
    is_red: Bool[Tensor, "R T"]


@dataclass(frozen=True)
class PackedRedLights:
    """Those of W scenes, R of each."""

    owner: Int64[Tensor, "P"]
    """The scene of each proposal."""
    polygons: Polygons
    """W R of them, scene by scene."""
    is_red: Bool[Tensor, "W R T"]
    """Never where a scene has fewer."""

    @classmethod
    def of(cls, lights: Sequence[RedLights], owner: Int64[Tensor, "P"]) -> "PackedRedLights":
        """Pack those of each scene."""
        is_red = stack_padded([one.is_red for one in lights])
        polygons = []
        for one in lights:
            polygons += [one.polygons, Polygons.empty(is_red.shape[1] - len(one.polygons))]
        return cls(owner, Polygons.join(polygons).to(owner.device), is_red.to(owner.device))


def first_red_touches(ego: EgoBoxes, lights: RedLights | PackedRedLights) -> Int64[Tensor, "P R"]:
    """First sample at which the ego's box meets each connector while it is red; -1: never."""
    if isinstance(lights, RedLights):
        alone = torch.zeros(len(ego.centre), dtype=torch.int64)
        lights = PackedRedLights(alone, lights.polygons, lights.is_red[None])
    first = lights.owner.new_empty(len(ego.centre), lights.is_red.shape[1])
    launch(
        red_touches,
        first_red_touch,
        first.numel(),
        first,
        (HALF_LENGTH_M, HALF_WIDTH_M),
        ego.centre.contiguous(),
        ego.direction.contiguous(),
        lights.owner,
        lights.is_red,
        lights.polygons.tensors(),
    )
    return first
