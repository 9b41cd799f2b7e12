"""Ask an agent for a plan of every scene that is to be submitted; none may be missing."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float32
from torch import Tensor
from tqdm import tqdm

from driving.data.assemble import observe_frames
from driving.errors import DataError
from driving.observation import Observation, stack_observations
from driving.observation_config import ObservationConfig
from driving.trajectory import check_poses
from navsim_agent.agents.agent import Agent
from navsim_agent.submission.official_objects import HORIZON_S
from navsim_agent.submission.partial_plans import PartialPlans
from navsim_agent.submission.read_scenes import ObservedScene


def plan_scenes(
    agent: Agent,
    scenes: Sequence[ObservedScene],
    observation: ObservationConfig,
    plans: PartialPlans,
    batch_size: int,
) -> None:
    """Add the plan of every scene that ``plans`` does not hold yet, batch by batch.

    Raises DataError, with the scene or the batch, where the agent raises or answers with poses that no
    server could score, and where a picture cannot be read; ValueError for a batch of nothing. What was
    planned until then is kept.
    """
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, got {batch_size}")
    todo = [scene for scene in scenes if scene.token not in plans.poses]
    done = len(scenes) - len(todo)
    with tqdm(total=len(scenes), initial=done, desc=agent.name, unit="scene", disable=None) as bar:
        for start in range(0, len(todo), batch_size):
            batch = todo[start : start + batch_size]
            seen = [observe_frames(scene.history, scene.pictures, observation) for scene in batch]
            plans.add([scene.token for scene in batch], _plan(agent, stack_observations(seen)))
            bar.update(len(batch))


@torch.no_grad()
def _plan(agent: Agent, observation: Observation) -> Float32[np.ndarray, "B F 3"]:
    """The chosen poses, as the leaderboards take them."""
    where = f"agent {agent.name!r}, scenes {observation.tokens[0]} to {observation.tokens[-1]}"
    try:
        best = agent.plan(observation).best()
    except Exception as error:  # whatever an agent may raise
        reason = " ".join(str(error).split())
        raise DataError(f"{where}: {type(error).__name__}: {reason}") from error
    if best.poses.ndim != 3 or len(best.poses) != len(observation):
        raise DataError(f"{where}: {tuple(best.poses.shape)} poses for {len(observation)} scenes")
    if not np.isclose(best.horizon_s, HORIZON_S, rtol=0.0, atol=1e-9):
        raise DataError(f"{where}: plans of {best.horizon_s:g} s, a leaderboard scores {HORIZON_S:g} s")
    for token, poses in zip(observation.tokens, best.poses, strict=True):
        _check(poses, f"agent {agent.name!r}, scene {token}")
    return best.poses.detach().cpu().numpy().astype(np.float32)


def _check(poses: Tensor, where: str) -> None:
    try:
        check_poses(poses, where)
    except ValueError as error:
        raise DataError(str(error)) from None
