"""Evaluate an agent on a two-stage split: every scene of both stages is planned, then brought together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch

from driving.data.two_stage import TwoStageMapping
from driving.errors import DataError
from driving.scores import SubScores
from navsim_agent.agents.agent import Agent, PrivilegedAgent
from navsim_agent.evaluation.evaluate import make_result, plan_and_score
from navsim_agent.evaluation.plan_split import EvaluationConfig, ObservedScenes
from navsim_agent.evaluation.result import EvaluationResult
from reward_wm.epdms import PreparedScene, ScorerConfig
from reward_wm.epdms.two_stage import StagePlan, TwoStageScores, score_two_stage


@dataclass(frozen=True)
class TwoStageResult:
    """Scores of all scenes, and what they amount to."""

    scenes: EvaluationResult
    """Scenes of both stages in the order of the split; EC is that of their pair."""
    scores: TwoStageScores
    mappings: tuple[TwoStageMapping, ...]
    mapping_logs: tuple[str, ...]
    """The log that each mapping is from."""


def evaluate_two_stage(
    agent: Agent | PrivilegedAgent,
    dataset: ObservedScenes,
    prepared: Mapping[str, PreparedScene],
    mappings: Sequence[TwoStageMapping],
    scorer: ScorerConfig,
    config: EvaluationConfig,
) -> TwoStageResult:
    """Both stages and their product, of ``agent`` on a split with ``mappings``.

    As in the devkit, mappings without a first-stage scene in the split are left out. Raises DataError
    as ``evaluate`` and ``score_two_stage`` do, and for a scene that no mapping names.
    """
    there = set(dataset.tokens)
    mappings = [m for m in mappings if m.now in there or m.before in there]
    mapped = {t for m in mappings for t in (m.now, m.before, *m.second_stage_tokens)}
    strangers = [token for token in dataset.tokens if token not in mapped]
    if strangers:
        raise DataError(
            f"{len(strangers)} scenes are in no mapping of the split, the first is {strangers[0]}"
        )
    plan, scored = plan_and_score(agent, dataset, prepared, scorer, config)
    best = plan.best()
    plans = {
        token: StagePlan.of(prepared[token], best.poses[row], best.interval_s, one.sub_scores, one.states)
        if (one := scored[row]) is not None
        else StagePlan.failed(prepared[token])
        for row, token in enumerate(dataset.tokens)
    }
    scores = score_two_stage(mappings, plans)
    row_of = {token: row for row, token in enumerate(scores.tokens)}
    rows = torch.tensor([row_of[token] for token in dataset.tokens])
    sub_scores = SubScores.from_stacked(scores.sub_scores.stacked()[rows])
    log_of = dict(zip(dataset.tokens, dataset.log_names, strict=True))
    return TwoStageResult(
        make_result(agent, dataset, plan, scored, sub_scores),
        scores,
        tuple(mappings),
        tuple(log_of[mapping.now] for mapping in mappings),
    )
