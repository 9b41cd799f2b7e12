"""Prefix scores by cutting drives, traffic and lights short and judging what is left, prefix by prefix."""

from dataclasses import replace

import torch

from driving.scores import SubScores
from reward_wm.epdms import PreparedScene, SceneScores, ScorerConfig
from reward_wm.epdms.judge import Outcomes, judge
from reward_wm.epdms.metrics.ego_progress import relative_progress
from reward_wm.epdms.reference_poses import reference_poses
from reward_wm.epdms.rollout import Rollout
from reward_wm.epdms.simulate import simulate
from reward_wm.epdms.traffic import Traffic
from reward_wm.epdms.traffic_start import move_traffic


def slow_prefix_scores(
    prepared: PreparedScene, scores: SceneScores, config: ScorerConfig, half_seconds: int
) -> torch.Tensor:
    """Sub-scores (P, nine) as if the scene ended after so many half seconds, proposal by proposal."""
    samples = 5 * half_seconds + 1
    human = _human_zeros(prepared, config, samples)
    rows = []
    for row, states in enumerate(scores.states):
        traffic = _of_proposal(scores.traffic, row)
        own = _cut(prepared, states, traffic, samples)
        reference = _cut(prepared, prepared.reference_states, traffic, samples)
        progress = relative_progress(
            own.raw_progress_m,
            own.product(),
            reference.raw_progress_m * reference.product(),
            config.normalisation,
        )
        named = {name: getattr(own, name).score for name in ("nc", "dac", "ddc", "tlc", "ttc", "lk", "hc")}
        one = SubScores(**named, ep=progress, ec=torch.full_like(progress, torch.nan)).stacked()[0]
        rows.append(torch.where(human, 1.0, one) if config.human_filter else one)
    return torch.stack(rows)


def _cut(prepared: PreparedScene, states: torch.Tensor, traffic: Traffic, samples: int) -> Outcomes:
    lights = replace(prepared.world.lights, is_red=prepared.world.lights.is_red[:, :samples])
    short = replace(traffic, poses=traffic.poses[:, :samples], present=traffic.present[:, :samples])
    world = replace(prepared.world, traffic=short, lights=lights)
    return judge(Rollout.of(states[None, :samples], world), prepared.history)


def _human_zeros(prepared: PreparedScene, config: ScorerConfig, samples: int) -> torch.Tensor:
    heading, poses = float(prepared.start[2]), prepared.human_poses[None]
    states = simulate(reference_poses(poses, 0.5, prepared.timestamp_us, heading), prepared.start[None])
    traffic = move_traffic(prepared.traffic_start, prepared.world.traffic, states, config.traffic)
    outcomes = _cut(prepared, states[0], _of_proposal(traffic, 0), samples)
    zeros = torch.zeros(9, dtype=torch.bool)
    for column, name in enumerate(("nc", "dac", "ddc", "tlc", "", "ttc", "lk")):
        zeros[column] = bool(name) and getattr(outcomes, name).score.item() == 0.0
    return zeros


def _of_proposal(traffic: Traffic, row: int) -> Traffic:
    if traffic.poses.ndim == 3:
        return traffic
    return replace(traffic, poses=traffic.poses[row], present=traffic.present[row])
