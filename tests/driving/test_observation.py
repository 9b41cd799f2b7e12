"""An observation of the wrong kind is refused by name, not misread."""

from dataclasses import replace

import pytest
import torch

from driving.errors import DataError
from driving.observation import Observation, check_observation
from tests.planner.examples import random_observation


@pytest.fixture
def observation() -> Observation:
    return random_observation(2)


def test_a_good_one_passes(observation: Observation) -> None:
    check_observation(observation)
    blind = {name: getattr(observation, name)[:, :0] for name in ("images", "intrinsics", "camera_to_ego")}
    check_observation(replace(observation, **blind))


@pytest.mark.parametrize(
    ("name", "tensor", "message"),
    [
        ("images", torch.zeros(2, 3, 3, 32, 64), "images is torch.float32, expected uint8"),
        (
            "images",
            torch.zeros(2, 3, 32, 64, 3, dtype=torch.uint8),
            r"\(2, 3, 32, 64, 3\), expected \(2, N, 3, H, W\)",
        ),
        ("images", torch.zeros(2, 3, 32, 64, dtype=torch.uint8), r"images has shape \(2, 3, 32, 64\)"),
        (
            "intrinsics",
            torch.zeros(2, 1, 3, 3),
            r"intrinsics has shape \(2, 1, 3, 3\), expected \(2, 3, 3, 3\)",
        ),
        ("ego_velocity", torch.zeros(1, 4, 2), r"ego_velocity .* expected \(2, 4, 2\)"),
        ("ego_poses", torch.zeros(2, 8, 3), r"ego_poses .* expected \(2, 4, 3\)"),
        ("command", torch.zeros(2, 4, dtype=torch.uint8), "command is torch.uint8"),
        (
            "ego_acceleration",
            torch.tensor([0.0, torch.nan]).expand(2, 4, 2),
            "scene0: ego_acceleration is not finite",
        ),
    ],
)
def test_a_wrong_tensor_is_named(
    observation: Observation, name: str, tensor: torch.Tensor, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        check_observation(replace(observation, **{name: tensor}))
