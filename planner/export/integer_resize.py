"""Resizing of 8-bit pictures as matrix products, to the bit what torch computes.

torch resizes uint8 in integers: weights rounded to 15 bits and a sign, sums shifted back, clamped to a
byte, widths before heights. ONNX has no Lanczos filter, and a filter in floating point would differ
in the last bit of a pixel here and there. Products and sums of such integers are exact in float64.
"""

import torch
from jaxtyping import Float64, UInt8
from torch import Tensor, nn
from torch.nn import functional

WEIGHT_LIMIT = 1 << 15
MOST_BITS = 22


class IntegerResize(nn.Module):
    """Lanczos resizing through a chain of sizes (height, width)."""

    def __init__(self, *sizes: tuple[int, int]) -> None:
        super().__init__()
        steps = []
        for (height, width), (new_height, new_width) in zip(sizes, sizes[1:], strict=False):
            steps += [AxisResize(width, new_width, -1), AxisResize(height, new_height, -2)]
        self.steps = nn.ModuleList(step for step in steps if step.changes)

    def forward(
        self, pictures: UInt8[Tensor, "*batch height width"]
    ) -> Float64[Tensor, "*batch rows columns"]:
        """Whole numbers from 0 to 255."""
        values = pictures.double()
        for step in self.steps:
            values = step(values)
        return values


class AxisResize(nn.Module):
    """Along one axis."""

    weights: Tensor

    def __init__(self, given: int, wanted: int, axis: int) -> None:
        super().__init__()
        self.changes = given != wanted
        self.axis = axis
        weights = lanczos_weights(given, wanted)
        bits = _bits(float(weights.max()))
        self.scale = float(1 << bits)
        whole = (weights * self.scale + torch.copysign(torch.tensor(0.5), weights)).trunc()
        self.register_buffer("weights", whole if axis == -2 else whole.T.contiguous(), persistent=False)

    def forward(
        self, values: Float64[Tensor, "*batch height width"]
    ) -> Float64[Tensor, "*batch rows columns"]:
        total = self.weights @ values if self.axis == -2 else values @ self.weights
        return ((total + self.scale / 2) / self.scale).floor().clamp(0, 255)


def lanczos_weights(given: int, wanted: int) -> Float64[Tensor, "wanted given"]:
    """What share each given pixel has in each wanted one."""
    impulses = torch.eye(given, dtype=torch.float64)[None, None]
    resized = functional.interpolate(
        impulses, size=(wanted, given), mode="lanczos", align_corners=False, antialias=True
    )
    return resized[0, 0]


def _bits(largest: float) -> int:
    """By how many bits weights can be shifted before the largest exceeds 15 bits."""
    bits = 0
    while bits < MOST_BITS and int(0.5 + largest * (1 << (bits + 1))) < WEIGHT_LIMIT:
        bits += 1
    return bits
