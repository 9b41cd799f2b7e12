"""Agents run over both stages, and the table they leave."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from driving.data.two_stage import TwoStageMapping
from driving.errors import DataError
from driving.scene import Scene
from driving.scores import OFFICIAL_COLUMNS
from navsim_agent.agents.constant_velocity import ConstantVelocityAgent
from navsim_agent.evaluation.bootstrap import BootstrapConfig
from navsim_agent.evaluation.evaluate_two_stage import evaluate_two_stage
from navsim_agent.evaluation.plan_split import EvaluationConfig
from navsim_agent.evaluation.two_stage_files import save_two_stage, two_stage_frame
from navsim_agent.evaluation.two_stage_layout import SUMMARY_ROWS
from reward_wm.epdms import PreparedScene, ScorerConfig, prepare_scene
from tests import worlds
from tests.navsim_agent.evaluation.test_evaluate import Faulty
from tests.navsim_agent.splits import HandMadeSplit, consecutive

SCORER, RUN = ScorerConfig(), EvaluationConfig(keep_going=True)


def displaced(scene: Scene, letter: str, lateral_m: float) -> Scene:
    """The scene four seconds later, as if the ego, and all others, were there again, a bit to the left."""
    frames = [
        replace(
            frame,
            token=frame.token + letter,
            timestamp_us=frame.timestamp_us + 4_000_000,
            ego_pose_in_map=frame.ego_pose_in_map + np.array([24.0, lateral_m, 0.0]),
        )
        for frame in scene.frames
    ]
    return Scene(tuple(frames), scene.map)


@pytest.fixture(scope="module")
def split() -> HandMadeSplit:
    """Two scenes of a first stage, and two starts after them."""
    before, now = consecutive(worlds.straight_road(speed_mps=6.0), 2)
    starts = [
        displaced(scene, letter, side) for letter, side in (("a", 0.1), ("b", 0.4)) for scene in (before, now)
    ]
    return HandMadeSplit([before, now, *starts])


@pytest.fixture(scope="module")
def prepared(split: HandMadeSplit) -> dict[str, PreparedScene]:
    return {scene.token: prepare_scene(scene) for scene in split.scenes}


@pytest.fixture(scope="module")
def mapping(split: HandMadeSplit) -> TwoStageMapping:
    before, now, *starts = split.tokens
    return TwoStageMapping(now, before, ((starts[1], starts[0]), (starts[3], starts[2])))


def test_the_nearer_start_counts_more(split, prepared, mapping):
    result = evaluate_two_stage(ConstantVelocityAgent(), split, prepared, [mapping], SCORER, RUN)
    weight = dict(zip(result.scores.tokens, result.scores.weights.tolist(), strict=True))
    near = np.exp(-(0.1**2) / 0.2) / (np.exp(-(0.1**2) / 0.2) + np.exp(-(0.4**2) / 0.2))
    for token in mapping.pairs[0]:
        assert weight[token] == pytest.approx(near, abs=1e-6)
    assert result.mapping_logs == (split.log_names[0],)
    assert result.scenes.tokens == tuple(split.tokens)
    assert not np.isnan(result.scenes.column("ec")).any()
    assert result.scores.score == pytest.approx(float(result.scores.mapping_scores.mean()))


def test_the_table_has_a_column_for_each_stage_and_three_last_rows(split, prepared, mapping, tmp_path: Path):
    result = evaluate_two_stage(ConstantVelocityAgent(), split, prepared, [mapping], SCORER, RUN)
    frame = two_stage_frame(result)
    one, two = (
        [f"{name}_{stage}" for name in OFFICIAL_COLUMNS.values()] for stage in ("stage_one", "stage_two")
    )
    assert list(frame.columns)[: 3 + 18] == ["token", "valid", *one, *two, "score"]
    assert frame[one].notna().all(axis=1).tolist() == [True] * 2 + [False] * 4 + [True, False, True]
    assert frame[two].notna().all(axis=1).tolist() == [False] * 2 + [True] * 4 + [False, True, True]
    assert tuple(frame["token"][-3:]) == SUMMARY_ROWS
    save_two_stage(result, tmp_path, SCORER, BootstrapConfig(resamples=10), {})
    saved = pd.read_csv(tmp_path / "scores.csv", index_col=0)
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert saved["score"].iloc[-1] == pytest.approx(summary["combined"])
    assert summary["combined_low"] is None and summary["traffic"] == "log_replay"


def test_a_failure_is_told_and_costs(split, prepared, mapping):
    agent = Faulty(raises_on=frozenset({mapping.pairs[0][0]}))
    whole = evaluate_two_stage(ConstantVelocityAgent(), split, prepared, [mapping], SCORER, RUN)
    result = evaluate_two_stage(agent, split, prepared, [mapping], SCORER, RUN)
    assert result.scenes.failed == 1
    assert 0.0 < result.scores.score < whole.scores.score
    frame = two_stage_frame(result).set_index("token")
    assert not frame.loc[list(SUMMARY_ROWS), "valid"].any()
    assert frame.loc[mapping.pairs[0][0], "score"] == 0.0
    assert frame.loc[mapping.pairs[0][1], "two_frame_extended_comfort_stage_two"] == 0.0


def test_scenes_and_mappings_must_fit(split, prepared, mapping):
    fewer = replace(mapping, pairs=mapping.pairs[:1])
    with pytest.raises(DataError, match="2 scenes are in no mapping of the split"):
        evaluate_two_stage(ConstantVelocityAgent(), split, prepared, [fewer], SCORER, RUN)
    elsewhere = TwoStageMapping("a" * 16, "b" * 16, (("c" * 17, "d" * 17),))
    result = evaluate_two_stage(ConstantVelocityAgent(), split, prepared, [elsewhere, mapping], SCORER, RUN)
    assert result.mappings == (mapping,)
    some = HandMadeSplit(split.scenes[:4])
    with pytest.raises(DataError, match="2 of 6 scenes have no plan"):
        evaluate_two_stage(ConstantVelocityAgent(), some, prepared, [mapping], SCORER, RUN)


def test_a_plan_must_end_after_four_seconds(split, prepared, mapping):
    class Short(ConstantVelocityAgent):
        def plan(self, observation):
            plan = super().plan(observation)
            poses = plan.trajectories.poses[:, :, :6]
            return replace(plan, trajectories=replace(plan.trajectories, poses=poses))

    with pytest.raises(ValueError, match=r"6 poses every 0.5 s don't end after 4 s"):
        evaluate_two_stage(Short(), split, prepared, [mapping], SCORER, RUN)
    assert torch.is_tensor(prepared[mapping.now].origin)
