"""Make predicted chances mean what they say, on scenes the model did not learn from.

Class-balanced losses shift the logits by a constant a class, so a temperature alone can't undo them:
every head gets one scale (the inverse temperature) and one shift a class. Fitted by maximum
likelihood (L-BFGS) with a weak pull to the identity, so that a class which never occurs stays put.
Source: Guo et al. 2017, temperature and vector scaling.
"""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from driving.scores import SubScores
from reward_wm.model.heads import BINARY, GRADED, HeadLogits, apply_calibration
from reward_wm.model.judgements import LogitTable
from reward_wm.model.reward_model import RewardModel

PULL = 1e-3
"""Weight of the squared distance to the identity beside the mean log-likelihood."""


def calibrate(model: RewardModel, table: LogitTable) -> None:
    """Set the calibration of ``model`` from its uncalibrated logits on held-out scenes."""
    scale, shift = fit_calibration(table)
    model.heads.scale.copy_(scale)
    model.heads.shift.copy_(shift)


def fit_calibration(table: LogitTable) -> tuple[Float[Tensor, "7"], Float[Tensor, "11"]]:
    """Scale of every head and shift of every class that make the truth most likely."""
    log_scale = torch.zeros(len(GRADED) + len(BINARY), requires_grad=True)
    shift = torch.zeros(3 * len(GRADED) + len(BINARY), requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [log_scale, shift], max_iter=200, line_search_fn="strong_wolfe", tolerance_grad=1e-7
    )

    def closure() -> Tensor:
        optimizer.zero_grad()
        logits = apply_calibration(table.logits, log_scale.exp(), shift)
        loss = _negative_log_likelihood(logits, table.truth)
        loss = loss + PULL * (log_scale.square().sum() + shift.square().sum())
        loss.backward()
        return loss

    with torch.enable_grad():
        optimizer.step(closure)
    return log_scale.detach().exp(), shift.detach()


def _negative_log_likelihood(logits: HeadLogits, truth: Float[Tensor, "n nine"]) -> Float[Tensor, ""]:
    scores = SubScores.from_stacked(truth)
    graded = [
        cross_entropy(logits.graded[:, k], (2 * getattr(scores, name)).long())
        for k, name in enumerate(GRADED)
    ]
    target = torch.stack([getattr(scores, name) for name in BINARY], dim=-1)
    binary = binary_cross_entropy_with_logits(logits.binary, target)
    return torch.stack(graded).sum() + len(BINARY) * binary
