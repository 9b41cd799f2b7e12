"""What imitation does to an example so that it cannot be learned by heart.

Two things: colours and brightness of the pictures vary, and now and then the planner is blindfolded,
so that the decoder also learns what the ego status alone tells. Nothing here moves a pixel: a driver
who keeps right must not be mirrored.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from driving.context import ContextTokens
from driving.observation import Observation


@dataclass
class AugmentConfig:
    """How strongly."""

    brightness: float = 0.3
    """Pictures are multiplied by 1 +- this, one factor a scene."""
    colour: float = 0.1
    """and each colour channel by 1 +- this."""
    blindfold: float = 0.15
    """Chance, per scene, that the decoder gets no token but the ego's."""

    def __post_init__(self) -> None:
        for name in ("brightness", "colour", "blindfold"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{name} must lie in [0, 1), got {getattr(self, name)}")


def vary_colours(observation: Observation, config: AugmentConfig) -> Observation:
    """The same scenes under other light; randomness from the global generator."""
    images = observation.images
    factor = 1 + config.brightness * _plus_minus_one(len(images), 1, images)
    factor = factor * (1 + config.colour * _plus_minus_one(len(images), 3, images))
    changed = (images * factor[:, None, :, None, None]).clamp(0, 255).to(torch.uint8)
    return replace(observation, images=changed)


def blindfold(context: ContextTokens, config: AugmentConfig) -> ContextTokens:
    """In some scenes, zeros for everything seen; randomness from the global generator."""
    seen = torch.rand(len(context.ego), device=context.ego.device) >= config.blindfold
    return replace(
        context,
        meta=_where(seen, context.meta),
        bev=_where(seen, context.bev),
        map=_where(seen, context.map),
        object=_where(seen, context.object),
    )


def _where(seen: Tensor, tokens: Tensor) -> Tensor:
    return tokens * seen.view(-1, *[1] * (tokens.ndim - 1)).to(tokens.dtype)


def _plus_minus_one(rows: int, columns: int, like: Tensor) -> Tensor:
    return 2 * torch.rand(rows, columns, device=like.device) - 1
