"""What the exact scorer says to input that is empty, incomplete or not a number."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from driving.errors import DataError
from driving.log_frame import LogFrame
from driving.scene import Scene
from driving.trajectory import Trajectory
from reward_wm.epdms import (
    Normalisation,
    ScorerConfig,
    TrafficPolicy,
    load_prepared,
    prepare_scene,
    save_prepared,
    score,
    score_scene,
)
from tests import worlds

CONFIG = ScorerConfig()
SCENE = worlds.car_in_front()
CONFIGS = {
    "log replay": CONFIG,
    "IDM": ScorerConfig(traffic=TrafficPolicy.IDM),
    "constant velocity": ScorerConfig(traffic=TrafficPolicy.CONSTANT_VELOCITY),
    "batch": ScorerConfig(normalisation=Normalisation.BATCH),
}


def _straight_on(count: int = 3) -> torch.Tensor:
    poses = torch.zeros(count, 8, 3, dtype=torch.float64)
    poses[..., 0] = 4.0 * torch.arange(1, 9)
    return poses


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_no_proposals_have_no_scores(config: ScorerConfig) -> None:
    scores = score_scene(prepare_scene(SCENE), torch.zeros(0, 8, 3), 0.5, config)
    assert scores.sub_scores.stacked().shape == (0, 9)
    assert scores.sub_scores.epdms().shape == (0,)
    assert scores.states.shape == (0, 41, 11)


def test_no_scenes_have_no_scores() -> None:
    scores = score([], Trajectory(torch.zeros(0, 5, 8, 3)), CONFIG)
    assert scores.stacked().shape == (0, 5, 9)
    assert scores.stacked().dtype == torch.float64
    with pytest.raises(ValueError, match="0 scenes"):
        score([], Trajectory(torch.zeros(1, 5, 8, 3)), CONFIG)


def test_a_scene_may_come_twice_in_a_batch() -> None:
    prepared = prepare_scene(SCENE)
    scores = score([prepared, prepared], Trajectory(_straight_on().expand(2, -1, -1, -1)), CONFIG).stacked()
    assert torch.equal(scores[0].nan_to_num(), scores[1].nan_to_num())


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_the_scene_and_the_place_of_a_bad_pose_are_named(value: float) -> None:
    prepared = [prepare_scene(SCENE), prepare_scene(worlds.pedestrian_crosses())]
    poses = _straight_on().repeat(2, 1, 1, 1)
    poses[1, 2, 7, 1] = value
    with pytest.raises(ValueError, match=rf"{prepared[1].token}.*{value} at index \(2, 7, 1\)"):
        score(prepared, Trajectory(poses), CONFIG)


@pytest.mark.parametrize("interval_s", [math.nan, math.inf, -0.5, 0.0, 1e-9])
def test_intervals_that_no_clock_could_keep(interval_s: float) -> None:
    with pytest.raises(ValueError, match=f"interval_s must be finite.*{interval_s}"):
        score_scene(prepare_scene(SCENE), _straight_on(), interval_s, CONFIG)


@pytest.mark.parametrize("count", range(4))
def test_a_scene_without_a_whole_past(count: int) -> None:
    with pytest.raises(DataError, match=f"scene of {count} frames"):
        prepare_scene(replace(SCENE, frames=SCENE.frames[:count]))


@pytest.mark.parametrize(("route", "message"), [((), "no route"), (("100", "77"), "roadblock 77")])
def test_a_scene_without_a_route_that_can_be_used(route: tuple[str, ...], message: str) -> None:
    with pytest.raises(DataError, match=rf"{SCENE.token}: .*{message}"):
        prepare_scene(_changed(roadblock_ids=route))


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_where_nobody_is_nobody_is_met(config: ScorerConfig) -> None:
    nobody = {"boxes": np.zeros((0, 7)), "velocities": np.zeros((0, 3)), "names": (), "track_tokens": ()}
    prepared = prepare_scene(_changed(**nobody))
    assert prepared.agent_tokens == ()
    scores = score_scene(prepared, _straight_on(), 0.5, config).unfiltered
    assert (scores.nc == 1.0).all() and (scores.ttc == 1.0).all()


def test_a_track_that_one_frame_annotates_twice() -> None:
    def doubled(frame: LogFrame) -> LogFrame:
        return replace(
            frame,
            boxes=np.concatenate([frame.boxes, frame.boxes + np.float32(3.0)]),
            velocities=np.concatenate([frame.velocities] * 2),
            names=frame.names * 2,
            track_tokens=frame.track_tokens * 2,
        )

    frames = list(SCENE.frames)
    frames[6] = doubled(frames[6])
    with pytest.raises(DataError, match=f"{frames[6].token} annotates track car twice"):
        prepare_scene(replace(SCENE, frames=tuple(frames)))


def test_two_scenes_of_one_token_are_not_saved_as_one(tmp_path: Path) -> None:
    path, prepared = tmp_path / "log.safetensors", prepare_scene(SCENE)
    save_prepared([prepared], path)
    with pytest.raises(ValueError, match=f"log.safetensors: scene {prepared.token} twice"):
        save_prepared([prepared, prepare_scene(SCENE)], path)
    assert list(load_prepared(path)) == [prepared.token]


def _changed(**fields: object) -> Scene:
    """The scene with the same change in every frame."""
    return replace(SCENE, frames=tuple(replace(frame, **fields) for frame in SCENE.frames))
