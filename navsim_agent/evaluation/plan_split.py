"""Ask an agent for its plans of a split, batch by batch, and bear with its failures if told to."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol, runtime_checkable

import torch
from tqdm import tqdm

from driving.errors import DataError
from driving.observation import Observation, stack_observations
from driving.plan import Plan
from driving.targets import Example
from driving.trajectory import Trajectory, check_poses
from navsim_agent.agents.agent import Agent, PrivilegedAgent
from reward_wm.epdms import PreparedScene

LOGGER = logging.getLogger(__name__)


@runtime_checkable
class ObservedScenes(Protocol):
    """A split of scenes, as ``driving.data.cached_dataset.CachedDataset`` gives it."""

    @property
    def tokens(self) -> Sequence[str]: ...

    @property
    def log_names(self) -> Sequence[str]: ...

    @property
    def timestamps_us(self) -> Sequence[int]: ...

    def __getitem__(self, index: int) -> Example: ...


@dataclass
class EvaluationConfig:
    """How a split is run through."""

    batch_size: int = 16
    """Scenes an agent plans at once."""
    keep_going: bool = False
    """Count a scene on which the agent raises as failed (score 0) instead of ending the run."""

    def __post_init__(self) -> None:
        if self.batch_size < 1:
            raise ValueError(f"batch_size must be at least 1, got {self.batch_size}")


def plan_split(
    agent: Agent | PrivilegedAgent,
    dataset: ObservedScenes,
    prepared: Mapping[str, PreparedScene],
    config: EvaluationConfig,
) -> list[Plan | None]:
    """One plan (B = 1) a scene; None where the agent failed and the run keeps going.

    Raises DataError, with the scene, where it failed and the run does not.
    """
    count, plans = len(dataset.tokens), list[Plan | None]()
    for start in tqdm(range(0, count, config.batch_size), desc=agent.name, leave=False, disable=None):
        rows = range(start, min(start + config.batch_size, count))
        tokens = [dataset.tokens[row] for row in rows]
        if isinstance(agent, Agent):
            observations = [dataset[row].observation for row in rows]
            plans += _plan_batch(partial(_observe_and_plan, agent, observations), agent.name, tokens, config)
        else:
            scenes = [prepared[token] for token in tokens]
            plans += _plan_batch(partial(_read_and_plan, agent, scenes), agent.name, tokens, config)
    return plans


def _observe_and_plan(agent: Agent, observations: list[Observation], rows: slice) -> Plan:
    return agent.plan(stack_observations(observations[rows]))


def _read_and_plan(agent: PrivilegedAgent, scenes: list[PreparedScene], rows: slice) -> Plan:
    return agent.plan_scenes(scenes[rows])


def _plan_batch(
    ask: Callable[[slice], Plan], agent_name: str, tokens: Sequence[str], config: EvaluationConfig
) -> list[Plan | None]:
    """The batch at once; where it fails and the run keeps going, one by one to find the culprit."""
    try:
        plan = _checked(ask(slice(0, len(tokens))), len(tokens))
    except Exception as error:
        if not config.keep_going:
            others = f" or one of the {len(tokens) - 1} after it" if len(tokens) > 1 else ""
            raise DataError(_complaint(agent_name, f"scene {tokens[0]}{others}", error)) from error
        return [_plan_alone(ask, agent_name, row, token) for row, token in enumerate(tokens)]
    return [_row(plan, row) for row in range(len(tokens))]


def _plan_alone(ask: Callable[[slice], Plan], agent_name: str, row: int, token: str) -> Plan | None:
    try:
        return _row(_checked(ask(slice(row, row + 1)), 1), 0)
    except Exception as error:
        LOGGER.warning("%s", _complaint(agent_name, f"scene {token}", error))
        return None


def _complaint(agent_name: str, scenes: str, error: Exception) -> str:
    reason = " ".join(str(error).split())
    return f"agent {agent_name!r} failed on {scenes}: {type(error).__name__}: {reason}"


def _checked(plan: Plan, scenes: int) -> Plan:
    check_poses(plan.trajectories.poses, "plan")
    if plan.logits.shape != plan.trajectories.poses.shape[:2] or len(plan.logits) != scenes:
        raise ValueError(
            f"poses {tuple(plan.trajectories.poses.shape)} and logits {tuple(plan.logits.shape)} "
            f"for {scenes} scenes"
        )
    return plan


def _row(plan: Plan, row: int) -> Plan:
    rows = slice(row, row + 1)
    trajectories = replace(plan.trajectories, poses=plan.trajectories.poses[rows].detach().cpu())
    return Plan(trajectories, plan.logits[rows].detach().cpu(), plan.text[rows])


def join_plans(plans: Sequence[Plan | None]) -> Plan:
    """All scenes as one plan; NaN poses where a scene failed."""
    answered = [plan for plan in plans if plan is not None]
    if not answered:
        raise DataError("the agent failed on every scene")
    pattern = answered[0]
    failed = Plan(
        replace(pattern.trajectories, poses=torch.full_like(pattern.trajectories.poses, torch.nan)),
        torch.zeros_like(pattern.logits),
        ("",),
    )
    rows = [failed if plan is None else plan for plan in plans]
    return Plan(
        Trajectory(torch.cat([plan.trajectories.poses for plan in rows]), pattern.trajectories.interval_s),
        torch.cat([plan.logits for plan in rows]),
        tuple(text for plan in rows for text in plan.text),
    )
