"""Properties of the whole scorer on hand-made scenes."""

import math
from dataclasses import replace

import numpy as np
import pytest
import shapely.affinity
import torch

from driving.errors import DataError
from driving.frames import local_to_map, points_to_map
from driving.map_data import MapData
from driving.observation import Observation
from driving.scene import Scene
from driving.trajectory import Trajectory
from reward_wm.epdms import (
    ExactReward,
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
SCENES = {  # crooked numbers, lest a corner lies on the seam of two roads: there rounding decides
    "stopped car": worlds.stopped_car_ahead(),
    "car in front": worlds.car_in_front(),
    "pedestrian": worlds.pedestrian_crosses(),
    "lane change": worlds.lane_change_left(),
    "red light": worlds.crossing_with_red_light(6.03, 15.07),
    "red light run": worlds.crossing_with_red_light(6.03, 15.07, stops=False),
    "left turn": worlds.turning_at_crossing("left"),
}


def _poses(seed: int = 0, count: int = 24) -> torch.Tensor:
    """Drives of many speeds and curvatures."""
    rng = np.random.default_rng(seed)
    speed, curvature = rng.uniform(0, 14, (count, 1)), rng.normal(0, 0.03, (count, 1))
    distance = speed * 0.5 * np.arange(1, 9)
    heading = distance * curvature
    poses = np.stack([distance * np.cos(heading / 2), distance * np.sin(heading / 2), heading], axis=-1)
    return torch.from_numpy(poses)


def _same(a: torch.Tensor, b: torch.Tensor, within: float = 1e-9) -> bool:
    return torch.allclose(a, b, rtol=0.0, atol=within, equal_nan=True)


@pytest.mark.parametrize("name", SCENES)
def test_alone_or_together_in_any_order_the_scores_are_the_same(name: str) -> None:
    prepared, poses = prepare_scene(SCENES[name]), _poses()
    together = score_scene(prepared, poses, 0.5, CONFIG).sub_scores.stacked()
    alone = [score_scene(prepared, one[None], 0.5, CONFIG).sub_scores.stacked()[0] for one in poses]
    assert _same(together, torch.stack(alone))
    assert _same(together.flip(0), score_scene(prepared, poses.flip(0), 0.5, CONFIG).sub_scores.stacked())


def test_in_a_batch_the_fastest_sound_proposal_sets_the_pace() -> None:
    """Against the sub-scores of each proposal alone: the same, but for EP."""
    slower = 0
    for scene in SCENES.values():
        prepared, poses = prepare_scene(scene), _poses()
        alone = score_scene(prepared, poses, 0.5, CONFIG)
        batch = score_scene(prepared, poses, 0.5, ScorerConfig(normalisation=Normalisation.BATCH))
        sub_scores = alone.unfiltered
        sound = sub_scores.nc * sub_scores.dac * sub_scores.ddc * sub_scores.tlc
        best = max((alone.raw_progress_m * sound).max(), prepared.reference_progress_m)
        expected = (alone.raw_progress_m / best).clamp(max=1.0) if best > 5 else torch.ones_like(sound)
        assert _same(batch.unfiltered.ep, expected)
        assert _same(batch.unfiltered.stacked()[:, :4], sub_scores.stacked()[:, :4])
        slower += int((batch.unfiltered.ep < sub_scores.ep).sum())
    assert slower > 0


def test_many_scenes_at_once_are_the_same_as_one_by_one() -> None:
    prepared = [prepare_scene(scene) for scene in SCENES.values()]
    poses = torch.stack([_poses(seed) for seed in range(len(prepared))])
    together = score(prepared, Trajectory(poses), CONFIG).stacked()
    single = [score_scene(p, rows, 0.5, CONFIG).sub_scores.stacked() for p, rows in zip(prepared, poses)]
    assert _same(together, torch.stack(single))


@pytest.mark.parametrize("name", SCENES)
@pytest.mark.parametrize(
    ("motion", "within"), [((300.0, -200.0, 0.7), 1e-9), ((331_234.5, 4_690_123.4, 2.6), 1e-7)]
)
def test_a_rigid_motion_changes_nothing(name: str, motion: tuple[float, float, float], within: float) -> None:
    """Up to the rounding of map coordinates, which have six figures before the point."""
    poses = _poses()
    here = score_scene(prepare_scene(SCENES[name]), poses, 0.5, CONFIG)
    moved = _moved(SCENES[name], np.array(motion))
    there = score_scene(prepare_scene(moved), poses, 0.5, CONFIG)
    assert _same(here.sub_scores.stacked(), there.sub_scores.stacked(), within)
    assert _same(here.raw_progress_m, there.raw_progress_m, within)


def test_the_order_of_agents_does_not_matter() -> None:
    scene = _with_more_agents(worlds.pedestrian_crosses(), 5)
    frames = [
        replace(
            frame,
            boxes=frame.boxes[::-1].copy(),
            velocities=frame.velocities[::-1].copy(),
            names=frame.names[::-1],
            track_tokens=frame.track_tokens[::-1],
        )
        for frame in scene.frames
    ]
    one = score_scene(prepare_scene(scene), _poses(), 0.5, CONFIG)
    other = score_scene(prepare_scene(replace(scene, frames=tuple(frames))), _poses(), 0.5, CONFIG)
    assert _same(one.sub_scores.stacked(), other.sub_scores.stacked())
    assert (one.unfiltered.nc == 0.0).any()


def test_forty_poses_on_the_same_lines_score_the_same() -> None:
    prepared, coarse = prepare_scene(SCENES["car in front"]), _poses()
    knots = torch.cat([torch.zeros(len(coarse), 1, 3, dtype=torch.float64), coarse], dim=1)
    shares = torch.arange(1, 6, dtype=torch.float64)[:, None] / 5
    fine = (knots[:, :-1, None] * (1 - shares) + knots[:, 1:, None] * shares).reshape(len(coarse), 40, 3)
    one = score_scene(prepared, coarse, 0.5, CONFIG)
    other = score_scene(prepared, fine, 0.1, CONFIG)
    assert (one.states - other.states).abs().max() < 1e-4  # sample times are cut to microseconds
    assert _same(one.sub_scores.stacked(), other.sub_scores.stacked(), 1e-5)


def test_what_the_human_did_is_forgiven() -> None:
    prepared = prepare_scene(SCENES["red light run"])
    assert prepared.human_scores[3] == 0.0
    scores = score_scene(prepared, prepared.human_poses[None], 0.5, CONFIG)
    assert (scores.unfiltered.tlc.item(), scores.sub_scores.tlc.item()) == (0.0, 1.0)
    assert scores.outcomes.tlc.first_failure.item() > 0
    assert prepared.light_ids[int(scores.outcomes.tlc.culprit)] == "220"
    strict = score_scene(prepared, prepared.human_poses[None], 0.5, ScorerConfig(human_filter=False))
    assert strict.sub_scores.tlc.item() == 0.0


def test_a_synthetic_scene_has_no_human_to_forgive_by() -> None:
    scene = SCENES["red light run"]
    frames = [replace(frame, token=frame.token + "x") for frame in scene.frames]
    assert not prepare_scene(replace(scene, frames=tuple(frames))).human_zeros.any()


def test_pdm_closed_as_an_agent_is_about_as_good_as_itself() -> None:
    prepared = prepare_scene(SCENES["car in front"])
    poses = prepared.reference_poses_10hz[None]
    scores = score_scene(prepared, poses, 0.1, CONFIG)
    assert scores.sub_scores.ep.item() == pytest.approx(1.0, abs=1e-3)
    assert scores.reference_progress_m == pytest.approx(scores.raw_progress_m.item(), rel=1e-3)
    assert torch.equal(prepared.reference_poses, poses[0, 4::5])


def test_scores_are_scores_and_ec_is_left_open() -> None:
    for scene in SCENES.values():
        stacked = score_scene(prepare_scene(scene), _poses(), 0.5, CONFIG).sub_scores.stacked()
        assert ((stacked[:, :-1] >= 0.0) & (stacked[:, :-1] <= 1.0)).all()
        assert stacked[:, -1].isnan().all()
        assert stacked.dtype == torch.float64


@pytest.mark.parametrize(
    ("poses", "message"),
    [
        (torch.full((2, 8, 3), torch.nan), "nan"),
        (torch.full((2, 8, 3), torch.inf), "inf"),
        (torch.zeros(2, 8, 2), "shape"),
        (torch.zeros(2, 0, 3), "shape"),
        (torch.zeros(8, 3), "shape"),
        (torch.zeros(2, 8, 3, dtype=torch.int64), "floating"),
    ],
)
def test_poses_that_cannot_be_judged(poses: torch.Tensor, message: str) -> None:
    prepared = prepare_scene(SCENES["car in front"])
    with pytest.raises(ValueError, match=message) as error:
        score_scene(prepared, poses, 0.5, CONFIG)
    assert "\n" not in str(error.value)


def test_other_requests_that_make_no_sense() -> None:
    prepared = prepare_scene(SCENES["car in front"])
    with pytest.raises(ValueError, match="interval_s"):
        score_scene(prepared, _poses(), 0.0, CONFIG)
    with pytest.raises(ValueError, match="2 scenes"):
        score([prepared, prepared], Trajectory(_poses()[None]), CONFIG)
    with pytest.raises(ValueError, match="human_filter"):
        ScorerConfig(human_filter="yes")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="normalisation must be"):
        ScorerConfig(normalisation="batch")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="one traffic for all"):
        ScorerConfig(traffic=TrafficPolicy.IDM, normalisation=Normalisation.BATCH)
    short = replace(SCENES["car in front"], frames=SCENES["car in front"].frames[:10])
    with pytest.raises(DataError, match="6 frames after"):
        prepare_scene(short)


def test_saved_and_loaded_scenes_score_the_same(tmp_path) -> None:
    prepared = [prepare_scene(scene) for scene in SCENES.values()]
    save_prepared(prepared, tmp_path / "log" / "a.safetensors")
    loaded = load_prepared(tmp_path / "log" / "a.safetensors")
    assert list(loaded) == [scene.token for scene in prepared]
    assert [path.name for path in (tmp_path / "log").iterdir()] == ["a.safetensors"]
    for scene in prepared:
        one = score_scene(scene, _poses(), 0.5, CONFIG)
        other = score_scene(loaded[scene.token], _poses(), 0.5, CONFIG)
        assert torch.equal(one.states, other.states)
        assert _same(one.sub_scores.stacked(), other.sub_scores.stacked(), 0.0)
        assert loaded[scene.token].agent_tokens == scene.agent_tokens


def test_files_that_are_not_prepared_scenes(tmp_path) -> None:
    path = tmp_path / "broken.safetensors"
    path.write_bytes(b"not at all")
    with pytest.raises(DataError, match="broken"):
        load_prepared(path)
    with pytest.raises(DataError, match="missing"):
        load_prepared(tmp_path / "missing.safetensors")


def test_the_exact_reward_looks_scenes_up_by_token() -> None:
    prepared = [prepare_scene(SCENES["car in front"]), prepare_scene(SCENES["left turn"])]
    reward = ExactReward({scene.token: scene for scene in prepared}, CONFIG)
    trajectories = Trajectory(torch.stack([_poses(1), _poses(2)]).float())
    observation = _observation(prepared[1].token, prepared[0].token)
    scores = reward.score(observation, trajectories)
    expected = score(prepared[::-1], trajectories, CONFIG)
    assert _same(scores.stacked(), expected.stacked())
    with pytest.raises(KeyError, match="stranger"):
        reward.score(_observation("stranger"), Trajectory(_poses()[None]))


def _observation(*tokens: str) -> Observation:
    count = len(tokens)
    return Observation(
        tokens,
        torch.zeros(count, 1, 3, 2, 2, dtype=torch.uint8),
        torch.zeros(count, 1, 3, 3),
        torch.zeros(count, 1, 4, 4),
        torch.zeros(count, 4, 3),
        torch.zeros(count, 4, 2),
        torch.zeros(count, 4, 2),
        torch.zeros(count, 4),
    )


def _with_more_agents(scene: Scene, count: int) -> Scene:
    frames = []
    for frame in scene.frames:
        boxes = [frame.boxes] + [
            frame.boxes + np.float32([4.0 * i, 0.7 * i, 0, 0, 0, 0, 0]) for i in range(1, count)
        ]
        frames.append(
            replace(
                frame,
                boxes=np.concatenate(boxes),
                velocities=np.concatenate([frame.velocities] * count),
                names=frame.names * count,
                track_tokens=tuple(f"{t}{i}" for i in range(count) for t in frame.track_tokens),
            )
        )
    return replace(scene, frames=tuple(frames))


def _moved(scene: Scene, motion: np.ndarray) -> Scene:
    """The scene with map and log moved and turned; boxes are relative to the ego and stay."""
    frames = [replace(f, ego_pose_in_map=local_to_map(f.ego_pose_in_map, motion)) for f in scene.frames]
    return Scene(tuple(frames), _moved_map(scene.map, motion))


def _moved_map(road_map: MapData, motion: np.ndarray) -> MapData:
    cos, sin = math.cos(motion[2]), math.sin(motion[2])

    def move(area):
        return shapely.affinity.affine_transform(area, [cos, -sin, sin, cos, motion[0], motion[1]])

    lanes = {
        key: replace(lane, polygon=move(lane.polygon), baseline=points_to_map(lane.baseline, motion))
        for key, lane in road_map.lanes.items()
    }
    blocks = {key: replace(block, polygon=move(block.polygon)) for key, block in road_map.roadblocks.items()}
    areas = {
        name: {key: move(area) for key, area in getattr(road_map, name).items()}
        for name in ("intersections", "carparks", "crosswalks", "walkways")
    }
    return MapData(road_map.location, lanes, blocks, **areas)
