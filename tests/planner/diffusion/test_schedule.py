"""Our denoising step is diffusers' DDIM step."""

import pytest
import torch

from planner.diffusion.schedule import NoiseSchedule, ScheduleConfig, ddim_scheduler


@pytest.mark.parametrize("eta", [0.0, 1.0])
@pytest.mark.parametrize("step", [1, 2])
def test_the_mean_of_a_step_is_ddims(eta: float, step: int) -> None:
    config = ScheduleConfig(truncation=50, denoising_steps=2, eta=eta, min_std=1e-6)
    schedule, scheduler = NoiseSchedule(config), ddim_scheduler(config)
    scheduler.set_timesteps(40)  # a stride of 25, as between our levels 50, 25 and 0
    noisy, clean = 3 * torch.randn(1, 1, 24), 3 * torch.randn(1, 1, 24)
    timestep = int(schedule.levels[step]) - 1
    noise = torch.ones(1, 1, 24)
    theirs = [
        scheduler.step(clean, timestep, noisy, eta=eta, variance_noise=sign * noise).prev_sample
        for sign in (-1.0, 1.0)
    ]
    torch.testing.assert_close(schedule.step_mean(noisy, clean, step), sum(theirs) / 2)
    std = float((theirs[1] - theirs[0])[0, 0, 0]) / 2
    assert schedule.step_std(step) == pytest.approx(max(std, 1e-6), abs=1e-5)


def test_noise_levels_run_from_clean_to_the_truncation() -> None:
    schedule = NoiseSchedule(ScheduleConfig(truncation=50, denoising_steps=2))
    assert schedule.levels.tolist() == [0, 25, 50]
    clean, noise = torch.randn(1, 2, 24), torch.randn(1, 2, 24)
    assert torch.equal(schedule.add_noise(clean, torch.tensor([0]), noise), clean)
    spread = schedule.add_noise(torch.zeros(1, 1, 1), torch.tensor([50]), torch.ones(1, 1, 1))
    assert 0.05 < float(spread) < 0.2


def test_the_std_floor_holds() -> None:
    schedule = NoiseSchedule(ScheduleConfig(eta=0.0, min_std=0.07))
    assert schedule.step_std(1) == schedule.step_std(2) == 0.07


def test_impossible_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="truncation"):
        ScheduleConfig(truncation=10, denoising_steps=11)
