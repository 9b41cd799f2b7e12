"""What is read off the bird's-eye view: segmentation, objects, vectorised map elements.

Objects and map elements are queries of one small transformer decoder over the grid (DETR,
arXiv 2005.12872; MapTR, arXiv 2208.14437). The planner attends to the query tokens; their
decoded boxes and points exist for the auxiliary losses and for looking at.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from driving.targets import BEV_CLASSES, DETECTION_CLASSES, MAP_CLASSES
from planner.layers import Attention, FeedForward, mlp

BOX_CODE = 7
"""x, y over the extent; cos, sin of the heading; length, width over 5 m; speed over 10 m/s."""


@dataclass
class QueryConfig:
    """Numbers of queries and layers."""

    objects: int = 24
    map_elements: int = 32
    map_points: int = 8
    """Points of a decoded map element."""
    layers: int = 2
    heads: int = 4

    def __post_init__(self) -> None:
        for name in ("objects", "map_elements", "layers", "heads"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")
        if self.map_points < 2:
            raise ValueError(f"map_points must be at least 2, got {self.map_points}")


@dataclass(frozen=True)
class Percepts:
    """Query tokens and what the auxiliary heads read from them and from the grid."""

    object_tokens: Float[Tensor, "B objects D"]
    map_tokens: Float[Tensor, "B elements D"]
    bev_logits: Float[Tensor, "B classes H W"]
    """One binary logit for each of ``BEV_CLASSES``."""
    object_logits: Float[Tensor, "B objects object_classes"]
    """``DETECTION_CLASSES``, then "nothing"."""
    boxes: Float[Tensor, "B objects 7"]
    """See ``BOX_CODE``."""
    map_logits: Float[Tensor, "B elements map_classes"]
    """``MAP_CLASSES``, then "nothing"."""
    map_points: Float[Tensor, "B elements V 2"]
    """Over the extent, ego frame."""


class PerceptionHeads(nn.Module):
    """Query decoder and auxiliary heads."""

    def __init__(self, config: QueryConfig, width: int) -> None:
        super().__init__()
        self.config = config
        self.queries = nn.Parameter(torch.randn(config.objects + config.map_elements, width) * 0.5)
        self.layers = nn.ModuleList(QueryLayer(width, config.heads) for _ in range(config.layers))
        self.norm = nn.LayerNorm(width)
        self.segment = nn.Conv2d(width, len(BEV_CLASSES), 1)
        self.object_class = nn.Linear(width, len(DETECTION_CLASSES) + 1)
        self.box = mlp(width, width, BOX_CODE)
        self.map_class = nn.Linear(width, len(MAP_CLASSES) + 1)
        self.points = mlp(width, width, config.map_points * 2)

    def forward(self, bev: Float[Tensor, "B D H W"]) -> Percepts:
        memory = bev.flatten(2).transpose(1, 2)
        tokens = self.queries.expand(bev.shape[0], -1, -1)
        for layer in self.layers:
            tokens = layer(tokens, memory)
        tokens = self.norm(tokens)
        objects, elements = tokens.split([self.config.objects, self.config.map_elements], dim=1)
        return Percepts(
            object_tokens=objects,
            map_tokens=elements,
            bev_logits=self.segment(bev),
            object_logits=self.object_class(objects),
            boxes=self.box(objects),
            map_logits=self.map_class(elements),
            map_points=self.points(elements).unflatten(-1, (-1, 2)),
        )


class QueryLayer(nn.Module):
    """Queries attend to each other, then to the grid, then think."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.look_around = Attention(width, heads)
        self.look_at_grid = Attention(width, heads)
        self.feed_forward = FeedForward(width)

    def forward(
        self, queries: Float[Tensor, "B Q D"], grid: Float[Tensor, "B cells D"]
    ) -> Float[Tensor, "B Q D"]:
        return self.feed_forward(self.look_at_grid(self.look_around(queries), grid))
