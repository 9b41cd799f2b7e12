"""A head's logits become the expected sub-score."""

import torch

from reward_wm.model.heads import HeadLogits, SubScoreHeads


def logits(graded: list[float], binary: float = 0.0, progress: float = 0.0) -> HeadLogits:
    return HeadLogits(torch.tensor([graded, graded]), torch.full((5,), binary), torch.tensor(progress))


def test_a_sure_collision_scores_zero() -> None:
    scores = logits([30.0, 0.0, 0.0]).sub_scores()
    assert scores.nc.item() < 1e-6 and scores.ddc.item() < 1e-6 and scores.epdms().item() < 1e-6


def test_the_graded_score_is_the_expectation() -> None:
    chances = torch.tensor([0.2, 0.5, 0.3])
    scores = logits(chances.log().tolist()).sub_scores()
    torch.testing.assert_close(scores.nc, torch.tensor(0.25 + 0.3))


def test_extended_comfort_is_left_open() -> None:
    scores = logits([0.0, 0.0, 30.0], binary=30.0, progress=30.0).sub_scores()
    assert scores.ec.isnan() and scores.epdms().item() > 1 - 1e-6


def test_calibration_changes_nothing_until_it_is_set() -> None:
    torch.manual_seed(0)
    heads = SubScoreHeads(8)
    raw = heads(torch.randn(3, 4, 8))
    same = heads.calibrated(raw)
    assert torch.equal(raw.graded, same.graded) and torch.equal(raw.binary, same.binary)
    heads.scale[2] = 0.5
    heads.shift[6] = 1.0
    changed = heads.calibrated(raw)
    torch.testing.assert_close(changed.binary[..., 0], 0.5 * raw.binary[..., 0] + 1)
    assert torch.equal(changed.binary[..., 1:], raw.binary[..., 1:])
