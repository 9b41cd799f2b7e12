"""The exact scorer as the judge of label candidates."""

from collections.abc import Mapping
from dataclasses import replace

from jaxtyping import Float64
from torch import Tensor

from driving.types import PLAN_INTERVAL_S
from reward_wm.epdms.config import ScorerConfig, TrafficPolicy
from reward_wm.epdms.prepared import PreparedScene
from reward_wm.epdms.score import score_scene
from reward_wm.labels.label_file import ExactScores, Judge


def exact_judge(prepared: Mapping[str, PreparedScene], config: ScorerConfig) -> Judge:
    """Judges candidates of 8 poses at 2 Hz, with and without the human filter.

    ValueError for reactive traffic: there PDM-Closed's progress is not one number a scene.
    """
    if config.traffic is TrafficPolicy.IDM:
        raise ValueError("labels need traffic that is the same for all candidates, got IDM")
    filtered = replace(config, human_filter=True)

    def judge(token: str, poses: Float64[Tensor, "P F 3"]) -> ExactScores:
        scores = score_scene(prepared[token], poses, PLAN_INTERVAL_S, filtered)
        return ExactScores(
            unfiltered=scores.unfiltered,
            filtered=scores.sub_scores,
            raw_progress_m=scores.raw_progress_m,
            reference_progress_m=float(scores.reference_progress_m[0]),
        )

    return judge
