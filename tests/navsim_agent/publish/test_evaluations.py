"""Scores on a card are those of an evaluation of these very weights, or there are none."""

import json
import math
from pathlib import Path

import pandas as pd
import pytest
import torch

from driving.errors import DataError
from driving.scores import SubScores
from driving.training.checkpoint import WEIGHTS
from navsim_agent.evaluation.bootstrap import BootstrapConfig
from navsim_agent.evaluation.evaluate_two_stage import TwoStageResult
from navsim_agent.evaluation.two_stage_files import save_two_stage
from navsim_agent.publish.evaluations import read_evaluation
from reward_wm.epdms import ScorerConfig
from reward_wm.epdms.config import TrafficPolicy
from reward_wm.epdms.two_stage import StageScores, TwoStageScores
from tests.navsim_agent.publish.conftest import Evaluate, digests, write_settings
from tests.navsim_agent.results import evaluation


def test_an_evaluation_in_one_stage(checkpoint: Path, evaluate: Evaluate) -> None:
    found = read_evaluation(evaluate(), checkpoint)
    assert (found.split, found.traffic, found.human_filter) == ("test", "log replay", True)
    assert (found.chosen_by, found.scenes, found.failed, found.confidence) == ("planner", 4, 1, 0.9)
    (score,) = found.scores
    assert score.epdms == pytest.approx(0.5)
    assert score.low is not None and score.high is not None and score.low <= 0.5 <= score.high
    assert score.sub_scores[0] == pytest.approx(0.5) and len(score.sub_scores) == 9


def test_an_evaluation_in_two_stages(checkpoint: Path, tmp_path: Path) -> None:
    scorer, bootstrap = ScorerConfig(traffic=TrafficPolicy.IDM), BootstrapConfig(resamples=10)
    save_two_stage(two_stages(), tmp_path / "two", scorer, bootstrap, digests(checkpoint))
    write_settings(tmp_path / "two", scorer={"traffic": "IDM", "human_filter": False})
    found = read_evaluation(tmp_path / "two", checkpoint)
    assert (found.traffic, found.human_filter) == ("idm", False)
    both, first, second = found.scores
    assert (both.epdms, first.epdms, second.epdms) == pytest.approx((0.4, 0.8, 0.5))
    assert (first.sub_scores[0], second.sub_scores[0]) == pytest.approx((0.8, 0.5))
    assert both.sub_scores == () and first.low is None


def two_stages() -> TwoStageResult:
    """One scene of each stage, from one log."""
    tokens = ("0123456789abcdef", "0123456789abcdefg")
    scenes = evaluation([0.8, 0.5])
    scenes = type(scenes)(**{**vars(scenes), "tokens": tokens})
    stages = [StageScores(SubScores(*row), float(row[0])) for row in scenes.sub_scores.stacked()]
    weights = torch.ones(2, dtype=torch.float64)
    scores = TwoStageScores(tokens, scenes.sub_scores, weights, *stages, torch.tensor([0.4]).double())
    return TwoStageResult(scenes, scores, mappings=(), mapping_logs=("log0",))


def test_the_weights_may_have_moved_but_must_be_the_same(
    checkpoint: Path, evaluate: Evaluate, tmp_path: Path
) -> None:
    folder = evaluate()
    copy = checkpoint.rename(tmp_path / "copy")
    assert read_evaluation(folder, copy).scenes == 4
    weights = copy / WEIGHTS
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    with pytest.raises(DataError, match=r"evaluation: judged other weights than those of .*copy"):
        read_evaluation(folder, copy)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"privileged": True}, "reads the truth"),
        ({"scorer": {}}, "not an evaluation of this version"),
        ({"bootstrap": None}, "not an evaluation of this version"),
    ],
)
def test_other_evaluations_are_refused(
    settings: dict, message: str, checkpoint: Path, evaluate: Evaluate
) -> None:
    with pytest.raises(DataError, match=f"evaluation: .*{message}"):
        read_evaluation(evaluate(**settings), checkpoint)


@pytest.mark.parametrize(
    ("weights", "message"),
    [({}, "judged no checkpoint"), (None, "does not say which weights it judged; evaluate .* again")],
)
def test_an_evaluation_of_nobody_knows_what_is_refused(
    weights: object, message: str, checkpoint: Path, evaluate: Evaluate
) -> None:
    folder = evaluate()
    summary = json.loads((folder / "summary.json").read_text())
    (folder / "summary.json").write_text(json.dumps(summary | {"weights": weights}))
    with pytest.raises(DataError, match=f"evaluation: {message}"):
        read_evaluation(folder, checkpoint)


def test_a_score_that_was_typed_by_hand_is_refused(checkpoint: Path, evaluate: Evaluate) -> None:
    folder = evaluate()
    summary = json.loads((folder / "summary.json").read_text())
    (folder / "summary.json").write_text(json.dumps(summary | {"epdms": 0.9}))
    with pytest.raises(DataError, match=r"summary.json says 0.9, scores.csv 0.5"):
        read_evaluation(folder, checkpoint)
    (folder / "summary.json").write_text(json.dumps(summary | {"epdms": math.nan}))
    with pytest.raises(DataError, match=r"summary.json says nan"):
        read_evaluation(folder, checkpoint)


def test_a_table_that_lost_a_scene_is_refused(checkpoint: Path, evaluate: Evaluate) -> None:
    folder = evaluate()
    table = pd.read_csv(folder / "scores.csv", index_col=0)
    table.drop(index=1).to_csv(folder / "scores.csv")
    with pytest.raises(DataError, match="evaluation"):
        read_evaluation(folder, checkpoint)


@pytest.mark.parametrize("name", ["settings.json", "summary.json", "scores.csv"])
def test_an_unfinished_or_garbled_one_is_named(name: str, checkpoint: Path, evaluate: Evaluate) -> None:
    folder = evaluate()
    (folder / name).write_text("{")
    with pytest.raises(DataError, match="evaluation"):
        read_evaluation(folder, checkpoint)
    (folder / name).unlink()
    with pytest.raises(DataError, match=name):
        read_evaluation(folder, checkpoint)
