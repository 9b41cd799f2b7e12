"""The few network parts that several modules share: attention, feed-forward, MLP, sine embedding.

Attention and feed-forward are pre-norm residual blocks without dropout, so that training and
evaluation mode compute the same function (PPO's first ratio is exactly 1 because of it).
"""

import math

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn
from torch.nn import functional


class Attention(nn.Module):
    """Multi-head attention of queries to a memory of the same width, plus the residual.

    Without a memory the queries attend to each other.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        if width % heads:
            raise ValueError(f"width {width} is not divisible by {heads} heads")
        self.heads = heads
        self.norm = nn.LayerNorm(width)
        self.memory_norm = nn.LayerNorm(width)
        self.to_query = nn.Linear(width, width)
        self.to_key_value = nn.Linear(width, 2 * width)
        self.out = nn.Linear(width, width)

    def forward(
        self, queries: Float[Tensor, "B Q D"], memory: Float[Tensor, "B S D"] | None = None
    ) -> Float[Tensor, "B Q D"]:
        source = self.memory_norm(queries if memory is None else memory)
        key, value = self.to_key_value(source).chunk(2, dim=-1)
        query = self.to_query(self.norm(queries))
        attended = functional.scaled_dot_product_attention(
            self._split(query), self._split(key), self._split(value)
        )
        return queries + self.out(attended.transpose(1, 2).flatten(2))

    def _split(self, tokens: Tensor) -> Tensor:
        return tokens.unflatten(-1, (self.heads, -1)).transpose(1, 2)


class FeedForward(nn.Module):
    """Two linear layers with GELU between them, plus the residual."""

    def __init__(self, width: int, expansion: int = 2) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.net = mlp(width, width * expansion, width)

    def forward(self, tokens: Float[Tensor, "*batch D"]) -> Float[Tensor, "*batch D"]:
        return tokens + self.net(self.norm(tokens))


def mlp(*widths: int) -> nn.Sequential:
    """Linear layers of the given widths with GELU between them."""
    layers: list[nn.Module] = []
    for given, wanted in zip(widths[:-1], widths[1:], strict=True):
        layers += [nn.Linear(given, wanted), nn.GELU()]
    return nn.Sequential(*layers[:-1])


def zero_init(module: nn.Linear) -> nn.Linear:
    """The same layer with weights and bias 0, so that a residual branch starts as nothing."""
    nn.init.zeros_(module.weight)
    nn.init.zeros_(module.bias)
    return module


def sine_embedding(values: Int64[Tensor, "*batch"], width: int) -> Float[Tensor, "*batch {width}"]:
    """Sines and cosines of ``values`` at wavelengths from 2 pi to 10,000 * 2 pi."""
    half = width // 2
    exponents = torch.arange(half, device=values.device, dtype=torch.float32) / max(half - 1, 1)
    angles = values[..., None].float() * torch.exp(-math.log(10_000.0) * exponents)
    return torch.cat([angles.sin(), angles.cos()], dim=-1)
