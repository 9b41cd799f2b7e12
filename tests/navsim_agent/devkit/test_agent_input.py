"""Who is handed the devkit's objects sees and learns what our own readers give, to the bit."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from driving.data.assemble import load_scenes, observe_scene
from driving.data.examples import EXAMPLE_TENSORS, to_tensors
from driving.data.make_targets import make_example, make_lesson
from driving.data.splits import DataFolders, Split
from driving.errors import DataError
from driving.observation import TENSOR_FIELDS
from navsim_agent.devkit.agent_input import observe_agent_input
from navsim_agent.devkit.scene import scene_of
from navsim_agent.devkit.tensors import ANSWER_BYTES, to_example, to_features, to_targets
from tests.navsim_agent.devkit import raw_inputs, stand_ins
from tests.navsim_agent.devkit.conftest import OBSERVED

NOW = {name: [3] if name in ("cam_f0", "cam_l0") else False for name in stand_ins.CAMERAS}
SENSORS = stand_ins.SensorConfig(**NOW, lidar_pc=False)


def windows(folders: DataFolders) -> dict[str, list[dict]]:
    """Raw windows of 14 frames by the token of the current one."""
    found = {}
    for path in sorted(folders.logs.glob("*.pkl")):
        frames = raw_inputs.raw_frames(path)
        for start in range(len(frames) - 13):
            found[frames[start + 3]["token"]] = frames[start : start + 14]
    return found


def test_an_agent_input_is_the_observation_of_the_raw_log(hand_made: tuple[Split, DataFolders]) -> None:
    split, folders = hand_made
    raw = windows(folders)
    scenes = list(load_scenes(split, folders))
    assert {scene.token for scene in scenes} == raw.keys()
    for scene in scenes:
        given = raw_inputs.agent_input(raw[scene.token], folders.sensors, SENSORS)
        seen, read = (
            observe_agent_input(given, OBSERVED, scene.token),
            observe_scene(scene, folders.sensors, OBSERVED),
        )
        assert seen.tokens == read.tokens
        for name in TENSOR_FIELDS:
            assert torch.equal(getattr(seen, name), getattr(read, name)), (scene.token, name)


def test_a_scene_teaches_what_ours_teaches(hand_made: tuple[Split, DataFolders]) -> None:
    split, folders = hand_made
    raw = windows(folders)
    for scene in load_scenes(split, folders):
        given = scene_of(raw_inputs.scene(raw[scene.token]), folders.maps)
        observation = observe_scene(scene, folders.sensors, OBSERVED)
        features, targets = to_features(observation), to_targets(make_lesson(given, OBSERVED))
        batch = [{name: value[None] for name, value in part.items()} for part in (features, targets)]
        example, ours = to_example(*batch), make_example(scene, observation, OBSERVED)
        assert example.answers == ours.answers
        for name in EXAMPLE_TENSORS:
            assert torch.equal(to_tensors(example)[name], to_tensors(ours)[name]), (scene.token, name)


def test_a_sentence_that_is_too_long_is_cut_between_its_letters(hand_made: tuple[Split, DataFolders]) -> None:
    scene = next(iter(load_scenes(*hand_made)))
    lesson = replace(make_lesson(scene, OBSERVED), answer="a" + "ä" * ANSWER_BYTES)
    targets = {name: value[None] for name, value in to_targets(lesson).items()}
    features = to_features(observe_scene(scene, hand_made[1].sensors, OBSERVED))
    example = to_example({name: value[None] for name, value in features.items()}, targets)
    assert example.answers == ("a" + "ä" * (ANSWER_BYTES // 2 - 1),)


def test_grey_pictures_and_those_with_alpha_become_rgb(hand_made: tuple[Split, DataFolders]) -> None:
    _, folders = hand_made
    window = next(iter(windows(folders).values()))
    given = raw_inputs.agent_input(window, folders.sensors, SENSORS)
    camera = given.cameras[-1].cam_f0
    assert camera.image is not None
    alpha = np.concatenate([camera.image, np.full_like(camera.image[..., :1], 255)], axis=-1)
    given.cameras[-1].cam_f0 = replace(camera, image=alpha)
    given.cameras[-1].cam_l0 = replace(given.cameras[-1].cam_l0, image=camera.image[..., 0])
    seen = observe_agent_input(given, OBSERVED)
    plain = raw_inputs.agent_input(window, folders.sensors, SENSORS)
    assert torch.equal(seen.images[:, 0], observe_agent_input(plain, OBSERVED).images[:, 0])
    assert seen.images.shape == (1, 2, 3, 32, 64)


def test_a_picture_that_was_not_loaded_is_one_line(hand_made: tuple[Split, DataFolders]) -> None:
    _, folders = hand_made
    window = next(iter(windows(folders).values()))
    given = raw_inputs.agent_input(window, folders.sensors, replace(SENSORS, cam_l0=False))
    with pytest.raises(DataError, match="without a picture of CAM_L0"):
        observe_agent_input(given, OBSERVED)


def test_a_short_history_is_one_line(hand_made: tuple[Split, DataFolders]) -> None:
    _, folders = hand_made
    window = next(iter(windows(folders).values()))
    given = raw_inputs.agent_input(window, folders.sensors, SENSORS)
    given.ego_statuses.pop()
    with pytest.raises(DataError, match="3 frames, expected 4"):
        observe_agent_input(given, OBSERVED)


def test_a_scene_without_annotations_or_history_is_one_line(
    hand_made: tuple[Split, DataFolders], tmp_path: Path
) -> None:
    _, folders = hand_made
    window = next(iter(windows(folders).values()))
    with pytest.raises(DataError, match="no annotations to learn from"):
        scene_of(raw_inputs.scene(window, annotated=False), folders.maps)
    short = raw_inputs.scene(window)
    short.scene_metadata.num_history_frames = 3
    with pytest.raises(DataError, match="num_history_frames=3"):
        scene_of(short, folders.maps)
