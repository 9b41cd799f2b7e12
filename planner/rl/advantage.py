"""How much better than its siblings a candidate was.

The advantage is relative to the other samples of the same scene (GRPO, arXiv 2402.03300): no critic.
A scene whose samples all score alike teaches nothing; divided by its tiny deviation it would shout,
so it is left out.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor


@dataclass(frozen=True)
class Advantages:
    """Advantage of every candidate, 0 in scenes that teach nothing."""

    values: Float[Tensor, "B G"]
    useful: Bool[Tensor, "B"]
    """Scenes whose samples differ."""


def scene_advantages(rewards: Float[Tensor, "B G"], least_std: float) -> Advantages:
    """(reward - mean) / std within each scene; scenes with a std below ``least_std`` are not useful."""
    centred = rewards - rewards.mean(dim=1, keepdim=True)
    std = rewards.std(dim=1, correction=0, keepdim=True)
    useful = std.squeeze(1) >= least_std
    values = torch.where(useful[:, None], centred / std.clamp(min=least_std), torch.zeros_like(centred))
    return Advantages(values, useful)
