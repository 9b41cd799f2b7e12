"""EP: metres along the centreline, alone with PDM-Closed or in a batch."""

import pytest
import torch

from reward_wm.epdms.config import Normalisation
from reward_wm.epdms.metrics.ego_progress import raw_progress, relative_progress
from tests.reward_wm.epdms.hand_made import drive, rollout


def _values(*numbers: float) -> torch.Tensor:
    return torch.tensor(numbers, dtype=torch.float64)


def test_raw_progress_is_along_the_line_and_never_negative() -> None:
    drawn = rollout(drive(), drive(y=1.0, heading=0.1), drive(speed=-2.0))
    assert raw_progress(drawn).tolist() == pytest.approx([40.0, 40.0 * 0.9950041652780258, 0.0])


@pytest.mark.parametrize(
    ("raw", "product", "reference", "score"),
    [
        (10.0, 1.0, 20.0, 0.5),
        (30.0, 1.0, 20.0, 1.0),
        (30.0, 0.0, 20.0, 1.0),  # the numerator is not masked
        (10.0, 0.0, 20.0, 0.5),
        (3.0, 1.0, 4.9, 1.0),  # nobody gets far
        (0.0, 1.0, 5.0, 1.0),
        (0.0, 1.0, 5.1, 0.0),
        (6.0, 1.0, 0.0, 1.0),  # the reference has failed, the proposal sets the pace
        (6.0, 0.5, 0.0, 1.0),
    ],
)
def test_pairwise(raw: float, product: float, reference: float, score: float) -> None:
    ratio = relative_progress(_values(raw), _values(product), _values(reference), Normalisation.PAIRWISE)
    assert ratio.tolist() == pytest.approx([score])


@pytest.mark.parametrize(
    ("raw", "product", "reference", "scores"),
    [
        ((10.0, 20.0, 40.0), (1.0, 1.0, 0.0), 0.0, [0.5, 1.0, 1.0]),
        ((10.0, 20.0, 40.0), (1.0, 1.0, 0.0), 40.0, [0.25, 0.5, 1.0]),
        ((1.0, 4.0), (1.0, 1.0), 0.0, [1.0, 1.0]),
    ],
)
def test_in_a_batch_the_best_unfailed_one_sets_the_pace(
    raw: tuple[float, ...], product: tuple[float, ...], reference: float, scores: list[float]
) -> None:
    ratio = relative_progress(_values(*raw), _values(*product), _values(reference), Normalisation.BATCH)
    assert ratio.tolist() == scores
