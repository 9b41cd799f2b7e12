"""NAVSIM's two-stage score: a planner is judged in a scene, and again where its plan would have led.

For each first-stage scene (now) and the one half a second before it (before), the second-stage scenes
count the more, the nearer they start to where the plan of the first stage ends. The product of both
stages, averaged over now and before, is the score of a mapping; the mean over mappings is the result.
Extended comfort is that of each pair (now, before), counts for both, and is always part of the score.

Reproduces the devkit's scene aggregator. Quirks: the plan's own last pose counts, not the simulated one;
where all second-stage scenes are far away, they count alike.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from driving.data.two_stage import TwoStageMapping
from driving.errors import DataError
from driving.frames import local_to_map
from driving.scores import SubScores
from reward_wm.epdms.metrics.extended_comfort import extended_comfort
from reward_wm.epdms.prepared import PreparedScene

VARIANCE_M2 = 0.1
"""Of the Gaussian kernel over the distance between a plan's end and a second-stage start."""
NO_WEIGHT = 1e-8
"""Weights that sum up to no more than this are taken for zero."""
HORIZON_S = 4.0
SHORTEST_GAP_US, LONGEST_GAP_US = 450_000, 550_000


@dataclass(frozen=True)
class StagePlan:
    """A plan of one scene and how it was judged, or the failure to make one."""

    timestamp_us: int
    start_in_map: Float64[Tensor, "2"]
    """Rear axle at the current moment."""
    sub_scores: Float64[Tensor, "nine"]
    """In the order of ``SubScores``; EC is not looked at."""
    states: Float64[Tensor, "T S"] | None
    """As simulated; None where there is no plan."""
    end_in_map: Float64[Tensor, "2"] | None
    """Rear axle at the last planned pose, 4 s later; None where there is no plan."""

    @classmethod
    def of(
        cls,
        prepared: PreparedScene,
        poses: Float[Tensor, "F 3"],
        interval_s: float,
        sub_scores: Float64[Tensor, "nine"],
        states: Float64[Tensor, "T S"],
    ) -> "StagePlan":
        """A plan in the ego frame. ValueError where it does not end after 4 s."""
        if abs(len(poses) * interval_s - HORIZON_S) > 1e-6:
            raise ValueError(
                f"scene {prepared.token}: {len(poses)} poses every {interval_s} s don't end after 4 s"
            )
        end = local_to_map(poses[-1].double(), prepared.origin)
        return cls(prepared.timestamp_us, prepared.origin[:2], sub_scores, states, end[:2])

    @classmethod
    def failed(cls, prepared: PreparedScene) -> "StagePlan":
        """Nothing was planned: 0 in everything."""
        nothing = torch.zeros(len(SubScores.__dataclass_fields__), dtype=torch.float64)
        return cls(prepared.timestamp_us, prepared.origin[:2], nothing, None, None)


@dataclass(frozen=True)
class StageScores:
    """Means over scenes, each in [0, 1]."""

    sub_scores: SubScores
    score: float


@dataclass(frozen=True)
class TwoStageScores:
    """The two-stage score of a split and all that it is made of."""

    tokens: tuple[str, ...]
    """All scenes: of every mapping now, before, then its pairs."""
    sub_scores: SubScores
    """(B,), with the EC of the pair."""
    weights: Float64[Tensor, "B"]
    """1 in the first stage; in the second they sum up to 1 over the scenes that follow the same one."""
    stage_one: StageScores
    stage_two: StageScores
    mapping_scores: Float64[Tensor, "mappings"]
    """Product of the stages, mean of now and before."""

    @property
    def score(self) -> float:
        """The result: the mean over mappings."""
        return float(self.mapping_scores.mean())


def score_two_stage(mappings: Sequence[TwoStageMapping], plans: Mapping[str, StagePlan]) -> TwoStageScores:
    """Bring the plans of all scenes together, given by token.

    Where a plan failed, the EC of its pair is 0, and after a failed first-stage plan all second-stage
    scenes count alike. (The devkit writes no result then.) Raises DataError for no mapping, for a scene
    without an entry, and where a pair is not half a second apart.
    """
    if not mappings:
        raise DataError("a two-stage score needs a mapping between stages; the split has none")
    groups = [group for mapping in mappings for group in _groups(mapping)]
    tokens = tuple(token for mapping in mappings for token in _tokens(mapping))
    missing = [token for token in tokens if token not in plans]
    if missing:
        raise DataError(f"{len(missing)} of {len(tokens)} scenes have no plan, the first is {missing[0]}")
    row_of = {token: row for row, token in enumerate(tokens)}
    rows = torch.stack([plans[token].sub_scores for token in tokens])
    rows[:, -1] = _pair_comfort(mappings, plans, row_of)
    sub_scores = SubScores.from_stacked(rows)
    weights = torch.ones(len(tokens), dtype=torch.float64)
    for first, seconds in groups:
        weights[[row_of[token] for token in seconds]] = _weights(plans[first], [plans[t] for t in seconds])
    table = torch.cat([rows, sub_scores.epdms()[:, None]], dim=1)
    one = torch.stack([table[row_of[first]] for first, _ in groups])
    two = torch.stack([_mean(table, weights, [row_of[token] for token in seconds]) for _, seconds in groups])
    product = (one[:, -1] * two[:, -1]).reshape(len(mappings), 2)
    return TwoStageScores(
        tokens, sub_scores, weights, _stage(one), _stage(two), mapping_scores=product.mean(dim=1)
    )


def _groups(mapping: TwoStageMapping) -> list[tuple[str, list[str]]]:
    """A first-stage scene and what follows it: for now, and for before."""
    now, before = zip(*mapping.pairs, strict=True)
    return [(mapping.now, list(now)), (mapping.before, list(before))]


def _tokens(mapping: TwoStageMapping) -> list[str]:
    return [mapping.now, mapping.before, *mapping.second_stage_tokens]


def _pair_comfort(
    mappings: Sequence[TwoStageMapping], plans: Mapping[str, StagePlan], row_of: Mapping[str, int]
) -> Float64[Tensor, "B"]:
    """EC of every pair, the same for both of its scenes."""
    comfort = torch.zeros(len(row_of), dtype=torch.float64)
    pairs = [pair for mapping in mappings for pair in ((mapping.now, mapping.before), *mapping.pairs)]
    for now, before in pairs:
        gap_us = plans[now].timestamp_us - plans[before].timestamp_us
        if not SHORTEST_GAP_US < gap_us < LONGEST_GAP_US:
            raise DataError(f"scenes {before} and {now} are {gap_us / 1e6:g} s apart, not 0.5 s")
        states_now, states_before = plans[now].states, plans[before].states
        if states_now is not None and states_before is not None:
            comfort[[row_of[now], row_of[before]]] = extended_comfort(states_now, states_before)
    return comfort


def _weights(first: StagePlan, seconds: Sequence[StagePlan]) -> Float64[Tensor, "n"]:
    """How much each second-stage scene counts after the plan of a first-stage one; they sum up to 1."""
    alike = torch.full((len(seconds),), 1.0 / len(seconds), dtype=torch.float64)
    if first.end_in_map is None:
        return alike
    starts = torch.stack([plan.start_in_map for plan in seconds])
    kernel = torch.exp(-((starts - first.end_in_map) ** 2).sum(dim=-1) / (2 * VARIANCE_M2))
    return alike if float(kernel.sum()) <= NO_WEIGHT else kernel / kernel.sum()


def _mean(
    table: Float64[Tensor, "B ten"], weights: Float64[Tensor, "B"], rows: list[int]
) -> Float64[Tensor, "ten"]:
    return (table[rows] * weights[rows, None]).sum(dim=0) / weights[rows].sum()


def _stage(groups: Float64[Tensor, "n ten"]) -> StageScores:
    mean = groups.mean(dim=0)
    return StageScores(SubScores.from_stacked(mean[:-1]), float(mean[-1]))
