"""Whitening is invertible and smooth; anchors cover the experts."""

import math

import pytest
import torch

from planner.diffusion.anchors import TrajectoryCodec, fan_of_trajectories, fit_statistics


def test_decoding_inverts_encoding() -> None:
    fan = fan_of_trajectories()
    codec = TrajectoryCodec(fit_statistics(fan, 8))
    torch.testing.assert_close(codec.decode(codec.encode(fan)), fan, atol=1e-4, rtol=1e-4)


def test_latents_of_the_experts_are_at_most_standard() -> None:
    fan = fan_of_trajectories()
    latents = TrajectoryCodec(fit_statistics(fan, 8)).encode(fan)
    torch.testing.assert_close(latents.mean(dim=0), torch.zeros(24), atol=1e-4, rtol=0)
    assert torch.allclose(latents[:, :2].std(dim=0), torch.ones(2), atol=1e-3)
    assert (latents.std(dim=0) < 1.001).all()


def test_noise_in_latents_keeps_a_trajectory_smooth() -> None:
    fan = fan_of_trajectories()
    codec = TrajectoryCodec(fit_statistics(fan, 8))
    straight = codec.encode(fan[len(fan) // 2].expand(200, 8, 3))
    generator = torch.Generator().manual_seed(0)
    noisy = codec.decode(straight + 0.05 * torch.randn(straight.shape, generator=generator))
    moved = (noisy - fan[len(fan) // 2])[..., :2]
    jerk = moved.diff(dim=1).diff(dim=1) / 0.25
    assert moved[:, -1, 0].std() > 0.3
    assert jerk.norm(dim=-1).mean() < 0.5


def test_fitting_is_repeatable_and_anchors_are_ordered() -> None:
    fan = fan_of_trajectories()
    first, second = fit_statistics(fan, 8, seed=3), fit_statistics(fan, 8, seed=3)
    assert torch.equal(first.anchors, second.anchors)
    assert (first.anchors[:, 0, 0].diff() >= 0).all()


def test_headings_are_unwrapped_before_averaging() -> None:
    turning = torch.zeros(4, 8, 3)
    turning[..., 2] = torch.tensor([0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5 - 2 * math.pi, 4.0 - 2 * math.pi])
    anchors = fit_statistics(turning, 1).anchors
    assert anchors[0, -1, 2] == pytest.approx(4.0)


def test_too_few_experts_are_refused() -> None:
    with pytest.raises(ValueError, match="3 expert"):
        fit_statistics(fan_of_trajectories()[:3], 8)
