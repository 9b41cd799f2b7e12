"""Matrix products resize pictures to the bit as torch does."""

import pytest
import torch
from torch.nn import functional

from planner.export.integer_resize import IntegerResize

SIZES = [
    ((128, 224), (36, 64)),
    ((36, 64), (64, 64)),
    ((32, 64), (16, 32)),
    ((100, 37), (64, 24)),
    ((9, 9), (9, 9)),
]


@pytest.mark.parametrize(("given", "wanted"), SIZES)
def test_every_bit_is_torchs(given: tuple[int, int], wanted: tuple[int, int]) -> None:
    generator = torch.Generator().manual_seed(0)
    pictures = torch.randint(0, 256, (4, 3, *given), dtype=torch.uint8, generator=generator)
    pictures[0] = pictures[0] // 128 * 255  # black and white: sums leave the byte
    expected = functional.interpolate(
        pictures, size=wanted, mode="lanczos", align_corners=False, antialias=True
    )
    assert torch.equal(IntegerResize(given, wanted)(pictures), expected.double())


def test_a_chain_of_sizes_rounds_after_each() -> None:
    pictures = torch.randint(0, 256, (2, 3, 40, 60), dtype=torch.uint8)
    chain, first, second = (
        IntegerResize(*sizes)
        for sizes in (((40, 60), (20, 30), (30, 30)), ((40, 60), (20, 30)), ((20, 30), (30, 30)))
    )
    assert torch.equal(chain(pictures), second(first(pictures).byte()))
