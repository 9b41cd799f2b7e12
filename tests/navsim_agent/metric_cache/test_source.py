"""Any source of prepared scenes can be scored in; this one has two, half a second apart, ready made."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import torch

from navsim_agent.evaluation.score_trajectories import score_table
from navsim_agent.evaluation.trajectory_table import TrajectoryTable
from navsim_agent.metric_cache.source import MetricCaches
from reward_wm.epdms import PreparedScene
from tests.golden.metric_caches import EARLIER, LATER


@dataclass(frozen=True)
class _ReadyMade:
    """A source, and its only group."""

    scenes: tuple[PreparedScene, ...]

    @property
    def tokens(self) -> tuple[str, ...]:
        return tuple(scene.token for scene in self.scenes)

    def prepared(self) -> Iterator[PreparedScene]:
        return iter(self.scenes)

    def find(self, tokens: Collection[str], workers: int) -> list["_ReadyMade"]:
        return [self]


@pytest.mark.parametrize(("suffix", "has_comfort"), [("", True), ("f", False)])
def test_only_scenes_of_a_log_have_extended_comfort(
    cached: dict[str, Path], suffix: str, has_comfort: bool
) -> None:
    """A token of 17 characters is that of a synthetic scene; what lies before it, the log does not tell."""
    folder = cached[LATER].parents[3]
    (group,) = MetricCaches(folder).find((LATER, EARLIER), 1)
    scenes = tuple(replace(scene, token=scene.token + suffix) for scene in group.prepared())
    assert [scene.token for scene in scenes] == [EARLIER + suffix, LATER + suffix]
    source = _ReadyMade(scenes)
    table = TrajectoryTable(source.tokens, ("a", "a"), torch.zeros(2, 8, 3, dtype=torch.float64), 0.5)
    comfort = score_table(table, source).frame["two_frame_extended_comfort"]
    assert comfort.notna().tolist() == [False, has_comfort]
