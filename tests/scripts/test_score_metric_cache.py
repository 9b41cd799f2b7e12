"""``irl-vla score metric_cache=``: scenes as the devkit has cached them, without logs or the devkit."""

import csv
import lzma
import tarfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from driving.scores import OFFICIAL_COLUMNS
from scripts.cli import main
from tests.golden.metric_caches import EARLIER, LATER, SYNTHETIC, unpack_metric_caches

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """caches/, and the trajectories that the devkit scored in them with its numbers."""
    root = tmp_path_factory.mktemp("score")
    unpack_metric_caches(root / "caches")
    with tarfile.open(GOLDEN / "epdms_world.tar.xz") as tar:
        tar.extractall(root, filter="data")
    table, golden = np.load(root / "trajectories.npz"), np.load(GOLDEN / "epdms_golden.npz")
    for kind, interval in (("coarse", 0.5), ("fine", 0.1)):
        rows = np.flatnonzero(np.isin(table[f"{kind}_names"][:, 0], (EARLIER, LATER)))
        tokens, names = table[f"{kind}_names"][rows].T
        poses = table[f"{kind}_poses"][rows]
        np.savez(root / f"{kind}.npz", tokens=tokens, names=names, poses=poses, interval=interval)
        with (root / f"{kind}_official.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["token", "name", *OFFICIAL_COLUMNS.values(), "score"])
            for token, name, row in zip(tokens, names, golden[f"{kind}_scores"][rows], strict=True):
                values = ["" if np.isnan(value) else repr(float(value)) for value in row]
                writer.writerow([token, name, *values])
    return root


def _arguments(folder: Path, out: Path, *more: str) -> list[str]:
    given = {one.split("=")[0] for one in more}
    usual = [f"metric_cache={folder}/caches", f"trajectories={folder}/coarse.npz", f"out={out}", "workers=1"]
    return ["score", *(one for one in usual if one.split("=")[0] not in given), *more]


@pytest.mark.parametrize("kind", ["coarse", "fine"])
def test_the_csv_is_the_devkits(
    kind: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With extended comfort: a cache says when its scene is."""
    out = tmp_path / "scores.csv"
    assert main(_arguments(folder, out, f"trajectories={folder}/{kind}.npz")) == 0
    assert main(["compare", f"ours={out}", f"official={folder}/{kind}_official.csv", "tolerance=1e-8"]) == 0
    assert capsys.readouterr().out.count("100.00%") == 10
    assert pd.read_csv(out)["two_frame_extended_comfort"].notna().any()


def test_what_was_imported_once_is_not_read_again(folder: Path, tmp_path: Path, monkeypatch) -> None:
    outs, store = [tmp_path / name for name in ("first.csv", "second.csv")], tmp_path / "store"
    assert main(_arguments(folder, outs[0], f"cache={store}")) == 0
    assert sorted(path.name.split(".")[0] for path in (store / "stirred_01").iterdir()) == [LATER, EARLIER]
    monkeypatch.delattr("navsim_agent.metric_cache.source.read_metric_cache")
    assert main(_arguments(folder, outs[1], f"cache={store}")) == 0
    assert outs[0].read_text() == outs[1].read_text()


def test_a_cache_that_was_made_anew_is_read_anew(folder: Path, tmp_path: Path) -> None:
    caches, store, out = tmp_path / "caches", tmp_path / "store", tmp_path / "scores.csv"
    path = unpack_metric_caches(caches)[LATER]
    arguments = _arguments(folder, out, f"metric_cache={caches}", f"cache={store}")
    assert main(arguments) == 0
    path.write_bytes(lzma.compress(lzma.decompress(path.read_bytes()), preset=1))
    assert main(arguments) == 0
    assert len(list((store / "stirred_01").iterdir())) == 3


def test_synthetic_scenes_are_scored_without_extended_comfort(folder: Path, tmp_path: Path) -> None:
    table, out = tmp_path / "table.npz", tmp_path / "scores.csv"
    np.savez(table, tokens=np.array([SYNTHETIC, LATER, EARLIER]), poses=np.zeros((3, 8, 3)))
    assert main(_arguments(folder, out, f"trajectories={table}")) == 0
    assert pd.read_csv(out)["two_frame_extended_comfort"].isna().tolist() == [True, False, True]


def test_reactive_traffic_with_maps(folder: Path, tmp_path: Path) -> None:
    """What was imported without maps is not enough."""
    outs, store = [tmp_path / name for name in ("replay.csv", "idm.csv")], f"cache={tmp_path}/store"
    assert main(_arguments(folder, outs[0], store)) == 0
    assert main(_arguments(folder, outs[1], store, f"maps={folder}/maps", "traffic=idm")) == 0
    replay, idm = (pd.read_csv(out)["score"] for out in outs)
    assert not np.allclose(idm, replay)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (
            ("traffic=idm",),
            "metric caches hold no lanes for reactive vehicles to follow: traffic=idm needs maps=",
        ),
        (("metric=pdms",), "metric=pdms does not go with metric_cache="),
        (("metric_cache=/nowhere",), "/nowhere: no such folder"),
        (
            ("metric_cache=null",),
            "scenes come from logs= and maps=, or from metric_cache=; give one of the two",
        ),
        (("logs=/tmp", "maps=/tmp"), "scenes come from logs= and maps=, or from metric_cache=; give one"),
        (("metric_cache=null", "logs=/tmp"), "logs= needs maps="),
    ],
)
def test_bad_input_is_one_line(
    more: tuple[str, ...], message: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(_arguments(folder, tmp_path / "scores.csv", *more)) == 1
    err = capsys.readouterr().err
    assert message in err
    assert err.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_a_broken_cache_is_named_before_anything_is_scored(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = unpack_metric_caches(tmp_path / "caches")[LATER]
    path.write_bytes(path.read_bytes()[:-7])
    assert main(_arguments(folder, tmp_path / "s.csv", f"metric_cache={tmp_path}/caches")) == 1
    assert f"{path}: cut short after" in capsys.readouterr().err
    assert not (tmp_path / "s.csv").exists()
