"""The exact EPDMS of many scenes at once, on the device that they are packed for.

The rules are those of ``score``, and most of the code: proposals of all scenes are rows of the same
tensors, each in the world of its own scene.
"""

import torch
from jaxtyping import Float64
from torch import Tensor

from driving.scores import SubScores
from driving.trajectory import Trajectory
from reward_wm.epdms.config import ScorerConfig
from reward_wm.epdms.drive_trajectories import check_trajectories
from reward_wm.epdms.judge import judge
from reward_wm.epdms.metrics.ego_progress import relative_progress
from reward_wm.epdms.packed import PackedScenes
from reward_wm.epdms.reference_poses import in_scene_frame
from reward_wm.epdms.rollout import Rollout
from reward_wm.epdms.simulate import simulate
from reward_wm.epdms.states import HEADING


def score_packed(scenes: PackedScenes, trajectories: Trajectory, config: ScorerConfig) -> SubScores:
    """Sub-scores (B, P) of trajectories (B, P, F, 3) of the chosen scenes, on their device; EC is NaN.

    Raises ValueError as ``score`` does, and where the scenes are packed in other traffic than asked for.
    """
    if config.traffic is not scenes.policy:
        raise ValueError(f"traffic={config.traffic.name} of scenes packed in traffic={scenes.policy.name}")
    check_trajectories(scenes.chosen_tokens, trajectories.poses, trajectories.interval_s)
    shape, rows = trajectories.poses.shape[:2], scenes.rows
    states = drive_packed(scenes, trajectories)
    worlds = scenes.worlds.owned_by(rows.repeat_interleave(shape[1]))
    outcomes = judge(Rollout.of(states, worlds), scenes.pasts(shape[1]))
    ep = relative_progress(
        outcomes.raw_progress_m.unflatten(0, shape).T,
        outcomes.product().unflatten(0, shape).T,
        scenes.reference_progress_m[rows][None],
        config.normalisation,
    )
    unfiltered = outcomes.sub_scores(ep.T.flatten()).stacked().unflatten(0, shape)
    filtered = torch.where(scenes.forgiven[rows][:, None], 1.0, unfiltered)
    return SubScores.from_stacked(filtered if config.human_filter else unfiltered)


def drive_packed(scenes: PackedScenes, trajectories: Trajectory) -> Float64[Tensor, "P T S"]:
    """All trajectories as driven, scene after scene."""
    poses = trajectories.poses.detach().to(scenes.device, torch.float64)
    rows = scenes.rows
    start = scenes.start[rows]
    heading, cos, sin = (one[:, None, None] for one in (start[:, HEADING], *scenes.direction[rows].T))
    knots = in_scene_frame(poses, heading, cos, sin)
    weights = scenes.weights(poses.shape[2], trajectories.interval_s)[rows]
    tracked = torch.einsum("btk,bpkc->bptc", weights, knots)
    return simulate(tracked.flatten(0, 1), start.repeat_interleave(poses.shape[1], dim=0))
