"""Reads a scene's tokens from the point of view of candidate trajectories."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import adaptive_avg_pool2d

from driving.context import ContextTokens
from driving.trajectory import Trajectory
from reward_wm.model.trajectory_features import (
    MOTION_FEATURES,
    footprint_points,
    footprint_size,
    motion_features,
    sample_bev,
)


@dataclass
class DecoderConfig:
    """Size of the trajectory decoder."""

    context_width: int = 128
    """Width D of the context tokens."""
    width: int = 128
    layers: int = 2
    heads: int = 4
    samples: int = 16
    """Points in time at which a trajectory is looked at."""
    bev_channels: int = 32
    """Width of the BEV features gathered under the ego box."""
    bev_tokens: int = 8
    """The BEV grid is pooled to bev_tokens x bev_tokens for attention."""
    sees_trajectory: bool = True
    """False makes a baseline that judges all candidates of a scene alike."""

    def __post_init__(self) -> None:
        for name in ("context_width", "layers", "samples", "bev_channels", "bev_tokens"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")
        if self.heads < 1 or self.width % self.heads:
            raise ValueError(f"width {self.width} is not a multiple of heads {self.heads}")


class TrajectoryDecoder(nn.Module):
    """(ContextTokens, trajectories) -> one feature a trajectory.

    Every sample in time of a trajectory is a token: its motion, the BEV under the ego box, the ego
    status. Blocks of attention among a trajectory's own tokens, then to meta, BEV, map and object
    tokens in turn, as in the policy. Trajectories of a scene don't see each other.
    """

    def __init__(self, config: DecoderConfig) -> None:
        super().__init__()
        self.config = config
        width, context = config.width, config.context_width
        self.reduce_bev = nn.Conv2d(context, config.bev_channels, 1)
        gathered = (config.bev_channels + 1) * footprint_size()
        self.under_box = nn.Sequential(nn.Linear(gathered, width), nn.GELU())
        self.embed = nn.Sequential(
            nn.Linear(MOTION_FEATURES + width + context, width), nn.GELU(), nn.Linear(width, width)
        )
        self.time = nn.Parameter(0.02 * torch.randn(config.samples, width))
        self.whole = nn.Parameter(0.02 * torch.randn(width))
        self.places = nn.Parameter(0.02 * torch.randn(config.bev_tokens**2, context))
        self.blocks = nn.ModuleList(
            TrajectoryBlock(width, context, config.heads) for _ in range(config.layers)
        )

    @property
    def feature_width(self) -> int:
        return 2 * self.config.width

    def forward(self, context: ContextTokens, trajectories: Trajectory) -> Float[Tensor, "B P feature"]:
        """``trajectories`` has poses (B, P, F, 3)."""
        tokens = self._embed(context, trajectories)
        batch, proposals = tokens.shape[:2]
        whole = self.whole.expand(batch, proposals, 1, -1)
        tokens = torch.cat([whole, tokens], dim=2)
        pooled = adaptive_avg_pool2d(context.bev, self.config.bev_tokens)
        bev = pooled.flatten(2).transpose(1, 2) + self.places
        memories = (context.meta, bev, context.map, context.object)
        for block in self.blocks:
            tokens = block(tokens, memories)
        return torch.cat([tokens[:, :, 0], tokens[:, :, 1:].amax(dim=2)], dim=-1)

    def _embed(self, context: ContextTokens, trajectories: Trajectory) -> Float[Tensor, "B P Q width"]:
        samples = self.config.samples
        motion = motion_features(trajectories, samples)
        points = footprint_points(trajectories, samples)
        bev = self.reduce_bev(context.bev)
        inside = torch.ones_like(bev[:, :1])
        gathered = sample_bev(torch.cat([bev, inside], dim=1), points, context.area)
        under = self.under_box(gathered.flatten(-2))
        if not self.config.sees_trajectory:
            motion, under = torch.zeros_like(motion), torch.zeros_like(under)
        ego = context.ego[:, None, None].expand(*motion.shape[:3], -1)
        return self.embed(torch.cat([motion, under, ego], dim=-1)) + self.time


class TrajectoryBlock(nn.Module):
    """Attention along the trajectory, then to four memories in turn, then feed-forward; pre-norm."""

    def __init__(self, width: int, context_width: int, heads: int) -> None:
        super().__init__()
        self.along = nn.MultiheadAttention(width, heads, batch_first=True)
        self.along_norm = nn.LayerNorm(width)
        self.to_memory = nn.ModuleList(
            nn.MultiheadAttention(
                width,
                heads,
                batch_first=True,
                add_zero_attn=True,
                kdim=context_width,
                vdim=context_width,
            )
            for _ in range(4)
        )
        self.memory_norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(4))
        self.context_norms = nn.ModuleList(nn.LayerNorm(context_width) for _ in range(4))
        self.feed_forward = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )

    def forward(
        self,
        tokens: Float[Tensor, "B P Q width"],
        memories: tuple[Float[Tensor, "B _ D"], ...],
    ) -> Float[Tensor, "B P Q width"]:
        batch, proposals = tokens.shape[:2]
        single = tokens.flatten(0, 1)
        single = single + _attend(self.along, self.along_norm(single))
        scene = single.unflatten(0, (batch, proposals)).flatten(1, 2)
        parts = zip(self.to_memory, self.memory_norms, self.context_norms, memories, strict=True)
        for attention, norm, context_norm, memory in parts:
            scene = scene + _attend(attention, norm(scene), context_norm(memory))
        scene = scene + self.feed_forward(scene)
        return scene.unflatten(1, (proposals, tokens.shape[2]))


def _attend(
    attention: nn.Module,
    queries: Float[Tensor, "n q width"],
    memory: Float[Tensor, "n m D"] | None = None,
) -> Float[Tensor, "n q width"]:
    source = queries if memory is None else memory
    return attention(queries, source, source, need_weights=False)[0]
