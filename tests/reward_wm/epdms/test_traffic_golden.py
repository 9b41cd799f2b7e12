"""The devkit's numbers in other traffic than log replay, made by ``tests/golden/make_traffic_golden.py``."""

from functools import cache
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
import torch

from driving.scores import OFFICIAL_COLUMNS
from reward_wm.epdms import (
    PreparedScene,
    SceneScores,
    ScorerConfig,
    TrafficPolicy,
    prepare_scene,
    score_scene,
)
from tests.golden.crowd_epdms_world import fill, unpack
from tests.golden.read_world import read_world

GOLDEN = Path(__file__).parents[2] / "golden"
ARCHIVE = GOLDEN / "epdms_world.tar.xz"
COLUMNS = list(OFFICIAL_COLUMNS)[:8]
POLICIES = (TrafficPolicy.IDM, TrafficPolicy.CONSTANT_VELOCITY)
INTERVALS_S = {"coarse": 0.5, "fine": 0.1}
CASES = [
    pytest.param(*case, id="-".join((case[0], case[1].value, case[2])))
    for case in product(("stirred", "crowded"), POLICIES, INTERVALS_S)
]


@cache
def _world(name: str) -> tuple[dict[str, PreparedScene], dict[str, np.ndarray]]:
    """Prepared scenes by token and the table of trajectories."""
    with TemporaryDirectory() as folder:
        root = Path(folder)
        unpack(ARCHIVE, root, with_all_limits=name == "stirred")
        if name == "crowded":
            fill(root, GOLDEN / "crowd.npz")
        scenes, table = read_world(root)
    return {scene.token: prepare_scene(scene) for scene in scenes}, table


@cache
def _golden() -> dict[str, np.ndarray]:
    return dict(np.load(GOLDEN / "traffic_golden.npz"))


@cache
def _scored(world: str, policy: TrafficPolicy, kind: str) -> list[tuple[PreparedScene, SceneScores, int]]:
    """Of every scored trajectory its scene, the scores it is among, and its place there."""
    prepared, table = _world(world)
    rows = _golden()[f"{world}_{policy.value}_{kind}_rows"]
    tokens, poses = table[f"{kind}_names"][rows, 0], torch.from_numpy(table[f"{kind}_poses"][rows])
    found: dict[int, tuple[PreparedScene, SceneScores, int]] = {}
    for token in np.unique(tokens):
        own = np.flatnonzero(tokens == token)
        config = ScorerConfig(traffic=policy)
        scores = score_scene(prepared[str(token)], poses[own], INTERVALS_S[kind], config)
        found |= {int(row): (prepared[str(token)], scores, place) for place, row in enumerate(own)}
    return [found[row] for row in range(len(rows))]


@pytest.mark.parametrize(("world", "policy", "kind"), CASES)
def test_sub_scores_are_the_devkits(world: str, policy: TrafficPolicy, kind: str) -> None:
    expected = _golden()[f"{world}_{policy.value}_{kind}_scores"]
    got = np.array([s.sub_scores.stacked()[row, :8].numpy() for _, s, row in _scored(world, policy, kind)])
    for index, column in enumerate(COLUMNS):
        within = 1e-6 if column == "ep" else 0.0
        np.testing.assert_allclose(got[:, index], expected[:, index], rtol=0, atol=within, err_msg=column)


@pytest.mark.parametrize(("world", "policy", "kind"), CASES)
def test_vehicles_are_where_the_devkit_has_them(world: str, policy: TrafficPolicy, kind: str) -> None:
    key = f"{world}_{policy.value}_{kind}"
    scored = _scored(world, policy, kind)
    seen: dict[int, set[tuple[int, int]]] = {}
    for (job, sample, *pose), track in zip(_golden()[f"{key}_where"], _golden()[f"{key}_who"], strict=True):
        prepared, scores, place = scored[int(job)]
        row = prepared.agent_tokens.index(str(track))
        seen.setdefault(int(job), set()).add((row, int(sample)))
        own = scores.traffic.poses if scores.traffic.poses.ndim == 3 else scores.traffic.poses[place]
        difference = own[row, int(sample)].numpy() + np.array([*prepared.origin[:2], 0.0]) - pose
        difference[2] = (difference[2] + np.pi) % (2 * np.pi) - np.pi
        assert np.abs(difference).max() < 1e-6
    for job, places in seen.items():
        prepared, scores, place = scored[job]
        present = scores.traffic.present if scores.traffic.poses.ndim == 3 else scores.traffic.present[place]
        present = present[:, ::10] & prepared.traffic_start.is_vehicle[:, None]
        assert {(row, 10 * sample) for row, sample in present.nonzero().tolist()} == places


def test_the_golden_traffic_matters() -> None:
    """Where log replay gave the same, nothing would be proved."""
    changed = set()
    for world, policy, kind in product(("stirred", "crowded"), POLICIES, INTERVALS_S):
        expected = _golden()[f"{world}_{policy.value}_{kind}_scores"]
        prepared, table = _world(world)
        rows = _golden()[f"{world}_{policy.value}_{kind}_rows"]
        for row, score in zip(rows, expected, strict=True):
            poses = torch.from_numpy(table[f"{kind}_poses"][[row]])
            scene = prepared[table[f"{kind}_names"][row, 0]]
            replayed = score_scene(scene, poses, INTERVALS_S[kind], ScorerConfig()).sub_scores.stacked()
            different = np.abs(replayed[0, :8].numpy() - score) > 1e-6
            changed |= {(policy, COLUMNS[index]) for index in np.flatnonzero(different)}
    assert changed >= {(policy, column) for policy in POLICIES for column in ("nc", "ttc", "ep")}
    scenes = [scene for world in ("stirred", "crowded") for scene in _world(world)[0].values()]
    assert any((scene.human_zeros_idm != scene.human_zeros).any() for scene in scenes)
    assert any(len(scene.traffic_start.rails.parked_rows) for scene in scenes)
