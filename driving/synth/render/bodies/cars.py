"""Passenger cars, built to fill their box: "car", "suv" and "van"."""

from dataclasses import dataclass

import numpy as np

from driving.synth.render.bodies.vehicle_parts import (
    PLATE,
    TRIM,
    WINDOW,
    add_head_lamp,
    add_tail_lamp,
    add_wheels,
)
from driving.synth.render.mesh import Colour, Material, Mesh, MeshBuilder, Solid, block, loft, quad

SILL_M = 0.20
"""Height of the body's lower edge."""
PILLAR_LIFT_M = 0.012
"""Paint strips lie this far outside the side windows."""


@dataclass(frozen=True)
class BodyShape:
    """Proportions of a car.

    sections: the body from tail to nose; x / length, foot above the sill [m], share of the beltline's
    height, share of the width. rear_foot to front_foot: x / length of the cabin's corners;
    belt: beltline / height; roof: roof's width / width.
    """

    sections: tuple[tuple[float, float, float, float], ...]
    rear_foot: float
    rear_head: float
    front_head: float
    front_foot: float
    belt: float
    roof: float


SHAPES = {
    "car": BodyShape(
        ((-0.490, 0.10, 0.84, 0.84), (-0.475, 0.02, 0.97, 0.95), (-0.22, 0.0, 1.0, 1.0),
         (0.16, 0.0, 0.98, 1.0), (0.43, 0.0, 0.82, 0.97), (0.485, 0.08, 0.64, 0.82)),
        rear_foot=-0.43, rear_head=-0.26, front_head=0.05, front_foot=0.23, belt=0.60, roof=0.74,
    ),
    "suv": BodyShape(
        ((-0.490, 0.06, 0.95, 0.90), (-0.480, 0.02, 1.0, 0.97), (-0.22, 0.0, 1.0, 1.0),
         (0.18, 0.0, 1.0, 1.0), (0.45, 0.0, 0.90, 0.97), (0.485, 0.06, 0.76, 0.88)),
        rear_foot=-0.48, rear_head=-0.43, front_head=0.09, front_foot=0.26, belt=0.58, roof=0.82,
    ),
    "van": BodyShape(
        ((-0.492, 0.04, 1.0, 0.95), (-0.485, 0.02, 1.0, 0.98), (-0.22, 0.0, 1.0, 1.0),
         (0.25, 0.0, 1.0, 1.0), (0.46, 0.0, 0.92, 0.97), (0.485, 0.06, 0.78, 0.88)),
        rear_foot=-0.49, rear_head=-0.47, front_head=0.22, front_foot=0.40, belt=0.54, roof=0.82,
    ),
}  # fmt: skip


def car(style: str, length: float, width: float, height: float, paint: Colour, braking: bool) -> Mesh:
    """A car of one of the styles in SHAPES."""
    builder = MeshBuilder()
    shape = SHAPES[style]
    belt = shape.belt * height
    rings = [
        _body_ring(x * length, SILL_M + foot, SILL_M + (belt - SILL_M) * top, wide * width)
        for x, foot, top, wide in shape.sections
    ]
    builder.add(loft(rings), Material.PAINT, paint)
    builder.add(block((0, 0, SILL_M + 0.03), (0.9 * length, 0.96 * width, 0.14)), Material.MATTE, TRIM)
    _add_cabin(builder, shape, length, width, height, paint)
    if style == "van":
        for panel in _side_strips(shape, length, width, height, -0.28, -0.27, 0.38 * length):
            builder.add(panel, Material.PAINT, paint)
    _add_lamps_and_plates(builder, length, width, belt, braking)
    add_wheels(builder, length, width, radius=0.33, axles=(-0.30, 0.31))
    return builder.build()


def _body_ring(x: float, bottom: float, top: float, width: float) -> np.ndarray:
    half, middle = width / 2, (bottom + top) / 2
    outline = ((-0.94, bottom), (0.94, bottom), (1.0, middle), (0.90, top), (-0.90, top), (-1.0, middle))
    return np.array([(x, y * half, z) for y, z in outline])


def _add_cabin(
    builder: MeshBuilder, shape: BodyShape, length: float, width: float, height: float, paint: Colour
) -> None:
    """Glass all round, a roof, and three painted pillars a side."""
    (foot_y, belt), (head_y, roof) = _cabin_profile(shape, width, height)
    rear, front = (
        np.array([(foot, -foot_y, belt), (foot, foot_y, belt), (head, head_y, roof), (head, -head_y, roof)])
        for foot, head in (
            (shape.rear_foot * length, shape.rear_head * length),
            (shape.front_foot * length, shape.front_head * length),
        )
    )
    builder.add(loft([rear, front]), Material.GLASS, WINDOW)
    roof_x, roof_length = (shape.rear_head + shape.front_head) / 2, shape.front_head - shape.rear_head
    lid = block((roof_x * length, 0, 0.985 * height), (roof_length * length, 2 * head_y, 0.03 * height))
    builder.add(lid, Material.PAINT, paint)
    middle = (shape.rear_foot + shape.front_foot) / 2 + 0.02
    for foot, head, wide in (
        (shape.rear_foot + 0.02, shape.rear_head + 0.015, 0.16),
        (middle, middle - 0.01, 0.12),
        (shape.front_foot - 0.015, shape.front_head - 0.012, 0.11),
    ):
        for strip in _side_strips(shape, length, width, height, foot, head, wide):
            builder.add(strip, Material.PAINT, paint)


def _cabin_profile(
    shape: BodyShape, width: float, height: float
) -> tuple[tuple[float, float], tuple[float, float]]:
    """(half width, height) of the cabin at the beltline and under the roof."""
    return (0.45 * width, shape.belt * height * 0.985), (shape.roof / 2 * width, 0.975 * height)


def _side_strips(
    shape: BodyShape, length: float, width: float, height: float, foot: float, head: float, wide: float
) -> list[Solid]:
    """A strip over the side windows, right and left; foot and head in x / length, ``wide`` in metres."""
    (foot_y, belt), (head_y, roof) = _cabin_profile(shape, width, height)
    strips = []
    for side in (-1, 1):
        low, high = side * (foot_y + PILLAR_LIFT_M), side * (head_y + PILLAR_LIFT_M)
        corners = [(foot * length - wide / 2, low, belt), (foot * length + wide / 2, low, belt)]
        corners += [(head * length + wide / 2, high, roof), (head * length - wide / 2, high, roof)]
        strips.append(quad(np.array(corners)))
    return strips


def _add_lamps_and_plates(
    builder: MeshBuilder, length: float, width: float, belt: float, braking: bool
) -> None:
    nose, tail = length / 2, -length / 2
    for side in (-1, 1):
        add_head_lamp(builder, (nose - 0.07, side * 0.31 * width, 0.60 * belt), (0.14, 0.19 * width, 0.13))
        add_tail_lamp(
            builder, (tail + 0.05, side * 0.34 * width, 0.80 * belt), (0.10, 0.20 * width, 0.15), braking
        )
    add_tail_lamp(builder, (tail + 0.06, 0, belt * 1.02), (0.06, 0.32 * width, 0.05), braking)
    builder.add(block((nose - 0.06, 0, 0.50 * belt), (0.09, 0.60 * width, 0.16)), Material.MATTE, TRIM)
    builder.add(block((nose - 0.02, 0, 0.46 * belt), (0.04, 0.46, 0.11)), Material.MATTE, PLATE)
    builder.add(block((tail + 0.02, 0, 0.55 * belt), (0.04, 0.50, 0.12)), Material.MATTE, PLATE)
