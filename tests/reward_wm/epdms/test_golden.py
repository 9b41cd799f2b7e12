"""The official devkit's numbers, made by ``tests/golden/make_epdms_golden.py``."""

import tarfile
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
import torch

from driving.scores import OFFICIAL_COLUMNS, SubScores
from reward_wm.epdms import (
    PreparedScene,
    SceneScores,
    ScorerConfig,
    extended_comfort,
    prepare_scene,
    score_scene,
)
from tests.golden.read_world import read_world

GOLDEN = Path(__file__).parents[2] / "golden"
STATES_EVERY = 9
INTERVALS_S = {"coarse": 0.5, "fine": 0.1}


@cache
def _world() -> tuple[dict[str, PreparedScene], dict[str, np.ndarray]]:
    """Prepared scenes by token and the table of trajectories."""
    with TemporaryDirectory() as folder, tarfile.open(GOLDEN / "epdms_world.tar.xz") as tar:
        tar.extractall(folder, filter="data")
        scenes, table = read_world(Path(folder))
    return {scene.token: prepare_scene(scene) for scene in scenes}, table


@cache
def _scored(kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Our sub-scores (n, nine) with EC, and states in the map frame, in the table's order."""
    prepared, table = _world()
    tokens, names = table[f"{kind}_names"].T
    results: dict[str, SceneScores] = {}
    rows = np.zeros((len(tokens), 9))
    states = np.zeros((len(tokens), 41, 11))
    for token in dict.fromkeys(tokens.tolist()):
        own = np.flatnonzero(tokens == token)
        poses = torch.from_numpy(table[f"{kind}_poses"][own])
        results[token] = score_scene(prepared[token], poses, INTERVALS_S[kind], ScorerConfig())
        rows[own] = results[token].sub_scores.stacked().numpy()
        states[own] = prepared[token].states_in_map(results[token].states).numpy()
    row_of = {pair: row for row, pair in enumerate(zip(tokens.tolist(), names.tolist(), strict=True))}
    for (token, name), row in row_of.items():
        earlier = _half_a_second_before(prepared, token)
        if earlier is not None:
            pair = (torch.from_numpy(states[r]) for r in (row, row_of[earlier, name]))
            rows[row, 8] = extended_comfort(*pair).item()
    return rows, states


def _half_a_second_before(prepared: dict[str, PreparedScene], token: str) -> str | None:
    now = prepared[token]
    return next(
        (
            other.token
            for other in prepared.values()
            if other.log_name == now.log_name and 0 < now.timestamp_us - other.timestamp_us <= 550_000
        ),
        None,
    )


@pytest.mark.parametrize("kind", INTERVALS_S)
@pytest.mark.parametrize("column", OFFICIAL_COLUMNS)
def test_sub_scores_are_the_devkits(kind: str, column: str) -> None:
    expected = np.load(GOLDEN / "epdms_golden.npz")[f"{kind}_scores"]
    index = list(OFFICIAL_COLUMNS).index(column)
    got = _scored(kind)[0][:, index]
    np.testing.assert_allclose(got, expected[:, index], rtol=0, atol=1e-6 if column == "ep" else 0)


@pytest.mark.parametrize("kind", INTERVALS_S)
def test_final_scores_are_the_devkits(kind: str) -> None:
    expected = np.load(GOLDEN / "epdms_golden.npz")[f"{kind}_scores"][:, 9]
    got = SubScores.from_stacked(torch.from_numpy(_scored(kind)[0])).epdms()
    np.testing.assert_allclose(got.numpy(), expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("kind", INTERVALS_S)
def test_states_are_the_devkits(kind: str) -> None:
    expected = np.load(GOLDEN / "epdms_golden.npz")[f"{kind}_states"]
    difference = _scored(kind)[1][::STATES_EVERY] - expected
    difference[..., 2] = (difference[..., 2] + np.pi) % (2 * np.pi) - np.pi
    assert np.abs(difference).max() < 1e-6


def test_the_golden_scenes_show_every_verdict() -> None:
    """A column that is always 1 would prove nothing."""
    scores = np.load(GOLDEN / "epdms_golden.npz")["coarse_scores"]
    for index, column in enumerate(OFFICIAL_COLUMNS):
        values = set(scores[:, index][~np.isnan(scores[:, index])].tolist())
        wanted = {0.0, 0.5, 1.0} if column in ("nc", "ddc") else {0.0, 1.0}
        assert wanted <= values, column
    assert any(scene.human_zeros.any() for scene in _world()[0].values())
