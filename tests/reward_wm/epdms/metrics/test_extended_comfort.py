"""EC: does what is driven now agree with what was driven half a second before?"""

import pytest
import torch

from reward_wm.epdms.metrics.extended_comfort import extended_comfort
from reward_wm.epdms.states import AX, HEADING
from tests.reward_wm.epdms.hand_made import TIMES, drive


def test_the_same_drive_half_a_second_later_agrees() -> None:
    before, now = drive(), drive()
    for states, shift in ((before, 0.0), (now, 0.5)):
        states[:, AX] = torch.sin(TIMES + shift)
        states[:, HEADING] = 0.3 * torch.sin(TIMES + shift)
    assert extended_comfort(now, before).item() == 1.0
    assert extended_comfort(before, now).item() == 0.0


@pytest.mark.parametrize(("offset", "score"), [(0.69, 1.0), (0.71, 0.0)])
def test_bound_of_the_acceleration(offset: float, score: float) -> None:
    now = drive()
    now[:, AX] = offset
    assert extended_comfort(now, drive()).item() == score


@pytest.mark.parametrize(("rate", "score"), [(0.09, 1.0), (0.11, 0.0)])
def test_bound_of_the_yaw_rate(rate: float, score: float) -> None:
    now = drive()
    now[:, HEADING] = rate * TIMES
    assert extended_comfort(now, drive()).item() == score


def test_many_pairs_at_once() -> None:
    now = torch.stack([drive(), drive(acceleration=1.0)])
    assert extended_comfort(now, torch.stack([drive(), drive()])).tolist() == [1.0, 0.0]
