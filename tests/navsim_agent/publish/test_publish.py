"""What others get: the weights, a card that betrays nobody, and a page that claims nothing unproved."""

import json
import shutil
from pathlib import Path

import pytest
import yaml
from huggingface_hub import ModelCard as HubCard
from safetensors.torch import load_file

import planner as planners
from driving.errors import DataError
from driving.observation_config import ObservationConfig
from driving.training.checkpoint import CARD, WEIGHTS, Card, save_checkpoint
from navsim_agent.publish import publish as publishing
from navsim_agent.publish.model_card import pretrained_parts, training_stage
from navsim_agent.publish.publish import FILES, README, Publication, publish
from planner import presets
from planner.checkpoint import save_planner
from planner.model import VlaPlanner
from tests.navsim_agent.publish.conftest import Evaluate

TOLD = Publication("small-mlp", "apache-2.0", "Four synthetic towns", "cc0-1.0", "hub://someone/small-mlp")


def published(checkpoint: Path, out: Path, *evaluations: Path, told: Publication = TOLD) -> tuple[str, dict]:
    """The page, and its front matter."""
    publish(checkpoint, out, evaluations, told)
    text = (out / README).read_text()
    return text, yaml.safe_load(text.split("---\n")[1])


def test_the_folder_is_a_checkpoint_with_a_page(checkpoint: Path, tmp_path: Path) -> None:
    published(checkpoint, tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(FILES)
    assert (tmp_path / "out" / WEIGHTS).read_bytes() == (checkpoint / WEIGHTS).read_bytes()
    assert planners.observes(tmp_path / "out") == planners.observes(checkpoint)
    assert planners.load(tmp_path / "out").state_dict().keys() == load_file(checkpoint / WEIGHTS).keys()


def test_no_path_of_this_machine_gets_out(checkpoint: Path, evaluate: Evaluate, tmp_path: Path) -> None:
    published(checkpoint, tmp_path / "out", evaluate(), told=Publication("mlp"))
    for name in (CARD, README):
        assert str(tmp_path) not in (tmp_path / "out" / name).read_text()
    assert json.loads((tmp_path / "out" / CARD).read_text())["scenes"] == 12


def test_the_hub_can_read_the_front_matter(checkpoint: Path, evaluate: Evaluate, tmp_path: Path) -> None:
    text, front = published(checkpoint, tmp_path / "out", evaluate())
    assert (front["license"], front["library_name"], front["pipeline_tag"]) == (
        "apache-2.0",
        "irl-vla",
        "robotics",
    )
    data = HubCard(text).data
    assert data.eval_results is not None and data.eval_results[0].metric_value == 50.0
    assert "one stage, log replay traffic" in str(data.eval_results[0].metric_name)


def test_the_page_tells_data_licences_and_three_lines_of_use(checkpoint: Path, tmp_path: Path) -> None:
    text, _ = published(checkpoint, tmp_path / "out")
    assert "\nFour synthetic towns.\n" in text
    assert "| licence of the training data | cc0-1.0 |" in text
    assert 'policy = planner.load("hub://someone/small-mlp")' in text
    assert "* No camera." in text


def test_scores_come_with_convention_filter_traffic_and_interval(
    checkpoint: Path, evaluate: Evaluate, tmp_path: Path
) -> None:
    text, _ = published(
        checkpoint, tmp_path / "out", evaluate(), evaluate("chosen", select="REWARD_MODEL", reward="0abc")
    )
    rows = [line for line in text.splitlines() if line.startswith("| test ")]
    assert len(rows) == 2
    assert rows[0].startswith("| test | one stage | log replay | on | planner | 4 | 1 | 50.0 (")
    assert (
        "| reward model |" in rows[1] and "not part of this checkpoint (SHA-256 of its weights: 0abc)" in text
    )
    assert "**after** the fix of its issue 151" in text and "90 % bootstrap intervals over logs" in text


def test_without_evaluation_or_words_it_claims_nothing(checkpoint: Path, tmp_path: Path) -> None:
    text, front = published(checkpoint, tmp_path / "out", told=Publication("mlp"))
    assert "Not evaluated." in text and "EPDMS" not in text
    assert "## Training data\n\nNot stated." in text
    assert front["license"] == "unknown" and "none stated" in text


def test_a_planner_that_sees_tells_its_rig(tmp_path: Path) -> None:
    save_planner(
        VlaPlanner(presets.debug()), tmp_path / "vla", ObservationConfig(["CAM_F0", "CAM_L0"], 32, 64)
    )
    text, _ = published(tmp_path / "vla", tmp_path / "out")
    assert "CAM_F0, CAM_L0 (in this order)" in text and "64 x 32 pixels" in text


def test_a_second_call_replaces_the_first(checkpoint: Path, tmp_path: Path) -> None:
    published(checkpoint, tmp_path / "out", told=Publication("first"))
    text, _ = published(checkpoint, tmp_path / "out", told=Publication("second"))
    assert "# second" in text
    assert not list(tmp_path.glob("out.*"))


def test_a_failure_keeps_what_was_there(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, _ = published(checkpoint, tmp_path / "out")

    def full(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(publishing, "write_card", full)
    with pytest.raises(OSError, match="no space"):
        publish(checkpoint, tmp_path / "out", [], Publication("second"))
    assert (tmp_path / "out" / README).read_text() == before
    assert not list(tmp_path.glob("out.*"))


def test_what_cannot_be_published_is_named(checkpoint: Path, tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "judge", "reward_model", {}, {})
    with pytest.raises(DataError, match="judge: holds a 'reward_model'; only planners"):
        publish(tmp_path / "judge", tmp_path / "out", [], TOLD)
    save_checkpoint(tmp_path / "old", "planner", {}, {})
    with pytest.raises(DataError, match=r"old/card.json: does not say which cameras"):
        publish(tmp_path / "old", tmp_path / "out", [], TOLD)
    with pytest.raises(DataError, match="is the checkpoint itself"):
        publish(checkpoint, checkpoint, [], TOLD)
    assert not (tmp_path / "out").exists()


def test_a_folder_with_other_things_is_left_alone(checkpoint: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.tex").touch()
    with pytest.raises(DataError, match=r"out: holds thesis.tex"):
        publish(checkpoint, tmp_path / "out", [], TOLD)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["thesis.tex"]


def test_a_page_that_somebody_wrote_is_left_alone(checkpoint: Path, tmp_path: Path) -> None:
    page = tmp_path / "out" / README
    page.parent.mkdir()
    page.write_text("by hand")
    with pytest.raises(DataError, match="out: holds part of a checkpoint; choose another out="):
        publish(checkpoint, page.parent, [], TOLD)
    assert page.read_text() == "by hand"


def test_another_training_is_left_alone(checkpoint: Path, tmp_path: Path) -> None:
    other = shutil.copytree(checkpoint, tmp_path / "other")
    with pytest.raises(DataError, match="other: holds part of a checkpoint; choose another out="):
        publish(checkpoint, other, [], TOLD)
    assert sorted(path.name for path in other.iterdir()) == [CARD, WEIGHTS]


def test_the_page_tells_whose_weights_and_whose_judgement_came_before() -> None:
    encoder = {"backbone": {"name": "large", "pretrained": True}, "vlm": {"model": "someone/model"}}
    card: Card = {"stage": "ppo", "reward": ["exact"], "config": {"encoder": encoder}}
    assert pretrained_parts(card) == ("large", "someone/model")
    assert training_stage(card).endswith("against the exact scorer")
    assert training_stage(card | {"reward": ["a", "b"]}).endswith("against a learned reward world model")


def test_a_name_that_no_hub_takes_is_refused() -> None:
    with pytest.raises(ValueError, match="name='a b'"):
        Publication("a b")
