"""Observed scenes joined with the labels of their candidates, by token."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float, Float32, Int64
from torch import Tensor
from torch.nn.functional import pad
from torch.utils.data import Dataset

from driving.data.examples import collate
from driving.errors import DataError
from driving.scores import SubScores
from driving.targets import Example
from driving.trajectory import Trajectory
from reward_wm.labels.label_file import SUFFIX, SceneLabels, read_scene, read_tokens
from reward_wm.labels.proposals import Source


@dataclass(frozen=True)
class CandidateLabels:
    """Candidates of a batch of scenes and their true sub-scores; rows of ``Source.PADDING`` are NaN."""

    poses: Float32[Tensor, "B P F 3"]
    source: Int64[Tensor, "B P"]
    values: Float32[Tensor, "B P nine"]
    """In the order of ``SubScores``; EP is pairwise, EC is NaN."""

    @property
    def trajectories(self) -> Trajectory:
        return Trajectory(self.poses)

    @property
    def scores(self) -> SubScores:
        return SubScores.from_stacked(self.values)

    @property
    def real(self) -> Tensor:
        """(B, P), false where padded."""
        return self.source != Source.PADDING

    def take(self, chosen: Int64[Tensor, "B n"]) -> "CandidateLabels":
        """``n`` candidates of every scene, by index."""
        rows = torch.arange(len(chosen), device=chosen.device)[:, None]
        return CandidateLabels(*(getattr(self, f.name)[rows, chosen] for f in fields(self)))

    def to(self, device: torch.device | str) -> "CandidateLabels":
        return CandidateLabels(*(getattr(self, f.name).to(device) for f in fields(self)))


@dataclass(frozen=True)
class LabelledExample:
    """What was seen, and what candidates are worth there."""

    example: Example
    labels: CandidateLabels

    def to(self, device: torch.device | str) -> "LabelledExample":
        """The same batch on ``device``."""
        return LabelledExample(self.example.to(device), self.labels.to(device))


class LabelStore:
    """The labels of one or more collections, read from disk scene by scene."""

    def __init__(self, folders: Sequence[Path], filtered: bool = True) -> None:
        """``filtered`` takes the scores after the human-penalty filter. DataError for no labels."""
        self.filtered = filtered
        self._where: dict[str, list[tuple[Path, int]]] = {}
        for folder in folders:
            for path in sorted(Path(folder).glob(f"*{SUFFIX}")):
                for row, token in enumerate(read_tokens(path)):
                    self._where.setdefault(token, []).append((path, row))
        if not self._where:
            raise DataError(f"no labels in {', '.join(map(str, folders))}")

    @property
    def tokens(self) -> tuple[str, ...]:
        return tuple(self._where)

    def __contains__(self, token: str) -> bool:
        return token in self._where

    def read(self, token: str) -> CandidateLabels:
        """All candidates of one scene (B = 1), whatever collection they are in. KeyError with the token."""
        scenes = [read_scene(path, row, token) for path, row in self._where[token]]
        return CandidateLabels(
            torch.cat([scene.candidates.poses for scene in scenes])[None],
            torch.cat([scene.candidates.source for scene in scenes])[None],
            torch.cat([self._values(scene) for scene in scenes])[None],
        )

    def _values(self, scene: SceneLabels) -> Float[Tensor, "P nine"]:
        return scene.filtered if self.filtered else scene.unfiltered


@runtime_checkable
class SeenScenes(Protocol):
    """What this module needs of ``driving.data.cached_dataset.CachedDataset``."""

    @property
    def tokens(self) -> Sequence[str]: ...

    def __getitem__(self, index: int) -> Example: ...


class LabelledDataset(Dataset[LabelledExample]):
    """Every scene that has both an observation and labels, in the observations' order."""

    def __init__(self, seen: SeenScenes, labels: LabelStore) -> None:
        self.seen, self.labels = seen, labels
        observed = seen.tokens
        self._rows = [row for row, token in enumerate(observed) if token in labels]
        self.tokens = tuple(observed[row] for row in self._rows)
        if not self._rows:
            raise DataError(
                f"none of {len(observed)} observed scenes is among the {len(labels.tokens)} labelled ones"
            )

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int) -> LabelledExample:
        return LabelledExample(self.seen[self._rows[index]], self.labels.read(self.tokens[index]))


def stack_labels(labels: Sequence[CandidateLabels]) -> CandidateLabels:
    """One batch; scenes with fewer candidates are padded."""
    most = max(one.source.shape[1] for one in labels)
    missing = [most - one.source.shape[1] for one in labels]
    pairs = list(zip(labels, missing, strict=True))
    return CandidateLabels(
        torch.cat([pad(one.poses, (0, 0, 0, 0, 0, m)) for one, m in pairs]),
        torch.cat([pad(one.source, (0, m), value=int(Source.PADDING)) for one, m in pairs]),
        torch.cat([pad(one.values, (0, 0, 0, m), value=torch.nan) for one, m in pairs]),
    )


def stack_labelled(items: Sequence[LabelledExample]) -> LabelledExample:
    """One batch: the ``collate_fn`` of a data loader."""
    return LabelledExample(
        collate([item.example for item in items]), stack_labels([item.labels for item in items])
    )
