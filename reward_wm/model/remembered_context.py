"""A frozen context encoder that looks at every scene once."""

import torch
from torch import nn

from driving.context import ContextTokens
from driving.observation import Observation


class RememberedContext(nn.Module):
    """Observation -> ContextTokens of a frozen encoder, kept in main memory by token.

    Scenes are encoded one at a time, so that the answer depends on the scene alone and not on the
    batch it first came in. Takes no gradient and stays in evaluation mode. Not for encoders that
    are still learning.
    """

    def __init__(self, encoder: nn.Module, max_scenes: int = 20_000) -> None:
        super().__init__()
        if max_scenes < 1:
            raise ValueError(f"max_scenes must be at least 1, got {max_scenes}")
        self.encoder = encoder.requires_grad_(False).eval()
        self.max_scenes = max_scenes
        self._seen: dict[str, ContextTokens] = {}

    def train(self, mode: bool = True) -> "RememberedContext":
        """Ignored below this module."""
        self.training = mode
        return self

    def forward(self, observation: Observation) -> ContextTokens:
        device = observation.ego_velocity.device
        single = [self._of(observation[k : k + 1]) for k in range(len(observation))]
        return stack_contexts([move_context(one, device) for one in single])

    @torch.no_grad()
    def _of(self, observation: Observation) -> ContextTokens:
        (token,) = observation.tokens
        if token in self._seen:
            return self._seen[token]
        context = move_context(self.encoder(observation), torch.device("cpu"))
        if len(self._seen) < self.max_scenes:
            self._seen[token] = context
        return context


PARTS = ("meta", "bev", "map", "object", "ego")


def stack_contexts(contexts: list[ContextTokens]) -> ContextTokens:
    """One batch of several contexts of equal shape."""
    parts = (torch.cat([getattr(one, name) for one in contexts]) for name in PARTS)
    return ContextTokens(*parts, area=contexts[0].area)


def move_context(context: ContextTokens, device: torch.device) -> ContextTokens:
    """The same context on ``device``."""
    parts = (getattr(context, name).to(device) for name in PARTS)
    return ContextTokens(*parts, area=context.area)
