"""Which trajectories of a scene the reward world model learns from.

All of one scene's candidates are a function of (seed, token, vocabulary, planner samples). Starting
poses other than the logged one are left out: the pictures would not show what such an ego sees.
"""

import hashlib
from dataclasses import dataclass
from enum import IntEnum

import torch
from jaxtyping import Float, Float32, Float64, Int64
from torch import Tensor

from driving.trajectory import check_poses
from reward_wm.labels.failures import choose_failures, forced_failure
from reward_wm.labels.perturbed import perturbed_expert
from reward_wm.labels.scene_facts import SceneFacts
from reward_wm.labels.vocabulary import choose_entries


class Source(IntEnum):
    """Where a candidate comes from. The numbers are stored in label files."""

    PADDING = -1
    EXPERT = 0
    VOCABULARY = 1
    PLANNER = 2
    """What the planner would drive."""
    PLANNER_STEP = 3
    """The planner's trajectory at an earlier denoising step."""
    PERTURBED = 4
    FORCED_FAILURE = 5


@dataclass
class ProposalConfig:
    """How many candidates of which kind a scene gets. The expert itself is always one."""

    vocabulary_near: int = 16
    """Entries that begin at about the ego's speed."""
    vocabulary_anywhere: int = 8
    perturbed: int = 16
    forced_failures: int = 24
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("vocabulary_near", "vocabulary_anywhere", "perturbed", "forced_failures"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must not be negative, got {getattr(self, name)}")


@dataclass(frozen=True)
class PlannerSamples:
    """A planner's trajectories of one scene, every denoising step included if wanted."""

    final: Float[Tensor, "n F 3"]
    steps: Float[Tensor, "m F 3"]


@dataclass(frozen=True)
class Candidates:
    """Trajectories to be judged, in the precision in which they are stored and judged."""

    poses: Float32[Tensor, "P F 3"]
    source: Int64[Tensor, "P"]


def propose(
    facts: SceneFacts,
    vocabulary: Float64[Tensor, "K F 3"],
    config: ProposalConfig,
    planner: PlannerSamples | None = None,
) -> Candidates:
    """The candidates of one scene, the expert first."""
    generator = scene_generator(config.seed, facts.token)
    entries = choose_entries(
        vocabulary,
        facts.speed_mps,
        config.vocabulary_near,
        config.vocabulary_anywhere,
        generator,
    )
    perturbed = [perturbed_expert(facts, generator) for _ in range(config.perturbed)]
    failures = [
        forced_failure(facts, kind, generator)
        for kind in choose_failures(facts, config.forced_failures, generator)
    ]
    groups = [
        (Source.EXPERT, facts.expert[None]),
        (Source.VOCABULARY, vocabulary[entries]),
        (Source.PERTURBED, _stack(perturbed, facts.expert)),
        (Source.FORCED_FAILURE, _stack(failures, facts.expert)),
    ]
    if planner is not None:
        groups += [(Source.PLANNER, planner.final), (Source.PLANNER_STEP, planner.steps)]
    poses = torch.cat([group.to(torch.float32) for _, group in groups])
    check_poses(poses, f"candidates of scene {facts.token}")
    source = torch.cat([torch.full((len(group),), int(kind)) for kind, group in groups])
    return Candidates(poses, source)


def scene_generator(seed: int, token: str) -> torch.Generator:
    """The random stream of one scene, whatever else is being labelled."""
    digest = hashlib.sha256(f"{seed}:{token}".encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:7], "big"))


def _stack(poses: list[Tensor], like: Tensor) -> Float64[Tensor, "n F 3"]:
    return torch.stack(poses) if poses else like.new_zeros(0, *like.shape)
