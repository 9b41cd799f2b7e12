"""Poses that no scorer could judge are refused at the door, with the value."""

import pytest
import torch

from driving.plan import Plan
from driving.trajectory import Trajectory, check_poses


def test_good_poses_pass() -> None:
    check_poses(torch.zeros(2, 3, 8, 3))
    assert Trajectory(torch.zeros(8, 3)).horizon_s == 4.0


@pytest.mark.parametrize(
    ("poses", "message"),
    [
        (torch.zeros(8, 2), r"\(8, 2\)"),
        (torch.zeros(3), r"shape"),
        (torch.zeros(0, 3), r"shape"),
        (torch.zeros(8, 3, dtype=torch.int64), r"int64"),
        (torch.full((8, 3), float("nan")), r"nan at index \(0, 0\)"),
        (torch.full((8, 3), float("inf")), r"inf at index"),
    ],
)
def test_bad_poses_are_refused(poses: torch.Tensor, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_poses(poses, "my plan")


def test_the_most_confident_candidate_is_the_plan() -> None:
    poses = torch.arange(2 * 3 * 8 * 3, dtype=torch.float32).reshape(2, 3, 8, 3)
    plan = Plan(Trajectory(poses), torch.tensor([[0.0, 2.0, 1.0], [5.0, 2.0, 1.0]]), ("", ""))
    assert torch.equal(plan.best().poses, torch.stack([poses[0, 1], poses[1, 0]]))
