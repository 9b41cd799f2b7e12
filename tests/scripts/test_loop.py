"""Every verb at toy size, as a user runs them; trainers resume to the bit; bad input is one line."""

import csv
import json
import shutil
from pathlib import Path

import pytest
from safetensors.torch import load_file

from driving.observation_config import ObservationConfig
from driving.scores import OFFICIAL_COLUMNS
from driving.training.checkpoint import read_observation_config
from scripts.cli import main
from scripts.demo import AGENTS
from tests.scripts.conftest import TOY


def test_the_table_has_a_row_for_every_agent(demo_folder: Path) -> None:
    with (demo_folder / "table.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(AGENTS)
    for row in rows:
        assert int(row["scenes"]) > 0
        assert 0.0 <= float(row["epdms_low"]) <= float(row["epdms"]) <= float(row["epdms_high"]) <= 1.0
        assert set(OFFICIAL_COLUMNS.values()) <= set(row)
    score = {row["agent"]: float(row["epdms"]) for row in rows}
    assert score["human"] > score["constant velocity"]


def test_the_report_is_one_page_that_needs_nothing_else(demo_folder: Path) -> None:
    page = (demo_folder / "report.html").read_text()
    assert "PDM-Closed" in page
    assert page.count("<img") >= 8
    assert 'src="http' not in page and 'href="http' not in page


def test_scores_stand_in_the_official_columns(demo_folder: Path) -> None:
    with (demo_folder / "evaluation" / "human" / "scores.csv").open() as file:
        header = next(csv.reader(file))
    assert {"token", "valid", "score", *OFFICIAL_COLUMNS.values()} <= set(header)


def test_the_reward_is_measured_on_the_held_out_town(demo_folder: Path) -> None:
    measures = json.loads((demo_folder / "reward" / "reward_measures.json").read_text())
    assert {"all", "vocabulary", "policy", "adversarial"} <= {one["group"] for one in measures}


def test_a_second_run_makes_nothing_anew(demo_folder: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in sorted(demo_folder.rglob("*.safetensors"))}
    assert main(["demo", f"out={demo_folder}", *TOY]) == 0
    after = {path: path.stat().st_mtime_ns for path in sorted(demo_folder.rglob("*.safetensors"))}
    assert {p: t for p, t in after.items() if p.name != "vocabulary.safetensors"} == {
        p: t for p, t in before.items() if p.name != "vocabulary.safetensors"
    }


def test_every_checkpoint_tells_what_it_looks_at(demo_folder: Path) -> None:
    for stage in ("imitation", "reward", "ppo"):
        looks_at = read_observation_config(demo_folder / stage / "checkpoint")
        assert looks_at == ObservationConfig(["CAM_L0", "CAM_F0", "CAM_R0"], 128, 224)
    assert read_observation_config(demo_folder / "ego_status" / "checkpoint").cameras == []


def test_ppo_refuses_other_pictures_than_those_of_imitation(
    demo_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = (f"data={demo_folder}/world", "split=train", f"out={tmp_path}/cache", "workers=1")
    assert main(["cache", *data, "examples.image_height=64", "examples.image_width=112"]) == 0
    planner = f"planner={demo_folder}/imitation/checkpoint"
    assert main(["ppo", f"cache={tmp_path}/cache", planner, f"out={tmp_path}/ppo", "steps=1"]) == 1
    error = capsys.readouterr().err.splitlines()[-1]
    assert "image_height=128" in error and "image_height=64" in error


def trainer_arguments(demo: Path, verb: str) -> list[str]:
    train, imitation = f"cache={demo}/cache/train", f"planner={demo}/imitation/checkpoint"
    small = ["planner=debug", "planner.encoder.bev.cells=8"]
    return {
        "imitate": [train, *small],
        "ego_status": [train, "model=EGO_STATUS"],
        "reward": [train, imitation, f"labels={demo}/labels/train"],
        "ppo": [train, imitation, f"reward=[{demo}/reward/checkpoint]"],
    }[verb]


@pytest.mark.parametrize("trainer", ["imitate", "ego_status", "reward", "ppo"])
def test_two_steps_and_a_resume_equal_four(demo_folder: Path, tmp_path: Path, trainer: str) -> None:
    verb = "imitate" if trainer == "ego_status" else trainer
    command = [verb, *trainer_arguments(demo_folder, trainer), "steps=4", "batch_size=4"]
    assert main([*command, f"out={tmp_path}/whole"]) == 0
    assert main([*command, f"out={tmp_path}/parts", "pause_at=2"]) == 0
    assert not (tmp_path / "parts" / "checkpoint").exists()
    assert main([*command, f"out={tmp_path}/parts"]) == 0
    whole, parts = (
        load_file(tmp_path / name / "checkpoint" / "model.safetensors") for name in ("whole", "parts")
    )
    assert whole.keys() == parts.keys()
    assert all(whole[name].equal(parts[name]) for name in whole)


def test_a_run_folder_refuses_other_settings(demo_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = demo_folder / "imitation"
    command = ["imitate", *trainer_arguments(demo_folder, "imitate"), f"out={folder}", "batch_size=4"]
    assert main([*command, "steps=9"]) == 1
    assert f"{folder} was made with imitation.optimiser.steps=3, not 9" in capsys.readouterr().err


def test_missing_data_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cache", f"data={tmp_path}/none", "split=test", f"out={tmp_path}/cache"]) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and f"{tmp_path}/none" in error


def test_a_truncated_log_is_one_line_and_keeps_the_rest(
    demo_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = tmp_path / "world"
    shutil.copytree(demo_folder / "world", world)
    log = sorted((world / "navsim_logs" / "test").glob("*.pkl"))[-1]
    log.write_bytes(log.read_bytes()[:1000])
    assert main(["cache", f"data={world}", "split=test", f"out={tmp_path}/cache", "workers=1"]) == 1
    error = capsys.readouterr().err.splitlines()[-1]
    assert str(log) in error
    assert list((tmp_path / "cache").glob("*.safetensors"))


def test_without_pictures_a_blind_planner_learns_and_another_is_refused(
    demo_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cache = f"{tmp_path}/cache"
    data = (f"data={demo_folder}/world", "split=train", f"out={cache}")
    assert main(["cache", *data, "examples.cameras=[]", "workers=1"]) == 0
    train = ("imitate", f"cache={cache}", "steps=1", "batch_size=2")
    assert main([*train, "model=EGO_STATUS", f"out={tmp_path}/blind"]) == 0
    assert main([*train, "planner=debug", f"out={tmp_path}/seeing"]) == 1
    assert "made without pictures" in capsys.readouterr().err
