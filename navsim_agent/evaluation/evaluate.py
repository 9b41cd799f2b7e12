"""Plan every scene of a split, score the plans exactly, and pair scenes for extended comfort.

As in the devkit's one-stage script: the split's own scenes are planned and nothing else, so a scene
whose predecessor the split lacks has no EC, and its other sub-scores are weighted without it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float64
from torch import Tensor
from tqdm import tqdm

from driving.errors import DataError
from driving.plan import Plan
from driving.scores import SubScores
from navsim_agent.agents.agent import Agent, PrivilegedAgent
from navsim_agent.evaluation.pairs import pair_with_previous
from navsim_agent.evaluation.plan_split import (
    EvaluationConfig,
    ObservedScenes,
    join_plans,
    plan_split,
)
from navsim_agent.evaluation.result import EvaluationResult
from reward_wm.epdms import PreparedScene, ScorerConfig, extended_comfort, score_scene


@dataclass(frozen=True)
class ScoredPlan:
    """The chosen plan of one scene, judged alone."""

    sub_scores: Float64[Tensor, "nine"]
    states: Float64[Tensor, "T S"]


def evaluate(
    agent: Agent | PrivilegedAgent,
    dataset: ObservedScenes,
    prepared: Mapping[str, PreparedScene],
    scorer: ScorerConfig,
    config: EvaluationConfig,
) -> EvaluationResult:
    """Scores of ``agent`` on all scenes of ``dataset``.

    Raises DataError for an empty split, for a scene that is not in ``prepared``, and, unless
    ``config.keep_going``, for an agent that raises or answers with poses nobody can judge.
    """
    plan, scored = plan_and_score(agent, dataset, prepared, scorer, config)
    return make_result(agent, dataset, plan, scored, _with_extended_comfort(scored, dataset))


def plan_and_score(
    agent: Agent | PrivilegedAgent,
    dataset: ObservedScenes,
    prepared: Mapping[str, PreparedScene],
    scorer: ScorerConfig,
    config: EvaluationConfig,
) -> tuple[Plan, list[ScoredPlan | None]]:
    """Candidates of all scenes of a split and the chosen ones, each judged alone; None where it failed.

    Raises DataError as ``evaluate`` does.
    """
    tokens = tuple(dataset.tokens)
    _check_prepared(tokens, prepared)
    plans = plan_split(agent, dataset, prepared, config)
    plan = join_plans(plans)
    best = plan.best()
    scored = [
        _score_one(prepared[token], best.poses[row], best.interval_s, scorer)
        if plans[row] is not None
        else None
        for row, token in enumerate(tqdm(tokens, desc="scoring", leave=False, disable=None))
    ]
    return plan, scored


def make_result(
    agent: Agent | PrivilegedAgent,
    dataset: ObservedScenes,
    plan: Plan,
    scored: Sequence[ScoredPlan | None],
    sub_scores: SubScores,
) -> EvaluationResult:
    """All that is known of the scenes of a split, in its order."""
    return EvaluationResult(
        agent=agent.name,
        privileged=isinstance(agent, PrivilegedAgent),
        tokens=tuple(dataset.tokens),
        log_names=tuple(dataset.log_names),
        timestamps_us=tuple(int(time) for time in dataset.timestamps_us),
        valid=torch.tensor([one is not None for one in scored]),
        sub_scores=sub_scores,
        plan=plan,
    )


def _check_prepared(tokens: Sequence[str], prepared: Mapping[str, PreparedScene]) -> None:
    if not tokens:
        raise DataError("the split has no scenes to evaluate")
    missing = [token for token in tokens if token not in prepared]
    if missing:
        raise DataError(
            f"{len(missing)} of {len(tokens)} scenes were not prepared for scoring, the first is {missing[0]}"
        )


def _score_one(scene: PreparedScene, poses: Tensor, interval_s: float, config: ScorerConfig) -> ScoredPlan:
    """Everything but EC of one plan, poses (F, 3)."""
    scores = score_scene(scene, poses[None].double(), interval_s, config)
    return ScoredPlan(scores.sub_scores.stacked()[0], scores.states[0])


def _with_extended_comfort(scored: Sequence[ScoredPlan | None], dataset: ObservedScenes) -> SubScores:
    """Sub-scores (B,) with the EC of every scene that follows another one, both planned."""
    rows = torch.zeros(len(scored), 9, dtype=torch.float64)
    rows[:, -1] = torch.nan
    for row, one in enumerate(scored):
        if one is not None:
            rows[row, :-1] = one.sub_scores[:-1]
    valid = [one is not None for one in scored]
    for now, before in pair_with_previous(dataset.log_names, dataset.timestamps_us, valid):
        current, previous = scored[now], scored[before]
        assert current is not None and previous is not None
        rows[now, -1] = extended_comfort(current.states, previous.states)
    return SubScores.from_stacked(rows)
