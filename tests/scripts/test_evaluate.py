"""``irl-vla evaluate`` looks at keys, checkpoint and cache before it claims a folder or plans anything."""

import json
from pathlib import Path

import pytest
import torch

from driving.data.cache_files import CacheIndex, write_index
from driving.data.data_config import DataConfig
from driving.observation_config import ObservationConfig
from planner import VlaPlanner, presets
from planner.checkpoint import save_planner
from scripts.cli import main
from scripts.compose import compose_config
from scripts.evaluate import Config
from scripts.run_folder import claim_folder

CACHED = DataConfig(cameras=["CAM_F0"], image_height=32, image_width=64)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """As far as its index goes."""
    (tmp_path / "cache").mkdir()
    write_index(tmp_path / "cache", CacheIndex("test", CACHED, []))
    return tmp_path / "cache"


def planner(folder: Path, seen: ObservationConfig) -> Path:
    torch.manual_seed(0)
    save_planner(VlaPlanner(presets.debug()), folder, seen)
    return folder


def complaint(capsys: pytest.CaptureFixture[str], cache: Path, *more: str) -> str:
    """Of a run that fails, in one line, and leaves no folder."""
    out = cache.with_name("evaluation")
    assert main(["evaluate", f"cache={cache}", f"out={out}", *more]) == 1
    assert not out.exists(), "it would hold the next, better keys against the user"
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    return error


@pytest.mark.parametrize(
    ("cameras", "height"), [(["CAM_F0", "CAM_L0"], 32), (["CAM_B0"], 32), (["CAM_F0"], 64)]
)
def test_a_cache_of_other_pictures_than_the_planner_looks_at_is_refused(
    cameras: list[str], height: int, cache: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checkpoint = planner(tmp_path / "planner", ObservationConfig(cameras, height, 64))
    error = complaint(capsys, cache, "agent=VLA", f"checkpoint={checkpoint}")
    assert f"{cache}: holds" in error
    wanted = f"examples.cameras=[{','.join(cameras)}] examples.image_height={height} examples.image_width=64"
    assert error.endswith(f"cache with {wanted}\n")


def test_a_checkpoint_that_does_not_say_what_it_looks_at_is_not_evaluated_on_a_guess(
    cache: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    card = planner(tmp_path / "old", CACHED.observation) / "card.json"
    content = json.loads(card.read_text())
    del content["observation"]
    card.write_text(json.dumps(content))
    error = complaint(capsys, cache, "agent=VLA", f"checkpoint={card.parent}")
    assert "old/card.json: does not say which cameras it needs" in error and "train it again" in error


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (("device=gpu",), "device must be one of auto, cpu, cuda, got 'gpu'"),
        (("checkpoint=x",), "agent=CONSTANT_VELOCITY has no checkpoint: agent=VLA or EGO_STATUS"),
        (("agent=EGO_STATUS",), "agent=EGO_STATUS needs checkpoint=FOLDER"),
        (("agent=EGO_STATUS", "checkpoint=hub://x"), "hub://x: not an address"),
        (("select=REWARD_MODEL", "reward=x"), "agent=CONSTANT_VELOCITY has no candidates"),
    ],
)
def test_keys_that_cannot_be_used_are_named(
    keys: tuple[str, ...], message: str, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert message in complaint(capsys, cache, *keys)


def test_an_evaluation_is_no_other_on_another_device(
    cache: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Folders from before there was that key stay what they are, too."""
    keys = [f"cache={cache}", f"out={tmp_path / 'done'}"]
    folder = claim_folder(str(tmp_path / "done"), compose_config("evaluate", Config, keys), ("device",))
    (folder / "summary.json").touch()
    assert main(["evaluate", *keys, "device=cpu"]) == 0
    assert "evaluated already" in capsys.readouterr().out
    assert main(["evaluate", *keys, "agent=HUMAN"]) == 1
    assert "was made with agent=CONSTANT_VELOCITY, not HUMAN" in capsys.readouterr().err
