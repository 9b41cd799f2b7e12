"""What a sub-score says about each proposal."""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float64, Int64
from torch import Tensor

NEVER = -1
HALF = 0.5


@dataclass(frozen=True)
class Outcome:
    """A sub-score, and where it was lost first. It never rises again as time goes on."""

    score: Float64[Tensor, "P"]
    first_failure: Int64[Tensor, "P"]
    """Sample (0 to 40) at which it falls below 1; -1 where it does not."""
    culprit: Int64[Tensor, "P"]
    """Row of the agent or of the red light that made it fall; -1 where there is none."""
    first_zero: Int64[Tensor, "P"]
    """Sample at which it falls to 0; -1 where it does not. Later than ``first_failure`` after a half."""
    zero_culprit: Int64[Tensor, "P"]
    """Who made it fall to 0."""

    @classmethod
    def without_culprit(
        cls,
        score: Float64[Tensor, "P"],
        failed_at: Bool[Tensor, "P T"],
        zero_at: Bool[Tensor, "P T"] | None = None,
    ) -> "Outcome":
        """``failed_at`` marks the samples at which the sub-score is below 1, ``zero_at`` those at which
        it is 0; the same ones unless told."""
        first = first_true(failed_at)
        zero = first if zero_at is None else first_true(zero_at)
        nobody = torch.full_like(first, NEVER)
        return cls(score, first, nobody, zero, nobody)

    @classmethod
    def by_culprit(
        cls,
        score: Float64[Tensor, "P"],
        failed_at: Int64[Tensor, "P A"],
        costs_half: Bool[Tensor, "A"] | None = None,
    ) -> "Outcome":
        """``failed_at`` is the sample at which each agent, or light, made it fall; -1: it did not.

        ``costs_half`` marks those who make it fall to a half only; nobody unless told.
        """
        first, culprit = _earliest(failed_at)
        if costs_half is None:
            return cls(score, first, culprit, first, culprit)
        return cls(score, first, culprit, *_earliest(failed_at.masked_fill(costs_half, NEVER)))

    def score_until(self, sample: int) -> Float64[Tensor, "P"]:
        """The sub-score if nothing after ``sample`` had happened."""
        failed = (self.first_failure != NEVER) & (self.first_failure <= sample)
        zero = (self.first_zero != NEVER) & (self.first_zero <= sample)
        one = torch.ones_like(self.score)
        return one.masked_fill(failed, HALF).masked_fill(zero, 0.0)


def first_true(mask: Bool[Tensor, "P T"]) -> Int64[Tensor, "P"]:
    """Index of the first True of each row; -1 where there is none."""
    return torch.where(mask.any(dim=1), mask.to(torch.uint8).argmax(dim=1), NEVER)


def _earliest(failed_at: Int64[Tensor, "P A"]) -> tuple[Int64[Tensor, "P"], Int64[Tensor, "P"]]:
    """The first sample of each row, and whose it is; -1 where there is none."""
    if failed_at.shape[1] == 0:
        never = failed_at.new_full((len(failed_at),), NEVER)
        return never, never
    late = torch.iinfo(torch.int64).max
    first, culprit = failed_at.masked_fill(failed_at == NEVER, late).min(dim=1)
    never = first == late
    return first.masked_fill(never, NEVER), culprit.masked_fill(never, NEVER)
