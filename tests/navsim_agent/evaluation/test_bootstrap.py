"""Intervals over logs."""

import numpy as np
import pytest

from navsim_agent.evaluation.bootstrap import BootstrapConfig, mean_interval, paired_difference

CONFIG = BootstrapConfig(resamples=500, seed=3)


def test_equals_drawing_whole_logs_one_by_one():
    generator = np.random.default_rng(0)
    logs = [f"log{index}" for index in generator.integers(0, 12, 80)]
    values = generator.uniform(size=80)
    interval = mean_interval(values, logs, BootstrapConfig(resamples=4000, seed=1))
    names = sorted(set(logs))
    means = []
    for _ in range(4000):
        drawn = generator.choice(names, len(names))
        scenes = [v for name in drawn for v, log in zip(values, logs, strict=True) if log == name]
        means.append(np.mean(scenes))
    assert interval.mean == pytest.approx(values.mean())
    assert interval.low == pytest.approx(np.quantile(means, 0.025), abs=0.006)
    assert interval.high == pytest.approx(np.quantile(means, 0.975), abs=0.006)


def test_scenes_of_one_log_do_not_narrow_the_interval():
    per_log = np.linspace(0.0, 1.0, 10)
    once = mean_interval(per_log, [str(i) for i in range(10)], CONFIG)
    fifty_times = mean_interval(
        np.repeat(per_log, 50), [str(i) for i in range(10) for _ in range(50)], CONFIG
    )
    assert fifty_times.low == pytest.approx(once.low)
    assert fifty_times.high == pytest.approx(once.high)


def test_same_seed_same_interval_and_order_of_scenes_does_not_matter():
    values, logs = np.array([0.1, 0.9, 0.4, 0.6]), ["a", "b", "c", "a"]
    forward = mean_interval(values, logs, CONFIG)
    assert forward == mean_interval(values, logs, CONFIG)
    backward = mean_interval(values[::-1].copy(), logs[::-1], CONFIG)
    assert (backward.low, backward.high) == pytest.approx((forward.low, forward.high))


def test_undefined_values_are_left_out():
    values = np.array([np.nan, 1.0, 0.0, np.nan])
    assert mean_interval(values, ["a", "a", "b", "c"], CONFIG).mean == pytest.approx(0.5)


def test_nothing_known_is_nan_throughout():
    interval = mean_interval(np.full(3, np.nan), ["a", "b", "c"], CONFIG)
    assert np.isnan([interval.mean, interval.low, interval.high]).all()


def test_one_log_has_a_mean_but_no_bounds():
    interval = mean_interval(np.array([0.0, 1.0]), ["a", "a"], CONFIG)
    assert interval.mean == 0.5
    assert np.isnan([interval.low, interval.high]).all()
    assert not interval.excludes_zero


def test_a_constant_gain_is_certain_however_much_the_scenes_differ():
    baseline = np.random.default_rng(0).uniform(0.0, 0.9, 30)
    gain = paired_difference(baseline + 0.1, baseline, [f"{i // 3}" for i in range(30)], CONFIG)
    assert (gain.mean, gain.low, gain.high) == pytest.approx((0.1, 0.1, 0.1))
    assert gain.excludes_zero


@pytest.mark.parametrize("wrong", [{"resamples": 0}, {"confidence": 1.0}, {"confidence": 0.0}])
def test_config_refuses(wrong: dict[str, float]):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        BootstrapConfig(**wrong)  # type: ignore[arg-type]
