"""A scene from a metric cache is the scene from the log; and its scores are the devkit's.

Positions in the map frame are millions of metres, of which a float keeps 1e-9: the devkit has taken other
traffic, the human and PDM-Closed through that frame. Everything else was the same bit for bit where the
caches were made, but a map is projected anew on every machine.
"""

import tarfile
from dataclasses import fields, is_dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torch import Tensor

from driving.data.assemble import load_log
from driving.data.read_map import read_map
from driving.data.splits import SceneFilter
from driving.errors import DataError
from driving.map_data import MapData
from driving.scores import OFFICIAL_COLUMNS
from navsim_agent.metric_cache.metric_cache import read_metric_cache
from navsim_agent.metric_cache.to_prepared import prepare_metric_cache
from reward_wm.epdms import PreparedScene, ScorerConfig, TrafficPolicy, prepare_scene, score_scene
from reward_wm.epdms.traffic import Traffic
from tests.golden.metric_caches import EARLIER, LATER, SYNTHETIC, unpack_metric_caches

GOLDEN = Path(__file__).parents[2] / "golden"
ROUNDED_M = 5e-9
PROGRESS_WITHIN = 1e-8
INTERVALS_S = {"coarse": 0.5, "fine": 0.1}


@cache
def _logged() -> tuple[dict[str, PreparedScene], MapData, dict[str, np.ndarray]]:
    """The two scenes from their log, their map, and the trajectories that the devkit scored."""
    with TemporaryDirectory() as folder, tarfile.open(GOLDEN / "epdms_world.tar.xz") as tar:
        tar.extractall(folder, filter="data")
        root = Path(folder)
        every = SceneFilter(frame_interval=1)
        scenes = list(load_log(root / "navsim_logs" / "stirred_01.pkl", root / "maps", every))
        table = dict(np.load(root / "trajectories.npz"))
    return {scene.token: prepare_scene(scene) for scene in scenes}, scenes[0].map, table


@cache
def _from_cache(token: str, with_map: bool = True) -> PreparedScene:
    with TemporaryDirectory() as folder:
        cache = read_metric_cache(unpack_metric_caches(Path(folder))[token])
    return prepare_metric_cache(cache, _logged()[1] if with_map else None)


def _rows(traffic: Traffic, order: Tensor) -> Traffic:
    return Traffic(*(getattr(traffic, field.name)[order] for field in fields(traffic)))


def _in_order_of(tokens: tuple[str, ...], scene: PreparedScene) -> PreparedScene:
    """The scene with its agents in another order: the devkit sorts them by class."""
    kept, start = len(scene.world.traffic.half_size), scene.traffic_start
    order = torch.tensor([scene.agent_tokens.index(token) for token in tokens])
    place = order.argsort()
    rails = replace(start.rails, rows=place[start.rails.rows], parked_rows=place[start.rails.parked_rows])
    start = replace(
        start,
        removed=_rows(start.removed, order[kept:] - kept),
        is_vehicle=start.is_vehicle[order],
        is_current=start.is_current[order],
        velocity=start.velocity[order],
        rails=rails,
    )
    world = replace(scene.world, traffic=_rows(scene.world.traffic, order[:kept]))
    return replace(scene, agent_tokens=tokens, world=world, traffic_start=start)


def _leaves(value: Any, prefix: str = "") -> dict[str, Any]:
    """Every field of nested dataclasses, by its dotted name."""
    if not is_dataclass(value):
        return {prefix.rstrip("."): value}
    parts = [_leaves(getattr(value, field.name), f"{prefix}{field.name}.") for field in fields(value)]
    return {name: leaf for part in parts for name, leaf in part.items()}


@pytest.mark.parametrize("token", [EARLIER, LATER])
def test_every_field_is_that_of_the_log(token: str) -> None:
    logged, cached = _logged()[0][token], _from_cache(token)
    assert set(cached.agent_tokens) == set(logged.agent_tokens)
    expected, got = _leaves(logged), _leaves(_in_order_of(logged.agent_tokens, cached))
    for name, value in expected.items():
        if not isinstance(value, Tensor):
            assert got[name] == value, name
        elif value.is_floating_point():
            difference = (got[name] - value).abs()
            assert difference.nan_to_num().numpy().max(initial=0.0) < ROUNDED_M, name
            assert got[name].isnan().equal(value.isnan()), name
        else:
            assert got[name].equal(value), name


def test_the_scenes_show_what_can_go_wrong() -> None:
    """Otherwise equality would prove little."""
    scenes = [_from_cache(token) for token in (EARLIER, LATER)]
    assert any(len(scene.traffic_start.removed.poses) for scene in scenes)
    assert any(len(scene.light_ids) and not scene.world.lights.is_red.all() for scene in scenes)
    assert any(len(scene.traffic_start.rails.rows) for scene in scenes)
    assert all(not scene.world.traffic.present.all() for scene in scenes)
    assert all(scene.human_zeros.any() for scene in scenes)


@pytest.mark.parametrize("kind", INTERVALS_S)
@pytest.mark.parametrize("token", [EARLIER, LATER])
def test_scores_are_the_devkits(token: str, kind: str) -> None:
    """All sub-scores of a scene alone; the map is not needed."""
    table, golden = _logged()[2], np.load(GOLDEN / "epdms_golden.npz")[f"{kind}_scores"]
    rows = np.flatnonzero(table[f"{kind}_names"][:, 0] == token)
    poses = torch.from_numpy(table[f"{kind}_poses"][rows])
    got = score_scene(_from_cache(token, with_map=False), poses, INTERVALS_S[kind], ScorerConfig())
    _assert_devkits(got.sub_scores.stacked()[:, :8], golden[rows, :8])


@pytest.mark.parametrize("policy", [TrafficPolicy.IDM, TrafficPolicy.CONSTANT_VELOCITY])
def test_other_traffic_is_the_devkits(policy: TrafficPolicy) -> None:
    table, golden = _logged()[2], np.load(GOLDEN / "traffic_golden.npz")
    compared = 0
    for kind, interval in INTERVALS_S.items():
        key = f"stirred_{policy.value}_{kind}"
        for row, expected in zip(golden[f"{key}_rows"], golden[f"{key}_scores"], strict=True):
            token = str(table[f"{kind}_names"][row, 0])
            if token in (EARLIER, LATER):
                poses = torch.from_numpy(table[f"{kind}_poses"][[row]])
                got = score_scene(_from_cache(token), poses, interval, ScorerConfig(traffic=policy))
                _assert_devkits(got.sub_scores.stacked()[0, :8], expected)
                compared += 1
    assert compared > 3


def test_a_synthetic_scene_in_reactive_traffic_is_the_devkits(tmp_path: Path) -> None:
    """The devkit's constant-velocity agent; nothing is forgiven where there was no human."""
    with tarfile.open(GOLDEN / "two_stage_world.tar.xz") as tar:
        tar.extractall(tmp_path, filter="data")
    cache = read_metric_cache(unpack_metric_caches(tmp_path / "caches")[SYNTHETIC])
    prepared = prepare_metric_cache(cache, read_map(tmp_path / "maps", cache.location))
    assert not prepared.human_zeros_idm.any()
    assert prepared.human_poses.isnan().all()
    speed = np.hypot(*prepared.start[3:5].numpy().astype(np.float32))
    poses = torch.zeros(1, 8, 3)
    poses[0, :, 0] = torch.arange(1, 9) * 0.5 * float(speed)
    got = score_scene(prepared, poses, 0.5, ScorerConfig(traffic=TrafficPolicy.IDM)).sub_scores
    official = pd.read_csv(GOLDEN / "two_stage_constant_velocity.csv").set_index("token").loc[SYNTHETIC]
    columns = [f"{name}_stage_two" for name in list(OFFICIAL_COLUMNS.values())[:8]]
    _assert_devkits(got.stacked()[0, :8], official[columns].to_numpy(dtype=np.float64))


def test_reactive_traffic_needs_the_map() -> None:
    prepared = _from_cache(LATER, with_map=False)
    poses = torch.zeros(1, 8, 3)
    with pytest.raises(
        DataError, match=f"scene {LATER}: it comes from a metric cache, which knows no centre"
    ):
        score_scene(prepared, poses, 0.5, ScorerConfig(traffic=TrafficPolicy.IDM))
    score_scene(prepared, poses, 0.5, ScorerConfig(traffic=TrafficPolicy.CONSTANT_VELOCITY))


def test_a_layer_that_the_devkits_map_does_not_have(cached: dict[str, Path]) -> None:
    cache = read_metric_cache(cached[LATER])
    strange = replace(cache, areas=replace(cache.areas, layers=(5, *cache.areas.layers[1:])))
    with pytest.raises(DataError, match=f"scene {LATER}: its drivable map has polygons of layer 5"):
        prepare_metric_cache(strange)


def test_nothing_is_forgiven_in_a_synthetic_scene(cached: dict[str, Path]) -> None:
    cache = read_metric_cache(cached[LATER])
    for is_synthetic in (False, True):
        prepared = prepare_metric_cache(replace(cache, is_synthetic=is_synthetic), _logged()[1])
        assert all(bool(prepared.forgiven(policy).any()) is not is_synthetic for policy in TrafficPolicy)


def test_a_past_that_drives_west(cached: dict[str, Path]) -> None:
    """Headings leap by a whole turn there."""
    cache = read_metric_cache(cached[LATER])
    states = cache.past.states.copy()
    states[:, 2] = [3.10, 3.14, -3.11, -3.08]
    history = prepare_metric_cache(replace(cache, past=replace(cache.past, states=states))).history
    assert history[:, 2].diff().abs().max() < 0.02


def test_a_scene_without_anybody(cached: dict[str, Path]) -> None:
    empty = replace(read_metric_cache(cached[LATER]), tracks=(), red_lights=())
    scores = score_scene(prepare_metric_cache(empty), torch.zeros(1, 8, 3), 0.5, ScorerConfig()).sub_scores
    assert (float(scores.nc), float(scores.ttc)) == (1.0, 1.0)


def _assert_devkits(got: Tensor, expected: np.ndarray) -> None:
    """EP but for rounding, everything else exactly."""
    progress = list(OFFICIAL_COLUMNS).index("ep")
    difference = np.abs(got.numpy() - expected)
    assert difference[..., progress].max() < PROGRESS_WITHIN
    assert np.delete(difference, progress, axis=-1).max() == 0.0
