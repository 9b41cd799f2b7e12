"""One agent trained from several seeds: scenes are averaged over the seeds before anything else."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from navsim_agent.evaluation.result import EvaluationResult


@dataclass(frozen=True)
class Seeds:
    """Evaluations of one agent on the same scenes, one a training seed.

    Raises ValueError where agents or scenes differ.
    """

    results: tuple[EvaluationResult, ...]

    def __post_init__(self) -> None:
        first = self.results[0]
        for other in self.results[1:]:
            if (other.agent, other.tokens) != (first.agent, first.tokens):
                raise ValueError(
                    f"not seeds of one agent on the same scenes: {first.agent!r} on {len(first)}, "
                    f"{other.agent!r} on {len(other)}"
                )

    @property
    def agent(self) -> str:
        return self.results[0].agent

    @property
    def privileged(self) -> bool:
        return self.results[0].privileged

    @property
    def tokens(self) -> tuple[str, ...]:
        return self.results[0].tokens

    @property
    def log_names(self) -> tuple[str, ...]:
        return self.results[0].log_names

    @property
    def failed(self) -> int:
        """Failures of all seeds together."""
        return sum(result.failed for result in self.results)

    @property
    def deviation(self) -> float:
        """Standard deviation of the seeds' mean EPDMS; NaN for one seed."""
        means = [result.epdms().mean() for result in self.results]
        return float(np.std(means, ddof=1)) if len(means) > 1 else float("nan")

    def epdms(self) -> Float64[np.ndarray, "B"]:
        """The score of every scene, averaged over seeds."""
        return np.mean([result.epdms() for result in self.results], axis=0)

    def column(self, name: str) -> Float64[np.ndarray, "B"]:
        """A sub-score of every scene, averaged over the seeds in which it is defined."""
        values = np.stack([result.column(name) for result in self.results])
        known = np.isfinite(values)
        total, count = np.where(known, values, 0.0).sum(axis=0), known.sum(axis=0)
        return np.divide(total, count, out=np.full(len(total), np.nan), where=count > 0)


def group_seeds(results: Sequence[EvaluationResult]) -> tuple[Seeds, ...]:
    """Results of the same agent together, in the order in which agents first appear."""
    groups: dict[str, list[EvaluationResult]] = {}
    for result in results:
        groups.setdefault(result.agent, []).append(result)
    return tuple(Seeds(tuple(group)) for group in groups.values())
