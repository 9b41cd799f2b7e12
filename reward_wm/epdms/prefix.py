"""EPDMS of the first half second of a drive, of the first second, and so on: dense rewards.

The prefix of k poses has 5 k + 1 samples. The drive itself is that of the whole trajectory (the
controller looks ahead); it is judged as if the scene ended with the prefix, by the same rules:

* NC, DAC, DDC, TLC and LK look at the samples of the prefix. They can only fall as k grows.
* TTC looks from samples whose whole second ahead is inside the prefix, so it is 1 up to k = 1, and can
  only fall.
* HC filters the past and the prefix anew; the filters' edge moves, so it may rise again.
* EP compares the progress so far with that of PDM-Closed so far, each masked by what it has lost so far;
  up to 5 m it is 1. It may rise and fall. ``raw_progress_m`` is the smooth quantity under it.
* EC is NaN. The human-penalty filter forgives what the human has lost by then.

At k = 8 it is the official score.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float64
from torch import Tensor

from driving.scores import SubScores
from driving.types import PLAN_INTERVAL_S, PLAN_POSES
from reward_wm.epdms.config import ScorerConfig
from reward_wm.epdms.judge import Outcomes, judge
from reward_wm.epdms.metrics.ego_progress import raw_progress_until, relative_progress
from reward_wm.epdms.metrics.history_comfort import comfort_until
from reward_wm.epdms.metrics.time_to_collision import HORIZONS, STRIDE
from reward_wm.epdms.prepared import PreparedScene
from reward_wm.epdms.reference_poses import reference_poses
from reward_wm.epdms.rollout import Rollout
from reward_wm.epdms.score import SceneScores
from reward_wm.epdms.simulate import simulate
from reward_wm.epdms.states import SAMPLES, EgoBoxes
from reward_wm.epdms.traffic import Traffic
from reward_wm.epdms.traffic_start import move_traffic

PREFIXES = tuple(range(SAMPLES // PLAN_POSES, SAMPLES, SAMPLES // PLAN_POSES))
"""Last sample of each of the K = 8 prefixes."""
LOOK_AHEAD = STRIDE * (HORIZONS - 1)


@dataclass(frozen=True)
class PrefixScores:
    """The proposals of one scene, judged up to each of K half seconds."""

    sub_scores: SubScores
    """(P, K), filtered if the configuration says so; EC is NaN."""
    unfiltered: SubScores
    """(P, K)."""
    raw_progress_m: Float64[Tensor, "P K"]
    """Along the centreline since the current frame."""


def prefix_scores(prepared: PreparedScene, scores: SceneScores, config: ScorerConfig) -> PrefixScores:
    """The scores of all prefixes of proposals that ``score_scene`` has scored with the same ``config``."""
    raw = raw_progress_until(EgoBoxes.of(scores.states), prepared.world.centreline, PREFIXES)
    named = _falling(scores.outcomes)
    product = named["nc"] * named["dac"] * named["ddc"] * named["tlc"]
    reference = _reference_progress(prepared, scores.traffic)
    unfiltered = SubScores(
        **named,
        ep=relative_progress(raw, product, reference, config.normalisation),
        hc=torch.stack([comfort_until(scores.states, prepared.history, last) for last in PREFIXES], dim=1),
        ec=torch.full_like(raw, torch.nan),
    )
    if not config.human_filter:
        return PrefixScores(unfiltered, unfiltered, raw)
    filtered = torch.where(_forgiven(prepared, config), 1.0, unfiltered.stacked())
    return PrefixScores(SubScores.from_stacked(filtered), unfiltered, raw)


def _falling(outcomes: Outcomes) -> dict[str, Float64[Tensor, "P K"]]:
    """The sub-scores that never rise, by name."""
    scores = {
        name: torch.stack([getattr(outcomes, name).score_until(last) for last in PREFIXES], dim=1)
        for name in ("nc", "dac", "ddc", "tlc", "lk")
    }
    earlier = [last - LOOK_AHEAD for last in PREFIXES]
    scores["ttc"] = torch.stack([outcomes.ttc.score_until(last) for last in earlier], dim=1)
    return scores


def _reference_progress(prepared: PreparedScene, traffic: Traffic) -> Float64[Tensor, "#P K"]:
    """PDM-Closed's masked progress so far, in the traffic that each proposal is judged in."""
    drive = Rollout.of(prepared.reference_states[None], prepared.world)
    many = drive if traffic.poses.ndim == 3 else drive.repeat(len(traffic.poses))
    so_far = _falling(judge(many.within(traffic), prepared.history))
    raw = raw_progress_until(drive.ego, prepared.world.centreline, PREFIXES)
    return raw * so_far["nc"] * so_far["dac"] * so_far["ddc"] * so_far["tlc"]


def _forgiven(prepared: PreparedScene, config: ScorerConfig) -> Bool[Tensor, "K nine"]:
    """Sub-scores in which the human has 0 by then. What never rises and is 0 so far is 0 in the end."""
    in_the_end = prepared.forgiven(config.traffic)
    if not in_the_end.any():
        return in_the_end.expand(len(PREFIXES), -1)
    heading, time_us = float(prepared.start[2]), prepared.timestamp_us
    tracked = reference_poses(prepared.human_poses[None], PLAN_INTERVAL_S, time_us, heading)
    states = simulate(tracked, prepared.start[None])
    traffic = move_traffic(prepared.traffic_start, prepared.world.traffic, states, config.traffic)
    outcomes = judge(Rollout.of(states, prepared.world).within(traffic), prepared.history)
    one = torch.ones(1, len(PREFIXES), dtype=torch.float64)
    so_far = SubScores(**_falling(outcomes), ep=one, hc=one, ec=one).stacked()[0]
    return (so_far == 0.0) & in_the_end
