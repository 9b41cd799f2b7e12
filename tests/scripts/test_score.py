"""``irl-vla score`` on the golden trajectories, as a user runs it; and what it says of bad input."""

import csv
import json
import re
import tarfile
from pathlib import Path

import numpy as np
import pytest

from driving.scores import OFFICIAL_COLUMNS
from reward_wm.pdms import PDMS_COLUMNS
from scripts.cli import main

GOLDEN = Path(__file__).parents[1] / "golden"
README = Path(__file__).parents[2] / "README.md"
HEADER = ["token", "name", *OFFICIAL_COLUMNS.values(), "score"]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The golden world, its trajectories as a user's npz, and the devkit's numbers as its CSV."""
    root = tmp_path_factory.mktemp("golden")
    with tarfile.open(GOLDEN / "epdms_world.tar.xz") as tar:
        tar.extractall(root, filter="data")
    table = np.load(root / "trajectories.npz")
    scores = np.load(GOLDEN / "epdms_golden.npz")
    for kind, interval in (("coarse", 0.5), ("fine", 0.1)):
        tokens, names = table[f"{kind}_names"].T
        np.savez(
            root / f"{kind}.npz", tokens=tokens, names=names, poses=table[f"{kind}_poses"], interval=interval
        )
        with (root / f"{kind}_official.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(HEADER)
            for token, name, row in zip(tokens, names, scores[f"{kind}_scores"], strict=True):
                writer.writerow(
                    [token, name, *("" if np.isnan(value) else repr(float(value)) for value in row)]
                )
    return root


def _arguments(world: Path, out: Path, trajectories: str = "coarse.npz", *more: str) -> list[str]:
    data = [f"logs={world}/navsim_logs", f"maps={world}/maps", f"trajectories={world}/{trajectories}"]
    return ["score", *data, f"out={out}", "workers=1", *more]


@pytest.mark.parametrize("kind", ["coarse", "fine"])
def test_the_csv_is_the_devkits(
    kind: str, world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """8 poses at 2 Hz and 40 at 10 Hz, many names a token, with extended comfort."""
    out = tmp_path / "scores.csv"
    assert main(_arguments(world, out, f"{kind}.npz", f"cache={world}/cache")) == 0
    with out.open() as file:
        assert next(csv.reader(file)) == HEADER
    assert main(["compare", f"ours={out}", f"official={world}/{kind}_official.csv"]) == 0
    assert capsys.readouterr().out.count("100.00%") == 10
    assert [path.name for path in tmp_path.iterdir()] == ["scores.csv"]


def test_reasons_as_json_and_as_csv(world: Path, tmp_path: Path) -> None:
    for suffix in ("json", "csv"):
        more = (f"reasons={tmp_path}/why.csv.{suffix}", f"cache={world}/cache")
        assert main(_arguments(world, tmp_path / "scores.csv", "coarse.npz", *more)) == 0
    reasons = json.loads((tmp_path / "why.csv.json").read_text())
    with (tmp_path / "why.csv.csv").open() as file:
        assert len(list(csv.DictReader(file))) == len(reasons)
    with (tmp_path / "scores.csv").open() as file:
        rows = {(row["token"], row["name"]): row for row in csv.DictReader(file)}
    told = {(one["token"], one["name"], one["sub_score"]) for one in reasons if not one["filtered"]}
    lost = {
        (*pair, column)
        for pair, row in rows.items()
        for column in list(OFFICIAL_COLUMNS.values())[:-1]
        if float(row[column]) < 1.0
    }
    assert told == lost


def test_version_1_is_the_devkits(world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    official, table = tmp_path / "official.csv", np.load(world / "coarse.npz")
    with official.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["token", "name", *PDMS_COLUMNS.values()])
        rows = np.load(GOLDEN / "pdms_golden.npz")["coarse_scores"].tolist()
        writer.writerows(zip(table["tokens"], table["names"], *zip(*rows, strict=True), strict=True))
    out = tmp_path / "scores.csv"
    assert main(_arguments(world, out, "coarse.npz", "metric=pdms")) == 0
    assert main(["compare", f"ours={out}", f"official={official}"]) == 0
    assert capsys.readouterr().out.count("100.00%") == 7


def test_all_options_run(world: Path, tmp_path: Path) -> None:
    out = tmp_path / "scores.csv"
    more = ("human_filter=false", "traffic=constant_velocity", "convention=before", f"cache={world}/cache")
    assert main(_arguments(world, out, "coarse.npz", *more)) == 0


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("traffic=wild",), "traffic must be log_replay or idm or constant_velocity, got 'wild'"),
        (("metric=ade",), "metric must be epdms or pdms, got 'ade'"),
        (("metric=pdms", "traffic=idm"), "metric=pdms does not go with traffic="),
        (("convention=now",), "convention must be after or before, got 'now'"),
        (("out=scores.txt",), "scores.txt: the name must end in .csv"),
        (("reasons=why.txt",), "why.txt: the name must end in .json or .csv"),
        (("logs=/nowhere",), "/nowhere: no such folder"),
        (("maps=/nowhere",), "/nowhere: no such folder"),
        (("trajectories=/nowhere.npz",), "/nowhere.npz: cannot be read"),
    ],
)
def test_bad_input_is_one_line(
    more: tuple[str, ...],
    message: str,
    world: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    key = more[0].split("=")[0]
    kept = [one for one in _arguments(world, tmp_path / "s.csv") if not one.startswith(f"{key}=")]
    assert main([*kept, *more]) == 1
    err = capsys.readouterr().err
    assert message in err
    assert err.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_an_unknown_token_is_named_before_anything_is_scored(
    world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.savez(world / "strange.npz", tokens=np.array(["stranger"]), poses=np.zeros((1, 8, 3)))
    assert main(_arguments(world, tmp_path / "s.csv", "strange.npz")) == 1
    assert "1 of 1 tokens are in no log, first 'stranger'" in capsys.readouterr().err


def test_the_five_lines_of_the_readme_run(
    world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    section = README.read_text().split("## Score your own trajectories")[1].split("\n## ")[0]
    (code,) = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    assert code.count("\n") == 5
    demo = tmp_path / "runs" / "demo" / "world"
    (demo / "navsim_logs").mkdir(parents=True)
    (demo / "navsim_logs" / "test").symlink_to(world / "navsim_logs")
    (demo / "maps").symlink_to(world / "maps")
    (tmp_path / "trajectories.npz").symlink_to(world / "coarse.npz")
    monkeypatch.chdir(tmp_path)
    exec(compile(code, str(README), "exec"), {})
    assert "two_frame_extended_comfort" in capsys.readouterr().out
