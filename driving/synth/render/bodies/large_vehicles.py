"""Trucks and buses, built to fill their box."""

import numpy as np

from driving.synth.render.bodies.vehicle_parts import (
    TRIM,
    WINDOW,
    Triple,
    add_head_lamp,
    add_tail_lamp,
    add_wheels,
)
from driving.synth.render.mesh import Colour, Material, Mesh, MeshBuilder, block

BOX_BODY: Colour = (0.88, 0.88, 0.86)
BOARD: Colour = (0.95, 0.70, 0.15)


def truck(length: float, width: float, height: float, paint: Colour, braking: bool) -> Mesh:
    """A box truck: cab in its paint, pale box behind it."""
    builder = MeshBuilder()

    def add(material: Material, colour: Colour, centre: Triple, size: Triple) -> None:
        builder.add(block(centre, size), material, colour)

    cab_length, cab_height = min(2.2, 0.30 * length), 0.80 * height
    cab_x, glass_z = (length - cab_length) / 2, 0.66 * cab_height
    box_length = length - cab_length - 0.25
    box_x, box_z = (box_length - length) / 2, (height + 0.85) / 2
    add(
        Material.PAINT,
        paint,
        (cab_x - 0.02, 0, (cab_height + 0.45) / 2),
        (cab_length - 0.04, 0.95 * width, cab_height - 0.45),
    )
    add(Material.GLASS, WINDOW, (cab_x, 0, glass_z), (cab_length, 0.86 * width, 0.32 * cab_height))
    add(
        Material.GLASS,
        WINDOW,
        (cab_x + 0.15, 0, glass_z),
        (0.5 * cab_length, 0.97 * width, 0.28 * cab_height),
    )
    add(Material.PAINT, BOX_BODY, (box_x + 0.01, 0, box_z), (box_length - 0.02, width, height - 0.85))
    add(Material.MATTE, TRIM, (box_x, 0, box_z), (box_length, 0.03, height - 1.0))
    add(Material.MATTE, TRIM, (-0.04 * length, 0, 0.68), (0.9 * length, 0.5 * width, 0.3))
    add(Material.MATTE, TRIM, (length / 2 - 0.07, 0, 0.50), (0.14, 0.93 * width, 0.28))
    _add_lamps(builder, length, width, 0.74, 0.72, braking)
    add_wheels(builder, length, width, radius=0.46, axles=(-0.30, cab_x / length))
    return builder.build()


def bus(length: float, width: float, height: float, paint: Colour, braking: bool) -> Mesh:
    """A city bus with a band of windows and a lit destination board."""
    builder = MeshBuilder()

    def add(material: Material, colour: Colour, centre: Triple, size: Triple) -> None:
        builder.add(block(centre, size), material, colour)

    nose, window_z = length / 2, 0.62 * height
    add(Material.PAINT, paint, (0, 0, (height + 0.32) / 2), (0.985 * length, 0.98 * width, height - 0.32))
    add(Material.GLASS, WINDOW, (0, 0, window_z), (0.93 * length, 0.99 * width, 0.30 * height))
    for x in np.linspace(-0.42, 0.42, max(3, int(length / 1.9))):
        add(Material.PAINT, paint, (float(x) * length, 0, window_z), (0.10, width, 0.30 * height))
    add(Material.GLASS, WINDOW, (nose - 0.09, 0, 0.56 * height), (0.12, 0.90 * width, 0.44 * height))
    add(Material.GLASS, WINDOW, (0.09 - nose, 0, 0.66 * height), (0.12, 0.80 * width, 0.22 * height))
    builder.add(
        block((nose - 0.06, 0, 0.88 * height), (0.10, 0.6 * width, 0.09 * height)),
        Material.LAMP,
        BOARD,
        glow=1.0,
    )
    for side in (-1, 1):
        for x in (0.36, -0.05):
            add(
                Material.GLASS,
                WINDOW,
                (x * length, side * width * 0.493, 0.42 * height),
                (1.2, 0.03, 0.66 * height),
            )
    _add_lamps(builder, length, width, 0.80, 0.95, braking)
    add_wheels(builder, length, width, radius=0.48, axles=(-0.27, 0.33))
    return builder.build()


def _add_lamps(
    builder: MeshBuilder, length: float, width: float, head_z: float, tail_z: float, braking: bool
) -> None:
    for side in (-1, 1):
        add_head_lamp(builder, (length / 2 - 0.05, side * 0.36 * width, head_z), (0.10, 0.32, 0.20))
        add_tail_lamp(builder, (0.04 - length / 2, side * 0.42 * width, tail_z), (0.08, 0.26, 0.30), braking)
