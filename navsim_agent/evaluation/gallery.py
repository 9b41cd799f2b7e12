"""Scenes worth looking at: the worst, the best and some drawn at random."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Float64
from torch import Tensor

from driving.data.assemble import load_view
from driving.scene import Scene
from driving.scores import OFFICIAL_COLUMNS
from driving.types import PLAN_POSES, SIMULATION_INTERVAL_S
from navsim_agent.evaluation.plots.bev import draw_bev
from navsim_agent.evaluation.plots.camera import draw_plan_on_camera, ground_height
from navsim_agent.evaluation.plots.judged import JudgedPlan
from navsim_agent.evaluation.result import EvaluationResult
from reward_wm.epdms import PreparedScene, SceneScores, ScorerConfig, score_scene


@dataclass
class GalleryConfig:
    """How many scenes a group shows."""

    scenes: int = 4
    seed: int = 0
    """Draws the random group and decides between scenes of equal score."""
    camera: str = "CAM_F0"
    """Whose picture shows the plan."""

    def __post_init__(self) -> None:
        if self.scenes < 0:
            raise ValueError(f"scenes must not be negative, got {self.scenes}")


class GalleryRows(NamedTuple):
    """Rows of an evaluation, each in one group only."""

    worst: list[int]
    best: list[int]
    random: list[int]


@dataclass(frozen=True)
class ShownScore:
    """A sub-score of the chosen plan."""

    name: str
    """Short: nc, dac, ..."""
    value: float
    """NaN where it is not defined."""
    lost_at_s: float | None
    """When it fell below 1, where that is one moment."""


@dataclass(frozen=True)
class GalleryScene:
    """One scene as the report shows it."""

    token: str
    log_name: str
    epdms: float
    sub_scores: tuple[ShownScore, ...]
    sentence: str
    """What the planner said; '' where it did not speak."""
    front: bytes
    """JPEG."""
    bev: bytes
    """PNG."""


@dataclass(frozen=True)
class Gallery:
    """Groups of scenes of one agent, worst first in ``worst``, best first in ``best``."""

    agent: str
    worst: tuple[GalleryScene, ...]
    best: tuple[GalleryScene, ...]
    random: tuple[GalleryScene, ...]


def make_gallery(
    result: EvaluationResult,
    scenes: Mapping[str, Scene],
    prepared: Mapping[str, PreparedScene],
    sensor_root: Path,
    scorer: ScorerConfig,
    config: GalleryConfig,
) -> Gallery:
    """Draw the chosen scenes of ``result`` with all candidates scored exactly.

    Failed scenes have no plan to show and are left out. KeyError names a token that ``scenes`` or
    ``prepared`` lacks, DataError a picture that cannot be read below ``sensor_root``.
    """

    def draw(row: int) -> GalleryScene:
        token = result.tokens[row]
        poses = result.plan.trajectories.poses[row].double()
        scores = score_scene(prepared[token], poses, result.plan.trajectories.interval_s, scorer)
        judged = _judged(scores, poses, result.plan.logits[row], scenes[token], prepared[token])
        current = scenes[token].current
        view = load_view(current, config.camera, sensor_root)
        return GalleryScene(
            token=token,
            log_name=result.log_names[row],
            epdms=float(result.epdms()[row]),
            sub_scores=tuple(
                ShownScore(name, float(result.column(name)[row]), _lost_at_s(scores, name, judged.chosen))
                for name in OFFICIAL_COLUMNS
            ),
            sentence=result.plan.text[row],
            front=draw_plan_on_camera(view, judged, ground_height(current)),
            bev=draw_bev(scenes[token], judged),
        )

    rows = choose_rows(result, config)
    return Gallery(
        agent=result.agent,
        worst=tuple(draw(row) for row in rows.worst),
        best=tuple(draw(row) for row in rows.best),
        random=tuple(draw(row) for row in rows.random),
    )


def choose_rows(result: EvaluationResult, config: GalleryConfig) -> GalleryRows:
    """The worst (worst first), the best (best first) and random scenes, logs as varied as can be."""
    shuffled = np.random.default_rng(config.seed).permutation(len(result))
    valid = [int(row) for row in shuffled if result.valid[row]]
    scores = result.epdms()
    by_score = sorted(valid, key=lambda row: scores[row])
    worst = _varied(by_score, result.log_names, config.scenes)
    best = _varied([r for r in reversed(by_score) if r not in worst], result.log_names, config.scenes)
    rest = [row for row in valid if row not in worst and row not in best]
    return GalleryRows(worst, best, _varied(rest, result.log_names, config.scenes))


def _varied(rows: Sequence[int], log_names: Sequence[str], count: int) -> list[int]:
    """The first ``count`` rows, one a log as long as there are logs, kept in their order."""
    seen: set[str] = set()
    firsts, others = [], []
    for row in rows:
        (others if log_names[row] in seen else firsts).append(row)
        seen.add(log_names[row])
    chosen = [*firsts, *others][:count]
    return [row for row in rows if row in chosen]


def _judged(
    scores: SceneScores,
    poses: Float64[Tensor, "P F 3"],
    logits: Float[Tensor, "P"],
    scene: Scene,
    prepared: PreparedScene,
) -> JudgedPlan:
    chosen = int(torch.argmax(logits))
    culprits = [
        int(outcome.culprit[chosen])
        for name, outcome in (("nc", scores.outcomes.nc), ("ttc", scores.outcomes.ttc))
        if _lost_at_s(scores, name, chosen) is not None
    ]
    return JudgedPlan(
        poses=poses.numpy(),
        epdms=scores.sub_scores.epdms().numpy(),
        chosen=chosen,
        human=scene.human_poses(min(PLAN_POSES, len(scene.future))),
        culprits=frozenset(prepared.agent_tokens[row] for row in culprits if row >= 0),
    )


def _lost_at_s(scores: SceneScores, name: str, proposal: int) -> float | None:
    """When a sub-score was lost; None where it was not, or is forgiven, and always for EP and EC."""
    if name in ("ep", "ec") or getattr(scores.sub_scores, name)[proposal] == 1.0:
        return None
    sample = int(getattr(scores.outcomes, name).first_failure[proposal])
    return None if sample < 0 else sample * SIMULATION_INTERVAL_S
