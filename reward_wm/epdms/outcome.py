"""What a sub-score says about each proposal."""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float64, Int64
from torch import Tensor

NEVER = -1


@dataclass(frozen=True)
class Outcome:
    """A sub-score, and where it was lost first."""

    score: Float64[Tensor, "P"]
    first_failure: Int64[Tensor, "P"]
    """Sample (0 to 40) at which it falls below 1; -1 where it does not."""
    culprit: Int64[Tensor, "P"]
    """Row of the agent or of the red light that made it fall; -1 where there is none."""

    @classmethod
    def without_culprit(cls, score: Float64[Tensor, "P"], failed_at: Bool[Tensor, "P T"]) -> "Outcome":
        """``failed_at`` marks the samples at which the sub-score is below 1."""
        first = first_true(failed_at)
        return cls(score, first, torch.full_like(first, NEVER))

    @classmethod
    def by_culprit(cls, score: Float64[Tensor, "P"], failed_at: Int64[Tensor, "P A"]) -> "Outcome":
        """``failed_at`` is the sample at which each agent, or light, made it fall; -1: it did not."""
        if failed_at.shape[1] == 0:
            never = torch.full(score.shape, NEVER, dtype=torch.int64, device=score.device)
            return cls(score, never, never)
        late = torch.iinfo(torch.int64).max
        first, culprit = failed_at.masked_fill(failed_at == NEVER, late).min(dim=1)
        never = first == late
        return cls(score, first.masked_fill(never, NEVER), culprit.masked_fill(never, NEVER))


def first_true(mask: Bool[Tensor, "P T"]) -> Int64[Tensor, "P"]:
    """Index of the first True of each row; -1 where there is none."""
    return torch.where(mask.any(dim=1), mask.to(torch.uint8).argmax(dim=1), NEVER)
