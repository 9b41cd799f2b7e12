"""A bad configuration is refused with the value that is wrong."""

import pytest
from omegaconf import OmegaConf

from driving.synth.config import (
    RoadConfig,
    SensorConfig,
    TrafficConfig,
    TwoStageConfig,
    WorldConfig,
    WorldSize,
    preset,
)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: WorldConfig(frames_per_log=14), "14"),
        (lambda: WorldConfig(test_towns=0), "town"),
        (lambda: RoadConfig(grid=1), "1"),
        (lambda: RoadConfig(lane_widths_m=[3.0]), "3.0"),
        (lambda: TrafficConfig(egos=0), "ego"),
        (lambda: SensorConfig(cameras=["CAM_X"]), "CAM_X"),
    ],
)
def test_wrong_values_are_named(make, words):
    with pytest.raises(ValueError, match=words):
        make()


@pytest.mark.parametrize("size", list(WorldSize))
def test_a_preset_is_a_structured_config(size):
    merged = OmegaConf.merge(OmegaConf.structured(preset(size)), {"traffic": {"vehicles": 7}})
    assert OmegaConf.to_object(merged).traffic.vehicles == 7


def test_the_digest_ignores_what_does_not_change_a_town():
    few, many = WorldConfig(workers=1, train_towns=3), WorldConfig(workers=2, train_towns=9)
    assert few.digest("test") == many.digest("test")
    assert WorldConfig(seed=1).digest("test") != WorldConfig(seed=2).digest("test")


def test_a_second_stage_leaves_training_towns_alone():
    with_stage = WorldConfig(two_stage=TwoStageConfig(starts=3))
    assert with_stage.digest("train") == WorldConfig().digest("train")
    assert with_stage.digest("test") != WorldConfig().digest("test")
