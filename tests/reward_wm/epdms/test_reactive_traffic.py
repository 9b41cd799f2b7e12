"""Traffic that reacts, or goes straight on, in hand-made scenes."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from driving.errors import DataError
from driving.scene import Scene
from reward_wm.epdms import (
    PreparedScene,
    ScorerConfig,
    TrafficPolicy,
    load_prepared,
    prepare_scene,
    save_prepared,
    score_scene,
)
from reward_wm.epdms.traffic import Traffic
from tests import worlds
from tests.reference.slow_idm import slow_reactive_traffic
from tests.world_maps import ARM_END_M, HALF_CROSSING_M, crossing_map, line, straight_map
from tests.worlds import Actor, Drive

IDM, CONSTANT_VELOCITY = TrafficPolicy.IDM, TrafficPolicy.CONSTANT_VELOCITY
RIGHT_LANE = line((-60.0, 0.0), (240.0, 0.0))
LANE_END_M = 239.0
"""The last vertex but one of the centre lines."""


def _car(x: float, y: float, speed: float, token: str = "car", kind: str = "vehicle") -> Actor:
    """Along +x on the straight road; ``x`` is its centre now."""
    return Actor(token, kind, Drive(line((-160.0, y), (340.0, y)), x + 160.0, speed))


def _plan(*speeds: float) -> torch.Tensor:
    """Straight on at these speeds, one proposal each."""
    times = torch.arange(1, 9, dtype=torch.float64) * 0.5
    distance = torch.tensor(speeds, dtype=torch.float64)[:, None] * times
    return torch.stack([distance, torch.zeros_like(distance), torch.zeros_like(distance)], dim=-1)


def _traffic(scene: Scene, policy: TrafficPolicy, *speeds: float) -> tuple[PreparedScene, Traffic]:
    prepared = prepare_scene(scene)
    return prepared, score_scene(prepared, _plan(*speeds), 0.5, ScorerConfig(traffic=policy)).traffic


def _xy(moved: tuple[PreparedScene, Traffic], token: str = "car", proposal: int = 0) -> np.ndarray:
    """Where somebody is (T, 2) in the map frame; NaN where absent."""
    prepared, traffic = moved
    row = prepared.agent_tokens.index(token)
    per_proposal = traffic.poses.ndim == 4
    poses = traffic.poses[proposal, row] if per_proposal else traffic.poses[row]
    present = traffic.present[proposal, row] if per_proposal else traffic.present[row]
    return torch.where(present[:, None], poses[:, :2] + prepared.origin[:2], torch.nan).numpy()


def test_a_vehicle_brakes_behind_the_ego_as_each_proposal_drives() -> None:
    scene = worlds.straight_road(8.0, actors=(_car(-9.0, 0.0, 8.0),))
    moved = _traffic(scene, IDM, 8.0, 1.0)
    fast, slow = (_xy(moved, proposal=p)[-1, 0] for p in (0, 1))
    assert fast > slow + 5.0
    assert slow < 4.0 * 8.0 - 9.0 - 5.0  # log replay and constant velocity get there


def test_a_vehicle_halts_one_vertex_before_the_end_of_its_lane() -> None:
    far, near = _car(LANE_END_M - 15.0, 0.0, 9.2, "far"), _car(LANE_END_M - 0.5, 3.5, 9.2, "near")
    scene = worlds.scene(straight_map(), Drive(RIGHT_LANE, 260.0, 0.0), ("100",), (far, near))
    moved = _traffic(scene, IDM, 0.0)
    for token in ("far", "near"):
        assert _xy(moved, token)[-1, 0] == pytest.approx(LANE_END_M, abs=1e-9)


def test_red_lights_are_ignored() -> None:
    north = ARM_END_M - HALF_CROSSING_M
    cars = (Actor("car", "vehicle", Drive(line((-1.75, ARM_END_M), (-1.75, -60.0)), north - 12.0, 8.0)),)
    runs = []
    for red in (True, False):
        scene = worlds.crossing_with_red_light() if red else worlds.crossing_with_green_light()
        frames = worlds.scene(
            crossing_map(),
            Drive(line((-ARM_END_M, -1.75), (ARM_END_M, -1.75)), 20.0, 5.0),
            scene.current.roadblock_ids,
            cars,
            red=tuple(crossing_map().lanes["2"].outgoing) if red else (),
        )
        runs.append(_xy(_traffic(frames, IDM, 5.0)))
    assert np.array_equal(*runs)


def test_who_stays_and_who_goes() -> None:
    actors = (
        _car(20.0, -9.0, 0.0, "parked beside the road"),
        _car(30.0, -9.0, 2.0, "rolls beside the road"),
        _car(40.0, 12.0, 3.0, "on the far verge"),
        Actor("walker", "pedestrian", Drive(line((15.0, -6.0), (15.0, 12.0)), 4.0, 1.2)),
        _car(0.0, 0.0, 3.0, "on the ego"),
        _car(150.0, 0.0, 3.0, "far away"),
        _car(10.0, 0.5, 4.0, "off the middle"),
    )
    scene = worlds.straight_road(3.0, actors=actors)
    prepared, traffic = moved = _traffic(scene, IDM, 3.0)
    there = dict(zip(prepared.agent_tokens, traffic.present[0].tolist(), strict=True))
    assert all(there["parked beside the road"]) and all(there["walker"]) and all(there["off the middle"])
    gone = ("rolls beside the road", "on the far verge", "on the ego", "far away")
    assert all(there[token] == [True] + 40 * [False] for token in gone)
    assert np.ptp(_xy(moved, "parked beside the road"), axis=0).max() == 0.0
    replayed = prepared.world.traffic.poses[prepared.agent_tokens.index("walker")]
    assert torch.equal(traffic.poses[0, prepared.agent_tokens.index("walker")], replayed)
    assert _xy(moved, "off the middle")[:2, 1].tolist() == [0.5, 0.0]
    assert "on the ego" not in prepared.agent_tokens[: len(prepared.world.traffic.poses)]


def test_a_vehicle_that_comes_later_never_does() -> None:
    scene = worlds.straight_road(3.0, actors=(_car(30.0, 0.0, 3.0), _car(50.0, 3.5, 3.0, "late")))
    frames = [f if i > 4 else replace_actors(f, 1) for i, f in enumerate(scene.frames)]
    scene = replace(scene, frames=tuple(frames))
    for policy in (IDM, CONSTANT_VELOCITY):
        assert np.isnan(_xy(_traffic(scene, policy, 3.0), "late")).all()


def replace_actors(frame, count: int):
    """Only the first ones."""
    return replace(
        frame,
        boxes=frame.boxes[:count],
        names=frame.names[:count],
        velocities=frame.velocities[:count],
        track_tokens=frame.track_tokens[:count],
    )


def test_a_vehicle_beside_its_line_stays_unless_somebody_drives_into_it() -> None:
    wide = replace(straight_map().lanes["2"], polygon=straight_map().lanes["2"].polygon.buffer(6.0))
    world_map = replace(straight_map(), lanes={"2": wide}, roadblocks=straight_map().roadblocks)
    aside = Actor("aside", "vehicle", Drive(line((-60.0, -3.2), (240.0, -3.2)), 90.0, 0.0))
    across = Actor("across", "vehicle", Drive(line((34.0, -3.1), (34.0, 9.0)), 0.0, 0.0))
    driver = _car(15.0, 0.0, 6.0, "driver")
    ego = Drive(RIGHT_LANE, 60.0, 0.0)
    blocks = {"100": replace(straight_map().roadblocks["100"], lane_ids=("2",))}
    scene = worlds.scene(replace(world_map, roadblocks=blocks), ego, ("100",), (driver, aside, across))
    moved = _traffic(scene, IDM, 0.0)
    assert not np.isnan(_xy(moved, "aside")).any()
    across_there = ~np.isnan(_xy(moved, "across")[:, 0])
    assert across_there[0] and across_there[1] and not across_there.all()


def test_a_lane_without_a_limit_inherits_the_one_before() -> None:
    plain = straight_map()
    actors = (_car(20.0, 3.5, 8.0, "limited"), _car(30.0, 0.0, 8.0, "unlimited"))

    def wanted(limits: dict[str, float | None], order: tuple[Actor, ...]) -> list[float]:
        lanes = {k: replace(v, speed_limit_mps=limits.get(k, 13.9)) for k, v in plain.lanes.items()}
        ego = Drive(RIGHT_LANE, 60.0, 5.0)
        prepared = prepare_scene(worlds.scene(replace(plain, lanes=lanes), ego, ("100",), order))
        return prepared.traffic_start.rails.wanted_speed_mps.tolist()

    assert wanted({"1": 6.0, "2": None}, actors) == [6.0, 6.0]
    assert wanted({"1": 0.0, "2": 6.0}, actors) == [10.0, 6.0]
    assert wanted({"1": 6.0, "2": None}, actors[::-1]) == [10.0, 6.0]


def test_constant_velocity_goes_straight_on() -> None:
    scene = worlds.straight_road(3.0, actors=(_car(30.0, 0.3, 4.0), _car(50.0, -9.0, 2.0, "off the road")))
    moved = _traffic(scene, CONSTANT_VELOCITY, 3.0)
    expected = np.column_stack([30.0 + 0.4 * np.arange(41), np.full(41, 0.3)])
    assert np.abs(_xy(moved) - expected).max() < 1e-5  # annotations have single precision
    assert _xy(moved, "off the road")[-1, 0] == pytest.approx(58.0, abs=1e-5)


@pytest.mark.parametrize(
    ("vertices", "message"),
    [
        (((-60.0, 0.0), (240.0, 0.0)), "fewer than three vertices"),
        (((-60.0, 0.0), (10.0, 0.0), (240.0, 0.0)), "ends more than half a vehicle before"),
    ],
)
def test_where_the_devkit_fails_reactive_traffic_is_refused(vertices: tuple, message: str) -> None:
    lanes = dict(straight_map().lanes)
    lanes["2"] = replace(lanes["2"], baseline=np.array(vertices))
    ego = Drive(RIGHT_LANE, 60.0, 5.0)
    scene = worlds.scene(replace(straight_map(), lanes=lanes), ego, ("100",), (_car(30.0, 0.0, 4.0),))
    prepared = prepare_scene(scene)
    with pytest.raises(DataError, match=f"scene {scene.token}.*lane 2 .*{message}|{message}"):
        score_scene(prepared, _plan(5.0), 0.5, ScorerConfig(traffic=IDM))
    for policy in (TrafficPolicy.LOG_REPLAY, CONSTANT_VELOCITY):
        score_scene(prepared, _plan(5.0), 0.5, ScorerConfig(traffic=policy))


def _crowded(seed: int) -> Scene:
    """The crossing with vehicles on and beside its lanes, in no order."""
    rng = np.random.default_rng(seed)
    lanes = list(crossing_map().lanes.values())
    actors = []
    for number in range(int(rng.integers(2, 14))):
        lane = lanes[int(rng.integers(len(lanes)))].baseline + rng.normal(0, 0.5, 2)
        start = rng.uniform(0, np.hypot(*np.diff(lane, axis=0).T).sum() - 1.0)
        drive = Drive(
            np.concatenate([lane, lane[-1:] + 60 * (lane[-1] - lane[-2])]), start, rng.uniform(0, 9)
        )
        if drive.start_m - 1.5 * drive.speed_mps >= 0.0:
            actors.append(Actor(f"{number:08x}", "vehicle", drive))
    ego = Drive(line((-ARM_END_M, -1.75), (ARM_END_M, -1.75)), 50.0, rng.uniform(0, 9))
    return worlds.scene(crossing_map(), ego, ("103", "320", "111"), tuple(actors))


@pytest.mark.parametrize("seed", range(6))
def test_the_compiled_roll_out_is_the_slow_one(seed: int) -> None:
    prepared = prepare_scene(_crowded(seed))
    scores = score_scene(prepared, _plan(8.0, 3.0), 0.5, ScorerConfig(traffic=IDM))
    for proposal, states in enumerate(scores.states.numpy()):
        poses, present = slow_reactive_traffic(prepared, states)
        assert np.array_equal(present, scores.traffic.present[proposal].numpy())
        difference = (poses - scores.traffic.poses[proposal].numpy())[present]
        difference[:, 2] = (difference[:, 2] + np.pi) % (2 * np.pi) - np.pi
        assert np.abs(difference).max() < 1e-9


@pytest.mark.parametrize("policy", [IDM, CONSTANT_VELOCITY])
@pytest.mark.parametrize("seed", range(3))
def test_alone_or_together_and_saved_or_not_the_scores_are_the_same(policy, seed: int, tmp_path) -> None:
    prepared, config, poses = (
        prepare_scene(_crowded(seed)),
        ScorerConfig(traffic=policy),
        _plan(9.0, 5.0, 0.5),
    )
    together = score_scene(prepared, poses, 0.5, config)
    save_prepared([prepared], tmp_path / "a.safetensors")
    loaded = load_prepared(tmp_path / "a.safetensors")[prepared.token]
    for row, one in enumerate(poses):
        alone = score_scene(loaded, one[None], 0.5, config)
        expected = together.sub_scores.stacked()[row]
        assert torch.allclose(alone.sub_scores.stacked()[0], expected, rtol=0, atol=1e-9, equal_nan=True)
        assert torch.allclose(alone.reference_progress_m[0], together.reference_progress_m[row])


def test_traffic_must_be_a_policy() -> None:
    with pytest.raises(ValueError, match="LOG_REPLAY, IDM, CONSTANT_VELOCITY"):
        ScorerConfig(traffic="idm")  # type: ignore[arg-type]
