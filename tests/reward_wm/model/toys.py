"""A world small enough to learn in seconds: one picture of 8 x 8 pixels is a map of obstacles.

Pixel (row, column) of the picture is the same cell of a BEV grid over +-32 m. A candidate drives
straight ahead, or straight to one side, at some speed; it collides where a cell it reaches at one of
its poses is lit. So the truth depends on both the picture and the trajectory.
"""

import torch
from torch import Tensor, nn
from torch.utils.data import Dataset

from driving.bev_area import BevArea
from driving.context import ContextTokens
from driving.observation import Observation
from driving.scores import SubScores
from driving.targets import Example, PerceptionTargets
from reward_wm.labels.label_dataset import CandidateLabels, LabelledExample
from reward_wm.labels.proposals import Source
from reward_wm.model.reward_model import RewardModelConfig
from reward_wm.model.trajectory_decoder import DecoderConfig

WIDTH = 16
CELLS = 8
EXTENT_M = 32.0


def toy_config() -> RewardModelConfig:
    return RewardModelConfig(
        DecoderConfig(
            context_width=WIDTH,
            width=32,
            layers=1,
            heads=2,
            samples=8,
            bev_channels=8,
            bev_tokens=2,
        )
    )


class ToyEncoder(nn.Module):
    """The picture as BEV features, everything else empty."""

    def __init__(self) -> None:
        super().__init__()
        self.lift = nn.Conv2d(3, WIDTH, 1)
        self.ego = nn.Linear(2, WIDTH)

    def forward(self, observation: Observation) -> ContextTokens:
        bev = self.lift(observation.images[:, 0].float() / 255)
        ego = self.ego(observation.ego_velocity[:, -1] / 10)
        nothing = ego.new_zeros(len(ego), 0, WIDTH)
        return ContextTokens(nothing, bev, nothing, nothing, ego, BevArea(EXTENT_M, 0.0))


def toy_observation(count: int, seed: int = 0) -> Observation:
    generator = torch.Generator().manual_seed(seed)
    lit = torch.rand(count, 1, 1, CELLS, CELLS, generator=generator) < 0.3
    images = (255 * lit).to(torch.uint8).expand(count, 1, 3, CELLS, CELLS).contiguous()
    velocity = torch.zeros(count, 4, 2)
    velocity[..., 0] = 10 * torch.rand(count, 1, generator=generator)
    return Observation(
        tokens=tuple(f"toy-{seed}-{k}" for k in range(count)),
        images=images,
        intrinsics=torch.eye(3).expand(count, 1, 3, 3),
        camera_to_ego=torch.eye(4).expand(count, 1, 4, 4),
        ego_poses=torch.zeros(count, 4, 3),
        ego_velocity=velocity,
        ego_acceleration=torch.zeros(count, 4, 2),
        command=torch.eye(4)[torch.ones(count, dtype=torch.long)],
    )


def toy_poses(count: int, proposals: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed + 1)
    speed = 1 + 6.5 * torch.rand(count, proposals, 1, generator=generator)
    heading = 1.2 * torch.rand(count, proposals, 1, generator=generator) - 0.6
    way = speed * 0.5 * torch.arange(1, 9)
    heading = heading.expand_as(way)
    return torch.stack([way * heading.cos(), way * heading.sin(), heading], dim=-1)


def toy_labels(observation: Observation, poses: Tensor) -> CandidateLabels:
    cells = ((poses[..., :2] / EXTENT_M + 1) / 2 * CELLS).long().clamp(0, CELLS - 1)
    scene = torch.arange(len(poses))[:, None, None]
    hit = observation.images[:, 0, 0][scene, cells[..., 0], cells[..., 1]].amax(dim=-1) > 0
    clean = torch.ones(poses.shape[:2])
    nc = 1 - hit.float()
    progress = poses[..., -1, :2].norm(dim=-1) / EXTENT_M
    scores = SubScores(nc, clean, clean, clean, progress, nc, clean, clean, clean * torch.nan)
    source = torch.full(poses.shape[:2], int(Source.VOCABULARY))
    return CandidateLabels(poses, source, scores.stacked())


class ToyDataset(Dataset[LabelledExample]):
    def __init__(self, count: int, proposals: int = 12, seed: int = 0) -> None:
        self.observation = toy_observation(count, seed)
        self.labels = toy_labels(self.observation, toy_poses(count, proposals, seed))

    @property
    def tokens(self) -> tuple[str, ...]:
        return self.observation.tokens

    def __len__(self) -> int:
        return len(self.observation)

    def __getitem__(self, index: int) -> LabelledExample:
        one = slice(index, index + 1)
        labels = CandidateLabels(self.labels.poses[one], self.labels.source[one], self.labels.values[one])
        return LabelledExample(toy_example(self.observation[one]), labels)


def toy_example(observation: Observation) -> Example:
    count = len(observation)
    numbers = torch.zeros(count, 0, dtype=torch.int64)
    targets = PerceptionTargets(
        bev=torch.zeros(count, 7, CELLS, CELLS, dtype=torch.bool),
        boxes=torch.zeros(count, 0, 6),
        box_classes=numbers,
        polylines=torch.zeros(count, 0, 20, 2),
        polyline_classes=numbers,
        longitudinal=torch.zeros(count, dtype=torch.int64),
        lateral=torch.zeros(count, dtype=torch.int64),
    )
    return Example(observation, torch.zeros(count, 8, 3), targets, ("",) * count)
