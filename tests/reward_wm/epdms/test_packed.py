"""Scenes that are packed and scored at once score as they do one by one."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from driving.trajectory import Trajectory
from reward_wm.epdms import (
    ExactReward,
    Normalisation,
    PackedScenes,
    PreparedScene,
    ScorerConfig,
    TrafficPolicy,
    launch_cuda,
    pack_scenes,
    prepare_scene,
    score,
    score_scene,
)
from reward_wm.epdms.centreline import PackedLines, distance_to_line, progress_on_line
from reward_wm.epdms.judge import judge
from reward_wm.epdms.metrics.history_comfort import Pasts
from reward_wm.epdms.polygons import Polygons
from reward_wm.epdms.roads import PackedRoads, Roads, ego_area
from reward_wm.epdms.rollout import PackedWorlds, Rollout, World
from reward_wm.epdms.states import CENTRE_OFFSET_M, HALF_LENGTH_M, HALF_WIDTH_M, EgoBoxes
from reward_wm.epdms.traffic import Traffic
from tests import worlds
from tests.reward_wm.epdms.golden_scenes import golden_scenes
from tests.reward_wm.epdms.hand_made import red_lights, roads, traffic
from tests.reward_wm.epdms.random_rollouts import random_rollout
from tests.reward_wm.epdms.test_score import _observation

CONFIGS = {
    "official": ScorerConfig(),
    "unfiltered": ScorerConfig(human_filter=False),
    "in a batch": ScorerConfig(normalisation=Normalisation.BATCH),
    "constant velocity": ScorerConfig(traffic=TrafficPolicy.CONSTANT_VELOCITY),
}
EP = 4
DEVICES = ["cpu", "cuda"] if launch_cuda.is_available() else ["cpu"]


def _poses(scenes: int, proposals: int = 12, seed: int = 0, interval_s: float = 0.5) -> torch.Tensor:
    """Drives of many speeds and curvatures."""
    rng = np.random.default_rng(seed)
    shape = (scenes, proposals, 1)
    speed, curvature = rng.uniform(0, 14, shape), rng.normal(0, 0.03, shape)
    distance = speed * interval_s * np.arange(1, round(4.0 / interval_s) + 1)
    heading = distance * curvature
    poses = [distance * np.cos(heading / 2), distance * np.sin(heading / 2), heading]
    return torch.from_numpy(np.stack(poses, axis=-1))


def _one_by_one(
    scenes: list[PreparedScene], poses: torch.Tensor, config: ScorerConfig, interval_s: float = 0.5
) -> torch.Tensor:
    rows = zip(scenes, poses, strict=True)
    return torch.stack([score_scene(*row, interval_s, config).sub_scores.stacked() for row in rows])


def _assert_same(ours: torch.Tensor, theirs: torch.Tensor) -> None:
    """All but EP to the last bit."""
    torch.testing.assert_close(ours, theirs, rtol=0.0, atol=1e-9, equal_nan=True)
    discrete = [column for column in range(8) if column != EP]
    assert torch.equal(ours[..., discrete], theirs[..., discrete])


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("name", CONFIGS)
def test_the_golden_scenes_score_as_one_by_one(name: str, device: str) -> None:
    scenes, config = list(golden_scenes()), CONFIGS[name]
    poses = _poses(len(scenes))
    packed = pack_scenes(scenes, device, config.traffic)
    ours = score(packed, Trajectory(poses.to(device)), config).stacked()
    assert ours.device.type == device
    ours = ours.cpu()
    _assert_same(ours, _one_by_one(scenes, poses, config))
    assert all(len(ours[..., column].unique()) > 1 for column in range(8))


def test_the_golden_scenes_differ_in_everything_that_is_padded() -> None:
    """Else the test above would not show much."""
    scenes = golden_scenes()
    assert len({len(scene.history) for scene in scenes}) > 1
    assert len({len(scene.world.traffic.poses) for scene in scenes}) > 1
    assert len({len(scene.world.lights.polygons) for scene in scenes}) > 2
    assert len({len(scene.world.roads.polygons) for scene in scenes}) > 1
    assert len({len(scene.world.centreline) for scene in scenes}) > 1


@pytest.mark.parametrize("policy", [TrafficPolicy.LOG_REPLAY, TrafficPolicy.CONSTANT_VELOCITY])
def test_hand_made_scenes_score_as_one_by_one(policy: TrafficPolicy) -> None:
    made = (
        worlds.stopped_car_ahead(),
        worlds.pedestrian_crosses(),
        worlds.crossing_with_red_light(6.03, 15.07),
    )
    empty = (worlds.turning_at_crossing("left"), worlds.lane_change_left())
    scenes = [prepare_scene(scene) for scene in (*made, *empty)]
    poses, config = _poses(len(scenes)), ScorerConfig(traffic=policy)
    _assert_same(
        score(pack_scenes(scenes, "cpu", policy), Trajectory(poses), config).stacked(),
        _one_by_one(scenes, poses, config),
    )


def test_poses_every_tenth_of_a_second_score_as_one_by_one() -> None:
    scenes, config = list(golden_scenes())[:4], ScorerConfig()
    poses = _poses(len(scenes), interval_s=0.1)
    ours = score(pack_scenes(scenes, "cpu"), Trajectory(poses, 0.1), config).stacked()
    _assert_same(ours, _one_by_one(scenes, poses, config, 0.1))


def test_chosen_scenes_in_any_order_and_several_times_score_as_one_by_one() -> None:
    scenes, config = golden_scenes()[:6], ScorerConfig()
    chosen = [scenes[i] for i in (4, 0, 4, 3)]
    poses = _poses(len(chosen))
    packed = pack_scenes(scenes, "cpu").choose([scene.token for scene in chosen])
    assert packed.chosen_tokens == tuple(scene.token for scene in chosen)
    _assert_same(score(packed, Trajectory(poses), config).stacked(), _one_by_one(chosen, poses, config))
    with pytest.raises(KeyError, match="stranger"):
        packed.choose(["stranger"])


def test_no_proposals_have_no_scores() -> None:
    scenes = golden_scenes()[:2]
    assert score(pack_scenes(scenes, "cpu"), Trajectory(_poses(2, 0)), ScorerConfig()).nc.shape == (2, 0)


def test_worlds_in_which_there_is_nothing_are_judged_as_alone() -> None:
    """Outcomes, too: when each sub-score was lost, and to whom."""
    rollouts = [random_rollout(seed, agents=agents) for seed, agents in enumerate((8, 0, 3, 12))]
    nothing = Roads(Polygons.of([], np.zeros(2)), torch.zeros(0, dtype=torch.uint8))
    bare = World(nothing, _world(rollouts[0]).centreline[:3], traffic(), red_lights())
    all_worlds = [bare, *(_world(rollout) for rollout in rollouts), bare]
    drives = [rollouts[i].states for i in (0, 0, 1, 2, 3, 2)]
    histories = [torch.zeros(length, 11, dtype=torch.float64) for length in (14, 15, 14, 14, 13, 15)]
    counts = torch.tensor([len(drive) for drive in drives])
    owner = torch.arange(len(drives)).repeat_interleave(counts)
    pasts = []
    for length in (13, 14, 15):
        own = torch.cat([(owner == i).nonzero()[:, 0] for i in range(6) if len(histories[i]) == length])
        pasts.append(Pasts(own, torch.zeros(len(own), length, 11, dtype=torch.float64)))
    packed = PackedWorlds.of(all_worlds, torch.device("cpu")).owned_by(owner)
    ours = judge(Rollout.of(torch.cat(drives), packed), pasts)
    cells = zip(drives, all_worlds, histories, strict=True)
    theirs = [judge(Rollout.of(drive, world), history) for drive, world, history in cells]
    for name in ("nc", "dac", "ddc", "tlc", "ttc", "lk", "hc"):
        for part, mine in vars(getattr(ours, name)).items():
            expected = torch.cat([getattr(getattr(one, name), part) for one in theirs])
            assert torch.equal(mine, expected), (name, part)
    expected = torch.cat([one.raw_progress_m for one in theirs])
    torch.testing.assert_close(ours.raw_progress_m, expected, rtol=0.0, atol=1e-9)


def test_lines_of_different_lengths_are_measured_as_alone() -> None:
    """Far from the origin, where padding could be taken for vertices, and about it."""
    rng = np.random.default_rng(0)
    lengths = (2, 3, 16, 17, 18, 33, 70)
    lines = [torch.from_numpy(rng.normal(0, 3, (count, 2)).cumsum(axis=0) + 40.0) for count in lengths]
    points = torch.from_numpy(rng.normal(0, 60, (len(lines), 50, 2)))
    points[:, 0] = 0.0
    packed = PackedLines.of(lines, torch.arange(len(lines)))
    for measure in (distance_to_line, progress_on_line):
        alone = [measure(*pair) for pair in zip(points, lines, strict=True)]
        assert torch.equal(measure(points, packed), torch.stack(alone))


@pytest.mark.parametrize("heading", [0.0, np.pi / 2])
def test_boxes_on_the_seams_of_roads_are_where_they_are_alone(heading: float) -> None:
    """Corners, centre and rear axle exactly on edges and corners of polygons."""
    half_width, half_length, ahead = HALF_WIDTH_M, HALF_LENGTH_M, CENTRE_OFFSET_M
    states = torch.zeros(1, 900, 11, dtype=torch.float64)
    x = torch.tensor(
        [edge + shift for edge in (-20, 0, 40, 60, 100) for shift in (0, -ahead, half_length - ahead)]
    )
    y = torch.tensor([edge + shift for edge in (-2, 2, 6) for shift in (0, half_width, -half_width, 0.3)])
    places = torch.cartesian_prod(x.double(), y.double())
    states[0, : len(places), :2] = places
    states[0, :, 2] = heading
    ego, alone = EgoBoxes.of(states), roads()
    packed = PackedRoads.of([alone, alone], torch.ones(1, dtype=torch.int64))
    ours, theirs = (ego_area(ego, states[..., :2], world) for world in (packed, alone))
    for name, flags in vars(theirs).items():
        assert torch.equal(getattr(ours, name), flags), name
    assert len({tuple(flags) for flags in torch.stack(list(vars(theirs).values()), dim=-1)[0].tolist()}) > 5


def _world(rollout: Rollout) -> World:
    assert isinstance(rollout.world, World)
    return rollout.world


def test_scenes_that_cannot_be_packed() -> None:
    scenes = golden_scenes()[:1]
    with pytest.raises(ValueError, match="IDM"):
        pack_scenes(scenes, "cpu", TrafficPolicy.IDM)
    with pytest.raises(ValueError, match="got none"):
        pack_scenes([], "cpu")
    with pytest.raises(ValueError, match="'meta'"):
        pack_scenes(scenes, "meta")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_without_a_gpu_nothing_is_packed_for_one() -> None:
    with pytest.raises(ValueError, match="'cuda' needs a GPU"):
        pack_scenes(golden_scenes()[:1], "cuda")


def test_requests_that_packed_scenes_cannot_answer() -> None:
    packed = pack_scenes(golden_scenes()[:2], "cpu")
    poses = _poses(2)
    for policy in (TrafficPolicy.IDM, TrafficPolicy.CONSTANT_VELOCITY):
        with pytest.raises(ValueError, match=f"traffic={policy.name} of scenes packed in traffic=LOG_REPLAY"):
            score(packed, Trajectory(poses), ScorerConfig(traffic=policy))
    with pytest.raises(ValueError, match="2 scenes"):
        score(packed, Trajectory(poses[:1]), ScorerConfig())
    with pytest.raises(ValueError, match="interval_s"):
        score(packed, Trajectory(poses, 0.0), ScorerConfig())
    poses[1, 3, 2, 0] = torch.nan
    with pytest.raises(ValueError, match=f"scene {packed.tokens[1]}.*nan"):
        score(packed, Trajectory(poses), ScorerConfig())


def test_the_exact_reward_takes_packed_scenes_too() -> None:
    scenes, config = golden_scenes()[:3], ScorerConfig()
    observation = _observation(scenes[2].token, scenes[0].token)
    trajectories = Trajectory(_poses(2).float())
    packed: PackedScenes = pack_scenes(scenes, "cpu")
    ours = ExactReward(packed, config).score(observation, trajectories)
    theirs = ExactReward({scene.token: scene for scene in scenes}, config).score(observation, trajectories)
    _assert_same(ours.stacked(), theirs.stacked())
    with pytest.raises(KeyError, match="stranger"):
        ExactReward(packed, config).score(_observation("stranger"), Trajectory(_poses(1)))


def test_agents_that_are_never_there_change_nothing() -> None:
    scene, config = golden_scenes()[0], ScorerConfig()
    crowd = replace(scene, token="crowd", world=replace(scene.world, traffic=_twice(scene.world.traffic)))
    poses = _poses(1).expand(2, -1, -1, -1)
    scores = score(pack_scenes([scene, crowd], "cpu"), Trajectory(poses), config).stacked()
    assert torch.equal(scores[0].nan_to_num(), scores[1].nan_to_num())


def _twice(agents: Traffic) -> Traffic:
    return agents.join(replace(agents, present=torch.zeros_like(agents.present)))
