"""Agents run over a split."""

from dataclasses import dataclass, field

import numpy as np
import pytest
import torch

from driving.errors import DataError
from driving.observation import Observation
from driving.plan import Plan
from driving.trajectory import Trajectory
from navsim_agent.agents.constant_velocity import ConstantVelocityAgent
from navsim_agent.agents.privileged import HumanAgent, PdmClosedAgent
from navsim_agent.evaluation.evaluate import EvaluationConfig, evaluate
from reward_wm.epdms import PreparedScene, ScorerConfig, extended_comfort, prepare_scene, score_scene
from tests import worlds
from tests.navsim_agent.splits import HandMadeSplit, consecutive

SCORER = ScorerConfig()


@pytest.fixture(scope="module")
def split() -> HandMadeSplit:
    """Three scenes of one log, half a second apart, and a red light in another."""
    straight = worlds.straight_road(speed_mps=6.0, acceleration_mps2=0.5)
    return HandMadeSplit([*consecutive(straight, 3), worlds.crossing_with_red_light()])


@pytest.fixture(scope="module")
def prepared(split: HandMadeSplit) -> dict[str, PreparedScene]:
    return {scene.token: prepare_scene(scene) for scene in split.scenes}


@dataclass
class Faulty:
    """Constant velocity, but for the scenes on which it raises or answers nonsense."""

    raises_on: frozenset[str] = frozenset()
    nan_on: frozenset[str] = frozenset()
    name: str = "faulty"
    batches: list[int] = field(default_factory=list)

    def plan(self, observation: Observation) -> Plan:
        self.batches.append(len(observation))
        for token in observation.tokens:
            if token in self.raises_on:
                raise RuntimeError(f"cannot\nplan {token}")
        plan = ConstantVelocityAgent().plan(observation)
        bad = torch.tensor([token in self.nan_on for token in observation.tokens])
        poses = plan.trajectories.poses.masked_fill(bad[:, None, None, None], torch.nan)
        return Plan(Trajectory(poses), plan.logits, plan.text)


def test_rows_are_the_exact_scores_of_the_chosen_plans(split, prepared):
    result = evaluate(ConstantVelocityAgent(), split, prepared, SCORER, EvaluationConfig())
    best = result.plan.best()
    for row, token in enumerate(split.tokens):
        alone = score_scene(prepared[token], best.poses[row][None].double(), 0.5, SCORER)
        np.testing.assert_array_equal(result.sub_scores.stacked()[row, :8], alone.sub_scores.stacked()[0, :8])
    assert result.tokens == tuple(split.tokens)
    assert not result.privileged
    assert result.failed == 0


def test_only_the_later_of_two_neighbours_has_extended_comfort(split, prepared):
    result = evaluate(ConstantVelocityAgent(), split, prepared, SCORER, EvaluationConfig())
    assert np.isnan(result.column("ec")).tolist() == [True, False, False, True]
    best = result.plan.best()
    states = [
        score_scene(prepared[token], best.poses[row][None].double(), 0.5, SCORER).states[0]
        for row, token in enumerate(split.tokens)
    ]
    for now in (1, 2):
        assert result.column("ec")[now] == float(extended_comfort(states[now], states[now - 1]))


def test_a_batch_of_n_equals_n_batches_of_one(split, prepared):
    together, one_by_one = (
        evaluate(ConstantVelocityAgent(), split, prepared, SCORER, EvaluationConfig(size)) for size in (3, 1)
    )
    np.testing.assert_array_equal(together.sub_scores.stacked(), one_by_one.sub_scores.stacked())


def test_the_references_are_privileged_and_drive_well(split, prepared):
    human = evaluate(HumanAgent(), split, prepared, SCORER, EvaluationConfig())
    reference = evaluate(PdmClosedAgent(), split, prepared, SCORER, EvaluationConfig())
    assert human.privileged
    assert reference.privileged
    assert reference.plan.trajectories.poses.shape == (4, 1, 40, 3)
    assert human.epdms().min() > 0.5
    assert reference.column("ep").min() == pytest.approx(1.0)


def test_an_agent_that_raises_ends_the_run_in_one_line(split, prepared):
    agent = Faulty(raises_on=frozenset({split.tokens[2]}))
    with pytest.raises(DataError, match="'faulty' failed on scene") as caught:
        evaluate(agent, split, prepared, SCORER, EvaluationConfig(batch_size=1))
    assert split.tokens[2] in str(caught.value)
    assert "RuntimeError: cannot plan" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_with_keep_going_only_the_culprit_counts_as_failed(split, prepared, caplog):
    agent = Faulty(raises_on=frozenset({split.tokens[1]}))
    config = EvaluationConfig(batch_size=4, keep_going=True)
    result = evaluate(agent, split, prepared, SCORER, config)
    assert agent.batches == [4, 1, 1, 1, 1]
    assert [record.getMessage() for record in caplog.records] == [
        f"agent 'faulty' failed on scene {split.tokens[1]}: RuntimeError: cannot plan {split.tokens[1]}"
    ]
    assert result.valid.tolist() == [True, False, True, True]
    assert result.epdms()[1] == 0.0
    assert np.isnan(result.column("ec")).all()


def test_poses_nobody_can_judge_are_a_failure_too(split, prepared):
    agent = Faulty(nan_on=frozenset({split.tokens[0]}))
    with pytest.raises(DataError, match="nan"):
        evaluate(agent, split, prepared, SCORER, EvaluationConfig())
    result = evaluate(agent, split, prepared, SCORER, EvaluationConfig(keep_going=True))
    assert result.failed == 1


def test_an_agent_that_never_answers_is_an_error_even_when_going_on(split, prepared):
    agent = Faulty(raises_on=frozenset(split.tokens))
    with pytest.raises(DataError, match="every scene"):
        evaluate(agent, split, prepared, SCORER, EvaluationConfig(keep_going=True))


def test_scenes_nobody_prepared_are_named(split, prepared):
    known = {token: scene for token, scene in prepared.items() if token != split.tokens[3]}
    with pytest.raises(DataError, match=f"1 of 4 .* {split.tokens[3]}"):
        evaluate(ConstantVelocityAgent(), split, known, SCORER, EvaluationConfig())


def test_an_empty_split_is_refused(prepared):
    with pytest.raises(DataError, match="no scenes"):
        evaluate(ConstantVelocityAgent(), HandMadeSplit([]), prepared, SCORER, EvaluationConfig())
