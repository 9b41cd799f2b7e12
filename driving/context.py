"""What a context encoder makes of an observation, and what planner and reward model decode."""

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from driving.bev_area import BevArea


@dataclass(frozen=True)
class ContextTokens:
    """The scene as four kinds of tokens, all of width D, plus the ego status.

    ``bev`` is a grid over ``area`` of the ego frame: row index grows with x (forward), column index
    with y (left), so ``grid_sample`` takes ``area.to_unit(points).flip(-1)``.
    """

    meta: Float[Tensor, "B n_meta D"]
    """Hidden states of the language model."""
    bev: Float[Tensor, "B D H W"]
    map: Float[Tensor, "B n_map D"]
    """Queries of the vectorised map head."""
    object: Float[Tensor, "B n_object D"]
    """Queries of the detection head."""
    ego: Float[Tensor, "B D"]
    """Ego status and command."""
    area: BevArea
