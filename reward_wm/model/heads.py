"""From a trajectory's feature to sub-scores: eight heads, and what their logits mean.

NC and DDC take three values (0, 1/2, 1). Their score is the expectation p(1/2)/2 + p(1): the
confidence of the most likely class would call a sure collision a good score.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from driving.scores import SubScores

GRADED = ("nc", "ddc")
"""Three classes each: 0, 1/2, 1."""
BINARY = ("dac", "tlc", "ttc", "lk", "hc")
"""The chance of 1."""
HEADS = (*GRADED, *BINARY, "ep")
"""All eight; EC compares two frames, which no single observation shows."""
CLASS_VALUES = (0.0, 0.5, 1.0)


@dataclass(frozen=True)
class HeadLogits:
    """Raw outputs of the heads for trajectories (B, P)."""

    graded: Float[Tensor, "*batch 2 3"]
    """NC and DDC."""
    binary: Float[Tensor, "*batch 5"]
    """In the order of ``BINARY``."""
    progress: Float[Tensor, "*batch"]
    """EP before the sigmoid."""

    def sub_scores(self) -> SubScores:
        """Expected sub-scores; EC is NaN."""
        values = self.graded.new_tensor(CLASS_VALUES)
        expected = torch.softmax(self.graded, dim=-1) @ values
        chances = torch.sigmoid(self.binary)
        named = dict(zip(GRADED, expected.unbind(dim=-1), strict=True))
        named |= dict(zip(BINARY, chances.unbind(dim=-1), strict=True))
        progress = torch.sigmoid(self.progress)
        return SubScores(**named, ep=progress, ec=torch.full_like(progress, torch.nan))


class SubScoreHeads(nn.Module):
    """Feature (..., D) -> logits, calibrated by an affine map that training leaves alone.

    ``scale`` and ``shift`` are set after training by ``calibrate``; until then they change nothing.
    """

    scale: Float[Tensor, "7"]
    shift: Float[Tensor, "11"]

    def __init__(self, width: int) -> None:
        super().__init__()
        self.hidden = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, width), nn.GELU())
        self.out = nn.Linear(width, 3 * len(GRADED) + len(BINARY) + 1)
        self.register_buffer("scale", torch.ones(len(GRADED) + len(BINARY)))
        self.register_buffer("shift", torch.zeros(3 * len(GRADED) + len(BINARY)))

    def forward(self, feature: Float[Tensor, "*batch D"]) -> HeadLogits:
        """Uncalibrated logits, for the loss."""
        outputs = self.out(self.hidden(feature))
        graded = outputs[..., :6].unflatten(-1, (len(GRADED), 3))
        return HeadLogits(graded, outputs[..., 6:11], outputs[..., 11])

    def calibrated(self, logits: HeadLogits) -> HeadLogits:
        """The logits whose probabilities are to be believed."""
        return apply_calibration(logits, self.scale, self.shift)


def apply_calibration(
    logits: HeadLogits, scale: Float[Tensor, "7"], shift: Float[Tensor, "11"]
) -> HeadLogits:
    """scale * logit + shift: one scale a head, one shift a class; EP stays as it is."""
    graded_shift = shift[:6].unflatten(0, (len(GRADED), 3))
    graded = logits.graded * scale[:2, None] + graded_shift
    return HeadLogits(graded, logits.binary * scale[2:] + shift[6:], logits.progress)
