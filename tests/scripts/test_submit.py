"""``irl-vla submit``: a file that passes its own check, goes on after a stop, and mixes no two planners."""

from pathlib import Path

import huggingface_hub
import numpy as np
import pytest
import torch

from driving.observation_config import ObservationConfig
from navsim_agent.agents.constant_velocity import ConstantVelocityAgent
from navsim_agent.evaluation.result import load_result
from navsim_agent.submission.open_submission import open_submission
from navsim_agent.submission.partial_plans import PartialPlans
from planner.checkpoint import save_planner
from planner.ego_status import EgoStatusConfig, EgoStatusPlanner
from scripts.cli import main
from tests import worlds
from tests.golden.read_world import unpack_world
from tests.navsim_agent.submission.toy_files import write_file
from tests.navsim_agent.submission.toy_splits import TEAM, write_private_split

WHO = [f"{key}='{value}'" for key, value in TEAM.items()]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The golden two-stage world, without pictures."""
    return unpack_world("two_stage_world", tmp_path_factory.mktemp("world"))


def submit(world: Path, out: Path, *more: str, split: str = "test_two_stage") -> int:
    return main(["submit", f"data={world}", f"split={split}", f"out={out}", *WHO, *more])


def tokens_of(path: Path, key: str) -> list[str]:
    return list(open_submission(path).content[key][0])


def test_two_stages_are_written_and_pass_their_check(
    world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert submit(world, tmp_path) == 0
    path = tmp_path / "submission.pkl"
    assert capsys.readouterr().out == f"{path}: can be uploaded for test_two_stage, 20 scenes\n"
    assert [len(tokens_of(path, f"{stage}_stage_predictions")) for stage in ("first", "second")] == [4, 16]
    assert main(["submit", f"data={world}", "split=test_two_stage", f"check={path}"]) == 0


def test_a_check_needs_the_lists_of_the_split_only(world: Path, tmp_path: Path) -> None:
    assert submit(world, tmp_path / "out") == 0
    lists = tmp_path / "train_test_split"
    lists.symlink_to(world / "train_test_split")
    path = tmp_path / "out" / "submission.pkl"
    assert main(["submit", f"split={lists}/test_two_stage.yaml", f"check={path}"]) == 0


def test_a_private_split_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frames, other = worlds.turning_at_crossing().frames, worlds.straight_road(name="other").frames
    name = write_private_split(tmp_path, frames, other)
    assert submit(tmp_path, tmp_path / "out", split=name) == 0
    assert "can be uploaded for private_toy, 6 scenes" in capsys.readouterr().out
    found = tokens_of(tmp_path / "out" / "submission.pkl", "second_stage_predictions")
    assert found == [other[3].token, other[4].token]


def test_ctrl_c_costs_one_batch(world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls, plan = [], ConstantVelocityAgent.plan

    def stopped(agent, observation):
        calls.append(len(observation))
        if len(calls) == 3:
            raise KeyboardInterrupt
        return plan(agent, observation)

    monkeypatch.setattr(ConstantVelocityAgent, "plan", stopped)
    assert submit(world, tmp_path, "batch_size=6") == 130
    assert len(PartialPlans(tmp_path / "plans").poses) == 12
    assert not (tmp_path / "submission.pkl").exists()
    assert submit(world, tmp_path, "batch_size=6") == 0
    assert calls == [6, 6, 6, 6, 2]


def test_another_team_name_costs_no_planning(
    world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert submit(world, tmp_path) == 0

    def never(agent, observation):
        raise AssertionError("asked again")

    monkeypatch.setattr(ConstantVelocityAgent, "plan", never)
    assert submit(world, tmp_path, "team_name='<a href=https://toys.org>Toys</a>'") == 0
    assert open_submission(tmp_path / "submission.pkl").content["team_name"].startswith("<a href=")


def blind_planner(folder: Path, seed: int) -> Path:
    torch.manual_seed(seed)
    save_planner(EgoStatusPlanner(EgoStatusConfig(8)), folder, ObservationConfig(cameras=[]))
    return folder


def test_two_planners_are_never_mixed(
    world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nor one and itself after more training, in the folder where it was."""
    mine = ("agent=EGO_STATUS", f"checkpoint={blind_planner(tmp_path / 'blind', seed=0)}")
    submit(world, tmp_path / "out", *mine)
    before = (tmp_path / "out" / "submission.pkl").read_bytes()
    blind_planner(tmp_path / "blind", seed=1)
    capsys.readouterr()
    assert submit(world, tmp_path / "out", *mine) == 1
    assert "was made with checkpoint=" in capsys.readouterr().err
    assert submit(world, tmp_path / "out") == 1
    assert "was made with agent=EGO_STATUS, not CONSTANT_VELOCITY" in capsys.readouterr().err
    assert (tmp_path / "out" / "submission.pkl").read_bytes() == before


def test_a_planner_from_the_hub_is_fetched_and_told_from_another_revision(
    world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folders = {name: blind_planner(tmp_path / name, seed) for seed, name in enumerate(("v1", "v2"))}
    monkeypatch.setattr(
        huggingface_hub, "snapshot_download", lambda _, revision, **more: str(folders[revision])
    )
    mine = ("agent=EGO_STATUS", "checkpoint=hub://toys/blind@v1")
    submit(world, tmp_path / "hub", *mine)
    submit(world, tmp_path / "disk", "agent=EGO_STATUS", f"checkpoint={folders['v1']}")
    hub, disk = (tmp_path / name / "submission.pkl" for name in ("hub", "disk"))
    assert hub.read_bytes() == disk.read_bytes()
    capsys.readouterr()
    assert submit(world, tmp_path / "hub", "agent=EGO_STATUS", "checkpoint=hub://toys/blind@v2") == 1
    assert "was made with checkpoint=" in capsys.readouterr().err


def test_a_broken_file_ends_with_status_1_and_all_its_problems(
    world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_file(tmp_path / "submission.pkl", {**TEAM, "predictions": [{}]})
    assert main(["submit", f"data={world}", "split=test_two_stage", f"check={path}"]) == 1
    printed = capsys.readouterr()
    assert printed.out.count("error: ") == printed.out.count("\n") - 1 == 4
    assert printed.err == f"irl-vla: submit: {path}: not fit for test_two_stage, see the lines above\n"


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("agent=HUMAN",), "agent=HUMAN reads the truth of a scene, which no submission may"),
        (("agent=VLA",), "agent=VLA needs checkpoint=FOLDER"),
        (("checkpoint=planner",), "agent=CONSTANT_VELOCITY has no checkpoint"),
        (("device=gpu",), "device must be one of auto, cpu, cuda, got 'gpu'"),
        (("email=nobody",), "email 'nobody' is no address"),
        (("team_name=MUST_SET",), "team_name is still 'MUST_SET'"),
        (("batch_size=0",), "batch_size must be at least 1, got 0"),
        (("check=x.pkl",), "out=FOLDER writes a submission, check=FILE checks one: give one of them"),
        (("data=/nowhere",), "/nowhere/train_test_split/test_two_stage.yaml: cannot be read"),
    ],
)
def test_bad_input_is_one_line_before_anything_is_planned(
    more: tuple[str, ...], message: str, world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert submit(world, tmp_path, *more) == 1
    err = capsys.readouterr().err
    assert message in err and err.count("\n") == 1
    assert not list(tmp_path.rglob("*.safetensors"))


def test_a_planner_with_cameras_submits_what_was_evaluated(demo_folder: Path, tmp_path: Path) -> None:
    """One stage; the planner is hardly trained, so that its plans may be refused as odd."""
    checkpoint = demo_folder / "ppo" / "checkpoint"
    submit(demo_folder / "world", tmp_path, "agent=VLA", f"checkpoint={checkpoint}", split="test")
    evaluated = load_result(demo_folder / "evaluation" / "ppo")
    plans = open_submission(tmp_path / "submission.pkl").content["predictions"][0]
    assert set(plans) == set(evaluated.tokens)
    for token, poses in zip(evaluated.tokens, evaluated.plan.best().poses.numpy(), strict=True):
        assert np.allclose(plans[token]["poses"].read(), poses, atol=1e-4)
