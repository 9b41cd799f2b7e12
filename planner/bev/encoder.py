"""Camera feature maps -> a bird's-eye-view grid, by looking up where each cell's pillar is seen.

For every cell of the grid, points at several heights are projected into every camera with the given
calibration; the image features found there are averaged over the cameras that see the point, the
heights are joined, and convolutions fill in the rest. This is BEVFormer's spatial sampling
(arXiv 2203.17270) with fixed sampling points: deterministic, and cheap without a GPU.

Frame: ego, metres, from the rear axle, z from the ground. Row index grows with x, column index
with y.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn import functional

from driving.bev_area import BevArea
from driving.observation import Observation

NEAREST_DEPTH_M = 0.5


@dataclass
class BevConfig:
    """Size of the grid and of the pillars."""

    extent_m: float = BevArea.extent_m
    """Half the side of the square that the grid covers."""
    ahead_m: float = BevArea.ahead_m
    """How far ahead of the rear axle the square's middle lies."""
    cells: int = 32
    """Cells along each axis."""
    heights_m: tuple[float, ...] = (0.0, 1.0, 2.5, 5.0)
    """Where each pillar is looked up: z of the ego frame, 0 on the ground."""
    convolutions: int = 3
    """Residual convolution blocks on the grid."""

    def __post_init__(self) -> None:
        self.heights_m = tuple(self.heights_m)
        if self.extent_m <= 0 or self.cells < 4 or not self.heights_m:
            raise ValueError(
                f"a grid of {self.cells} cells over {self.extent_m} m at heights {self.heights_m}"
            )

    @property
    def area(self) -> BevArea:
        """What the grid covers."""
        return BevArea(self.extent_m, self.ahead_m)


class BevEncoder(nn.Module):
    """Pillar lookup and convolutions."""

    points: Tensor

    def __init__(self, config: BevConfig, width: int) -> None:
        super().__init__()
        self.config = config
        self.register_buffer("points", pillar_points(config), persistent=False)
        self.position = nn.Parameter(torch.randn(width, config.cells, config.cells) * 0.02)
        self.join = nn.Linear((width + 1) * len(config.heights_m), width)
        self.blocks = nn.ModuleList(ConvBlock(width) for _ in range(config.convolutions))
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def forward(
        self, features: Float[Tensor, "B N D h w"], observation: Observation
    ) -> Float[Tensor, "B D H W"]:
        return self.fill(look_up_pillars(features, look(self.points, observation)))

    def fill(self, pillars: Float[Tensor, "B points D+1"]) -> Float[Tensor, "B D H W"]:
        """The grid from what was found at the pillar points."""
        cells = self.config.cells
        joined = self.join(pillars.unflatten(1, (cells, cells, -1)).flatten(3))
        bev = joined.permute(0, 3, 1, 2) + self.position
        for block in self.blocks:
            bev = block(bev)
        return bev


class ConvBlock(nn.Module):
    """A residual bottleneck: down to half the width, 3x3 convolution, up again."""

    def __init__(self, width: int) -> None:
        super().__init__()
        half = width // 2
        self.net = nn.Sequential(
            nn.Conv2d(width, half, 1, bias=False),
            nn.GroupNorm(4, half),
            nn.GELU(),
            nn.Conv2d(half, half, 3, padding=1, bias=False),
            nn.GroupNorm(4, half),
            nn.GELU(),
            nn.Conv2d(half, width, 1),
        )

    def forward(self, grid: Float[Tensor, "B D H W"]) -> Float[Tensor, "B D H W"]:
        return grid + self.net(grid)


@dataclass(frozen=True)
class Sight:
    """Where pillar points land in the pictures."""

    place: Float[Tensor, "B N points 2"]
    """Picture coordinates (right, down) as fractions of the picture, in [0, 1] where seen."""
    seen: Bool[Tensor, "B N points"]


def pillar_points(config: BevConfig) -> Float[Tensor, "points 3"]:
    """Ego coordinates of all pillar points, ordered row (x), column (y), height."""
    middles = (torch.arange(config.cells) + 0.5) * 2 / config.cells - 1
    rows, columns = config.area.to_metres(torch.stack([middles, middles], dim=-1)).unbind(dim=-1)
    x, y, z = torch.meshgrid(rows, columns, torch.tensor(config.heights_m), indexing="ij")
    return torch.stack([x, y, z], dim=-1).reshape(-1, 3)


def look(points_in_ego: Float[Tensor, "points 3"], observation: Observation) -> Sight:
    """Project ego points through the observation's pinhole cameras."""
    rotation = observation.camera_to_ego[..., :3, :3]
    translation = observation.camera_to_ego[..., :3, 3]
    ray = points_in_ego - translation[:, :, None]
    in_camera = ray @ rotation
    depth = in_camera[..., 2:]
    pixels = (in_camera / depth.clamp(min=NEAREST_DEPTH_M)) @ observation.intrinsics.mT
    height, width = observation.images.shape[-2:]
    place = pixels[..., :2] / pixels.new_tensor([width, height])
    inside = ((place >= 0) & (place <= 1)).all(dim=-1)
    return Sight(place, inside & (depth.squeeze(-1) > NEAREST_DEPTH_M))


def look_up_pillars(features: Float[Tensor, "B N D h w"], sight: Sight) -> Float[Tensor, "B points D+1"]:
    """Features at pillar points, the mean over the cameras that see each; last, whether one does.

    Bilinear, and only for what is seen (a sixth of the pairs of point and camera, most often), so
    it is an embedding bag over the pixels and not ``grid_sample`` over everything.
    """
    batch, cameras, channels, height, width = features.shape
    scene, camera, point = sight.seen.nonzero().unbind(dim=-1)
    place = sight.place[scene, camera, point] * place_scale(features) - 0.5
    corner = place.floor()
    along, down = (place - corner).unbind(dim=-1)
    column, row = corner.long().unbind(dim=-1)
    rows = torch.stack([row, row, row + 1, row + 1], dim=-1)
    columns = torch.stack([column, column + 1, column, column + 1], dim=-1)
    weights = torch.stack(
        [(1 - along) * (1 - down), along * (1 - down), (1 - along) * down, along * down], dim=-1
    )
    picture = ((scene * cameras + camera) * height)[:, None]
    pixels = (picture + rows.clamp(0, height - 1)) * width + columns.clamp(0, width - 1)
    table = features.permute(0, 1, 3, 4, 2).reshape(-1, channels)
    found = functional.embedding_bag(pixels, table, mode="sum", per_sample_weights=weights)
    times = sight.seen.sum(dim=1)
    found = found / times[scene, point][:, None]
    target = features.new_zeros(batch * times.shape[1], channels)
    pillars = target.index_add(0, scene * times.shape[1] + point, found)
    known = (times > 0).to(features.dtype)[..., None]
    return torch.cat([pillars.unflatten(0, (batch, -1)), known], dim=-1)


def place_scale(features: Float[Tensor, "B N D h w"]) -> Float[Tensor, "2"]:
    """Columns and rows of a feature map."""
    return features.new_tensor([features.shape[-1], features.shape[-2]])
