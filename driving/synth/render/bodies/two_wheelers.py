"""Bicycles and motorbikes with their riders. Local frame as in ``vehicle_parts``."""

from dataclasses import dataclass

from driving.synth.render.bodies.people import Person
from driving.synth.render.bodies.vehicle_parts import (
    HEAD_GLOW,
    HEAD_LIGHT,
    PLATE,
    TRIM,
    TYRE,
    Triple,
    add_tail_lamp,
)
from driving.synth.render.mesh import Colour, Material, Mesh, MeshBuilder, block, cylinder, ellipsoid

SPOKES: Colour = (0.45, 0.46, 0.47)


@dataclass(frozen=True)
class Seat:
    """Where a rider sits and what the hands hold [m]."""

    x: float
    z: float
    bar: Triple
    bar_half_width: float


def bicycle(length: float, height: float, frame: Colour, person: Person) -> Mesh:
    """A bicycle and the one who rides it; ``height`` is to the helmet's top."""
    builder = MeshBuilder()
    radius = 0.33
    axle = length / 2 - radius
    for x in (-axle, axle):
        tyre = cylinder((x, -0.025, radius), (x, 0.025, radius), radius, sides=12)
        disc = cylinder((x, -0.03, radius), (x, 0.03, radius), 0.25, sides=10)
        builder.add(tyre, Material.MATTE, TYRE)
        builder.add(disc, Material.MATTE, SPOKES)
    saddle, crank, bar = (-0.22, 0, 0.88), (-0.05, 0, 0.30), (0.42 * length - 0.18, 0, 0.98)
    front, rear = (axle, 0, radius), (-axle, 0, radius)
    for start, end in ((saddle, crank), (crank, bar), (saddle, bar), (bar, front), (crank, rear)):
        builder.add(cylinder(start, end, 0.028, sides=5), Material.PAINT, frame)
    _add_bar(builder, bar, 0.26)
    _add_rider(builder, Seat(-0.20, 0.90, bar, 0.26), height, person)
    return builder.build()


def motorbike(length: float, height: float, paint: Colour, person: Person, braking: bool) -> Mesh:
    """A motorbike and its rider; ``height`` is to the helmet's top."""
    builder = MeshBuilder()
    radius = 0.31
    axle, tail_x = length / 2 - radius, 0.12 - length / 2
    for x in (-axle, axle):
        tyre = cylinder((x, -0.07, radius), (x, 0.07, radius), radius, sides=12)
        builder.add(tyre, Material.MATTE, TYRE)
    builder.add(block((0.02, 0, 0.52), (0.55 * length, 0.28, 0.36)), Material.MATTE, TRIM)
    builder.add(ellipsoid((0.12 * length, 0, 0.82), (0.30, 0.17, 0.15)), Material.PAINT, paint)
    builder.add(block((-0.22 * length, 0, 0.80), (0.35 * length, 0.24, 0.12)), Material.PAINT, paint)
    bar = (0.27 * length, 0, 1.02)
    builder.add(cylinder(bar, (axle, 0, radius), 0.05, sides=6), Material.MATTE, TRIM)
    _add_bar(builder, bar, 0.34)
    head_lamp = ellipsoid((bar[0] + 0.10, 0, 0.90), (0.07, 0.10, 0.11))
    builder.add(head_lamp, Material.LAMP, HEAD_LIGHT, glow=HEAD_GLOW)
    add_tail_lamp(builder, (tail_x, 0, 0.78), (0.08, 0.22, 0.12), braking)
    builder.add(block((tail_x, 0, 0.60), (0.03, 0.18, 0.16)), Material.MATTE, PLATE)
    _add_rider(builder, Seat(-0.12 * length, 0.88, bar, 0.33), height, person)
    return builder.build()


def _add_bar(builder: MeshBuilder, bar: Triple, half_width: float) -> None:
    x, _, z = bar
    tube = cylinder((x, -half_width, z + 0.01), (x, half_width, z + 0.01), 0.028, sides=5)
    builder.add(tube, Material.MATTE, TRIM)


def _add_rider(builder: MeshBuilder, seat: Seat, height: float, person: Person) -> None:
    """Someone on the seat, hands on the bar, feet near the crank."""
    shoulder_x, shoulder_z = seat.x + 0.22, height - 0.33
    for side in (-1, 1):
        knee = (seat.x + 0.36, side * 0.14, 0.62 * seat.z + 0.10)
        hand = (seat.bar[0] - 0.02, side * seat.bar_half_width, seat.bar[2] + 0.02)
        thigh = cylinder((seat.x, side * 0.09, seat.z), knee, 0.085, 0.07, sides=6)
        shin = cylinder(knee, (seat.x + 0.16, side * 0.13, 0.22), 0.065, 0.05, sides=6)
        arm = cylinder((shoulder_x, side * 0.19, shoulder_z), hand, 0.055, 0.04, sides=6)
        for limb, colour in ((thigh, person.trousers), (shin, person.trousers), (arm, person.shirt)):
            builder.add(limb, Material.MATTE, colour)
    back = cylinder((seat.x, 0, seat.z - 0.05), (shoulder_x, 0, shoulder_z + 0.05), 0.15, 0.18)
    builder.add(back, Material.MATTE, person.shirt)
    head_x = shoulder_x + 0.08
    builder.add(ellipsoid((head_x, 0, height - 0.16), (0.10, 0.09, 0.13)), Material.MATTE, person.skin)
    builder.add(
        ellipsoid((head_x - 0.02, 0, height - 0.10), (0.14, 0.12, 0.10)), Material.PAINT, person.helmet
    )
