"""EP: how far the ego gets along the centreline, compared with PDM-Closed.

Reproduces the devkit's progress. Quirks: only the first and the last sample count; the numerator is
not masked by the ego's own penalties; where nobody gets farther than 5 m, everybody has 1.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float64
from torch import Tensor

from reward_wm.epdms.centreline import PackedLines, progress_on_line
from reward_wm.epdms.config import Normalisation
from reward_wm.epdms.rollout import Rollout
from reward_wm.epdms.states import EgoBoxes

LEAST_PROGRESS_M = 5.0


def raw_progress(rollout: Rollout) -> Float64[Tensor, "P"]:
    """Metres along the centreline from the first to the last sample; not negative."""
    return raw_progress_until(rollout.ego, rollout.line, [-1])[:, 0]


def raw_progress_until(
    ego: EgoBoxes, centreline: Float64[Tensor, "V 2"] | PackedLines, samples: Sequence[int]
) -> Float64[Tensor, "P K"]:
    """Metres along the centreline from the first to each of K samples; not negative."""
    progress = progress_on_line(ego.centre[:, [0, *samples]], centreline)
    return (progress[:, 1:] - progress[:, :1]).clamp(min=0.0)


def relative_progress(
    raw_m: Float64[Tensor, "P *K"],
    product: Float64[Tensor, "P *K"],
    reference_m: Float64[Tensor, "#P *K"],
    normalisation: Normalisation,
) -> Float64[Tensor, "P *K"]:
    """EP of P proposals: their progress over the best there is.

    ``product`` is that of a proposal's multiplied sub-scores, ``reference_m`` the reference's
    progress times its own product.
    """
    best_m = torch.maximum(raw_m * product, reference_m)
    if normalisation is Normalisation.BATCH and len(raw_m):
        best_m = best_m.amax(dim=0, keepdim=True).expand_as(raw_m)
    far = best_m > LEAST_PROGRESS_M
    return torch.where(far, (raw_m / best_m.clamp(min=LEAST_PROGRESS_M)).clamp(max=1.0), 1.0)
