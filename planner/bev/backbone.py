"""Camera images -> one feature map a camera, by a timm backbone and a small feature pyramid."""

from dataclasses import dataclass

import timm
import torch
from jaxtyping import Float, UInt8
from timm.models import FeatureInfo
from torch import Tensor, nn
from torch.nn import functional

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


@dataclass
class BackboneConfig:
    """Which timm network, and which of its levels."""

    name: str = "lcnet_050"
    """Any timm model with ``features_only``; ``ese_vovnet99b`` on real data."""
    pretrained: bool = False
    """Fetch ImageNet weights (needs the network)."""
    strides: tuple[int, ...] = (8, 16, 32)
    """Levels to fuse, ascending; the result has the first one's resolution."""

    def __post_init__(self) -> None:
        self.strides = tuple(self.strides)
        if not self.strides or list(self.strides) != sorted(set(self.strides)):
            raise ValueError(f"strides must be ascending and not empty, got {self.strides}")


class ImageBackbone(nn.Module):
    """timm features at several strides, projected to one width and summed at the finest."""

    scale: Tensor
    shift: Tensor

    def __init__(self, config: BackboneConfig, width: int) -> None:
        super().__init__()
        levels = tuple(stride.bit_length() - 2 for stride in config.strides)
        self.network = timm.create_model(
            config.name, pretrained=config.pretrained, features_only=True, out_indices=levels
        )
        info: FeatureInfo = self.network.feature_info  # type: ignore[assignment]
        reductions = tuple(info.reduction())
        if reductions != config.strides:
            raise ValueError(f"{config.name} has strides {reductions}, not {config.strides}")
        self.project = nn.ModuleList(nn.Conv2d(given, width, 1) for given in info.channels())
        std, mean = torch.tensor(IMAGENET_STD), torch.tensor(IMAGENET_MEAN)
        self.register_buffer("scale", (1 / (255 * std)).view(3, 1, 1))
        self.register_buffer("shift", (-mean / std).view(3, 1, 1))
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def forward(self, images: UInt8[Tensor, "B N 3 H W"]) -> Float[Tensor, "B N D h w"]:
        flat = images.flatten(0, 1).to(self.scale.dtype, memory_format=torch.channels_last)
        levels = self.network(flat.mul_(self.scale).add_(self.shift))
        fused = self.project[0](levels[0])
        for project, level in zip(list(self.project)[1:], levels[1:], strict=True):
            fused = fused + functional.interpolate(project(level), size=fused.shape[-2:])
        return fused.unflatten(0, images.shape[:2])
