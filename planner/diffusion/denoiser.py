"""Noised trajectories in, denoised trajectories and their logits out.

Each candidate is one token. A block lets it attend to the meta tokens, to the bird's-eye view
(looked up at its own poses, and as a whole at low resolution), to the map tokens and to the object
tokens, with a feed-forward layer after each; then it says how to change the trajectory. Candidates
never attend to each other: the chain of one mode is a policy of its own, and its log-probability
does not depend on which others were sampled.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn
from torch.nn import functional

from driving.context import ContextTokens
from driving.types import PLAN_POSES
from planner.diffusion.anchors import TrajectoryCodec
from planner.layers import Attention, FeedForward, mlp, sine_embedding, zero_init

LATENT = PLAN_POSES * 3
METRES_SCALE = 10.0
"""Poses are divided by this before the network reads them."""


@dataclass
class DenoiserConfig:
    """Size of the decoder."""

    blocks: int = 2
    heads: int = 4
    pooled_cells: int = 8
    """The grid is also attended to as pooled_cells x pooled_cells tokens."""

    def __post_init__(self) -> None:
        if self.blocks < 1 or self.heads < 1 or self.pooled_cells < 1:
            raise ValueError(f"{self.blocks} blocks, {self.heads} heads, {self.pooled_cells} pooled cells")


@dataclass(frozen=True)
class Denoised:
    """What one block says about every candidate."""

    latents: Float[Tensor, "B P Z"]
    """The clean trajectory, whitened."""
    logits: Float[Tensor, "B P"]
    """Confidence that this is the mode to drive."""


class Denoiser(nn.Module):
    """A cascade of blocks, each refining the trajectory of the one before."""

    def __init__(self, config: DenoiserConfig, width: int, codec: TrajectoryCodec) -> None:
        super().__init__()
        self.width = width
        self.codec = codec
        self.embed = mlp(2 * LATENT, width, width)
        self.embed_level = mlp(width, width, width)
        self.ego = nn.Linear(width, width)
        self.blocks = nn.ModuleList(DenoiserBlock(config, width) for _ in range(config.blocks))

    def forward(
        self,
        context: ContextTokens,
        noisy: Float[Tensor, "B P Z"],
        level: Int64[Tensor, "B"],
    ) -> list[Denoised]:
        """The output of every block, the last being the answer; ``level`` is the noise level."""
        current = noisy
        in_metres = self.codec.decode(noisy).flatten(-2) / METRES_SCALE
        tokens = self.embed(torch.cat([noisy, in_metres], dim=-1)) + self.ego(context.ego)[:, None]
        tokens = tokens + self.embed_level(sine_embedding(level, self.width))[:, None]
        outputs = []
        for block in self.blocks:
            tokens, denoised = block(tokens, current.detach(), self.codec, context)
            current = denoised.latents
            outputs.append(denoised)
        return outputs


class DenoiserBlock(nn.Module):
    """Meta, BEV, map, objects: attention and feed-forward after each."""

    def __init__(self, config: DenoiserConfig, width: int) -> None:
        super().__init__()
        self.pooled_cells = config.pooled_cells
        self.attend = nn.ModuleDict(
            {name: Attention(width, config.heads) for name in ("meta", "bev", "map", "object")}
        )
        self.feed = nn.ModuleDict({name: FeedForward(width) for name in ("meta", "bev", "map", "object")})
        self.at_poses = nn.Linear(width * PLAN_POSES, width)
        self.change = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, width), nn.GELU(), zero_init(nn.Linear(width, LATENT))
        )
        self.confidence = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, width), nn.GELU(), zero_init(nn.Linear(width, 1))
        )

    def forward(
        self,
        tokens: Float[Tensor, "B P D"],
        latents: Float[Tensor, "B P Z"],
        codec: TrajectoryCodec,
        context: ContextTokens,
    ) -> tuple[Float[Tensor, "B P D"], Denoised]:
        """The next tokens, and the trajectories ``latents`` refined."""
        tokens = self._attend("meta", tokens, context.meta)
        tokens = tokens + self.at_poses(look_up(context, codec.decode(latents)).flatten(-2))
        pooled = functional.adaptive_avg_pool2d(context.bev, self.pooled_cells)
        tokens = self._attend("bev", tokens, pooled.flatten(2).transpose(1, 2))
        tokens = self._attend("map", tokens, context.map)
        tokens = self._attend("object", tokens, context.object)
        return tokens, Denoised(latents + self.change(tokens), self.confidence(tokens).squeeze(-1))

    def _attend(self, name: str, tokens: Tensor, memory: Tensor) -> Tensor:
        return self.feed[name](self.attend[name](tokens, memory))


def look_up(context: ContextTokens, poses: Float[Tensor, "B P F 3"]) -> Float[Tensor, "B P F D"]:
    """Bird's-eye-view features at the positions of poses (ego frame, m); zero outside the grid."""
    places = context.area.to_unit(poses[..., :2]).flip(-1)
    found = functional.grid_sample(context.bev, places, align_corners=False)
    return found.permute(0, 2, 3, 1)
