"""The official devkit v1.1's numbers, made by ``tests/golden/make_pdms_golden.py``."""

import tarfile
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
import torch

from driving.errors import DataError
from reward_wm.pdms import PDMS_COLUMNS, PreparedPdms, prepare_pdms, score_pdms
from tests import worlds
from tests.golden.read_world import read_world

GOLDEN = Path(__file__).parents[2] / "golden"
INTERVALS_S = {"coarse": 0.5, "fine": 0.1}


@cache
def _world() -> tuple[dict[str, PreparedPdms], dict[str, np.ndarray]]:
    """Prepared scenes by token and the table of trajectories."""
    with TemporaryDirectory() as folder, tarfile.open(GOLDEN / "epdms_world.tar.xz") as tar:
        tar.extractall(folder, filter="data")
        scenes, table = read_world(Path(folder))
    return {scene.token: prepare_pdms(scene) for scene in scenes}, table


@cache
def _scored(kind: str) -> np.ndarray:
    prepared, table = _world()
    tokens = table[f"{kind}_names"][:, 0]
    rows = np.zeros((len(tokens), len(PDMS_COLUMNS)))
    for token in dict.fromkeys(tokens.tolist()):
        own = np.flatnonzero(tokens == token)
        poses = torch.from_numpy(table[f"{kind}_poses"][own])
        rows[own] = score_pdms(prepared[token], poses, INTERVALS_S[kind]).stacked().numpy()
    return rows


@pytest.mark.parametrize("kind", INTERVALS_S)
@pytest.mark.parametrize("column", PDMS_COLUMNS)
def test_columns_are_the_devkits(kind: str, column: str) -> None:
    expected = np.load(GOLDEN / "pdms_golden.npz")[f"{kind}_scores"]
    index = list(PDMS_COLUMNS).index(column)
    within = 1e-6 if column in ("ep", "pdms") else 0.0
    np.testing.assert_allclose(_scored(kind)[:, index], expected[:, index], rtol=0, atol=within)


def test_the_golden_scenes_show_every_verdict() -> None:
    """A column that is always 1 would prove nothing."""
    scores = np.load(GOLDEN / "pdms_golden.npz")["coarse_scores"]
    for index, name in enumerate(PDMS_COLUMNS):
        wanted = {0.0, 0.5, 1.0} if name in ("nc", "ddc") else {0.0, 1.0}
        assert wanted <= set(scores[:, index].tolist()), name


def test_five_seconds_of_log_are_needed() -> None:
    scene = worlds.straight_road(name="short")
    short = worlds.Scene(scene.frames[:13], scene.map)
    with pytest.raises(DataError, match="9 frames after the current one, PDMS needs 10"):
        prepare_pdms(short)
