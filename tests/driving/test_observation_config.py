"""What a checkpoint tells about its inputs can be read back, and nothing else is believed."""

import json

import pytest

from driving.observation_config import ObservationConfig, describe_observation, observation_config_from


def test_plain_values_become_the_same_configuration() -> None:
    config = ObservationConfig(["CAM_F0", "CAM_B0"], 64, 96)
    plain = json.loads(json.dumps(describe_observation(config)))
    assert observation_config_from(plain) == config
    assert plain["plan_poses"] == 8 and plain["history_interval_s"] == 0.5


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"plan_poses": 40}, "plan_poses is 40, this version has 8"),
        ({"history_frames": 1}, "history_frames is 1"),
        ({"cameras": ["CAM_X"]}, "CAM_X"),
        ({"cameras": 3}, "cameras"),
        ({"cameras": [["CAM_F0"]]}, "cameras"),
        ({"cameras": ["CAM_F0", "CAM_F0"]}, "each once"),
        ({"image_height": "128"}, "image_height='128'"),
        ({"image_width": 0}, "image_width=0"),
        ({"lidar": True}, "lidar"),
    ],
)
def test_other_values_are_refused(change: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        observation_config_from(describe_observation(ObservationConfig()) | change)


def test_something_else_is_refused() -> None:
    with pytest.raises(ValueError, match="expected an object"):
        observation_config_from(["CAM_F0"])
