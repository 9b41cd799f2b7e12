"""Several reward models as one cautious judge: mean minus k times their standard deviation."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from driving.context import ContextTokens
from driving.observation import Observation
from driving.scores import SubScores
from driving.trajectory import Trajectory
from reward_wm.model.reward_model import RewardModel


class RewardEnsemble(nn.Module):
    """Distrusts what its members disagree about. A ``driving.reward.Reward``.

    ``caution`` is k; 0 is the plain mean. Every sub-score is lowered by k standard deviations (over
    the members, no Bessel correction) and kept in [0, 1], so EPDMS is cautious too.
    """

    def __init__(self, members: Sequence[RewardModel], caution: float) -> None:
        super().__init__()
        if not members:
            raise ValueError("an ensemble needs at least one member")
        if caution < 0:
            raise ValueError(f"caution must not be negative, got {caution}")
        self.members = nn.ModuleList(members)
        self.caution = caution

    def score(
        self, observation: Observation, trajectories: Trajectory, *, with_gradient: bool = False
    ) -> SubScores:
        """Cautious sub-scores (B, P); EC is NaN."""
        scores = [
            member.score(observation, trajectories, with_gradient=with_gradient) for member in self._models()
        ]
        return self._cautious(scores)

    def encode(self, observation: Observation) -> tuple[ContextTokens, ...]:
        """Every member's own context of some scenes."""
        return tuple(member.encode(observation) for member in self._models())

    def score_context(
        self,
        contexts: Sequence[ContextTokens],
        trajectories: Trajectory,
        *,
        with_gradient: bool = False,
    ) -> SubScores:
        """``score`` for contexts from ``encode``."""
        scores = [
            member.score_context(context, trajectories, with_gradient=with_gradient)
            for member, context in zip(self._models(), contexts, strict=True)
        ]
        return self._cautious(scores)

    def _models(self) -> list[RewardModel]:
        return [member for member in self.members if isinstance(member, RewardModel)]

    def _cautious(self, scores: list[SubScores]) -> SubScores:
        every = torch.stack([one.stacked() for one in scores])
        return SubScores.from_stacked(lower_by_disagreement(every, self.caution))


def lower_by_disagreement(values: Float[Tensor, "members *batch"], caution: float) -> Float[Tensor, "*batch"]:
    """mean - caution * std over the first dimension, in [0, 1]; NaN stays NaN."""
    return (values.mean(dim=0) - caution * values.std(dim=0, correction=0)).clamp(0.0, 1.0)
