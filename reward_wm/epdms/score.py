"""The exact EPDMS of trajectories: simulate, judge, compare with PDM-Closed, filter by the human.

NAVSIM devkit v2.2, after its issue 151; see ``ScorerConfig``. Every proposal is scored as if it were
alone with PDM-Closed, as the official one-agent run does, so proposals don't influence each other.
Float64 throughout.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from driving.scores import OFFICIAL_COLUMNS, SubScores
from driving.trajectory import Trajectory
from reward_wm.epdms.config import ScorerConfig
from reward_wm.epdms.drive_trajectories import drive_trajectories
from reward_wm.epdms.judge import Outcomes, judge
from reward_wm.epdms.metrics.ego_progress import relative_progress
from reward_wm.epdms.metrics.extended_comfort import extended_comfort
from reward_wm.epdms.packed import PackedScenes
from reward_wm.epdms.prepared import PreparedScene
from reward_wm.epdms.reference_progress import reference_progress
from reward_wm.epdms.rollout import Rollout
from reward_wm.epdms.score_packed import score_packed
from reward_wm.epdms.traffic import Traffic
from reward_wm.epdms.traffic_start import move_traffic

__all__ = ["SceneScores", "extended_comfort", "score", "score_scene"]


@dataclass(frozen=True)
class SceneScores:
    """The proposals of one scene, judged."""

    sub_scores: SubScores
    """(P,), filtered if the configuration says so; EC is NaN, see ``extended_comfort``."""
    unfiltered: SubScores
    """(P,), without the human-penalty filter."""
    states: Float64[Tensor, "P T S"]
    """As simulated, scene frame; ``PreparedScene.states_in_map`` moves them."""
    raw_progress_m: Float64[Tensor, "P"]
    reference_progress_m: Float64[Tensor, "P"]
    """PDM-Closed's raw progress times the product of its multiplied sub-scores."""
    outcomes: Outcomes
    """When each sub-score was lost first, and to which agent or light; unfiltered."""
    traffic: Traffic
    """What they were judged in; rows as in ``PreparedScene.agent_tokens``."""


def score_scene(
    prepared: PreparedScene,
    poses: Float[Tensor, "P F 3"],
    interval_s: float,
    config: ScorerConfig,
) -> SceneScores:
    """Score trajectories, given in the ego frame, of one scene.

    Raises ValueError, naming the scene, for poses of a wrong shape or with NaN or infinity.
    """
    return _judge(prepared, drive_trajectories([prepared], poses[None], interval_s)[0], config)


def score(
    scenes: Sequence[PreparedScene] | PackedScenes, trajectories: Trajectory, config: ScorerConfig
) -> SubScores:
    """Sub-scores (B, P) of trajectories (B, P, F, 3), row b belonging to ``scenes[b]``; EC is NaN.

    Packed scenes are scored all at once, on their device; ``score_packed`` says what they cannot do. Raises
    ValueError as ``score_scene`` does, or where the numbers of scenes differ.
    """
    if isinstance(scenes, PackedScenes):
        return score_packed(scenes, trajectories, config)
    states = drive_trajectories(scenes, trajectories.poses, trajectories.interval_s)
    rows = [
        _judge(prepared, driven, config).sub_scores.stacked()
        for prepared, driven in zip(scenes, states, strict=True)
    ]
    if not rows:
        return SubScores(*states.new_zeros(len(OFFICIAL_COLUMNS), *states.shape[:2]))
    return SubScores.from_stacked(torch.stack(rows))


def _judge(prepared: PreparedScene, states: Float64[Tensor, "P T S"], config: ScorerConfig) -> SceneScores:
    traffic = move_traffic(prepared.traffic_start, prepared.world.traffic, states, config.traffic)
    outcomes = judge(Rollout.of(states, prepared.world).within(traffic), prepared.history)
    raw, reference = outcomes.raw_progress_m, reference_progress(prepared, traffic).expand(len(states))
    unfiltered = outcomes.sub_scores(
        relative_progress(raw, outcomes.product(), reference, config.normalisation)
    )
    filtered = torch.where(prepared.forgiven(config.traffic), 1.0, unfiltered.stacked())
    sub_scores = SubScores.from_stacked(filtered) if config.human_filter else unfiltered
    return SceneScores(sub_scores, unfiltered, states, raw, reference, outcomes, traffic)
