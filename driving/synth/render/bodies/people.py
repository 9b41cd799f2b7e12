"""Pedestrians in mid-stride. Local frame as in ``vehicle_parts``."""

from dataclasses import dataclass

import numpy as np

from driving.synth.render.bodies.vehicle_parts import TRIM
from driving.synth.render.look import CLOTHES, HAIRS, HELMETS, SKINS, TROUSERS
from driving.synth.render.mesh import Colour, Material, Mesh, MeshBuilder, block, cylinder, ellipsoid


@dataclass(frozen=True)
class Person:
    """What somebody wears and is, as far as colours tell."""

    shirt: Colour
    trousers: Colour
    skin: Colour
    hair: Colour
    helmet: Colour


def dress(colour_seed: int) -> Person:
    """The person of this seed."""
    return Person(
        shirt=CLOTHES[colour_seed % len(CLOTHES)],
        trousers=TROUSERS[colour_seed // 3 % len(TROUSERS)],
        skin=SKINS[colour_seed // 5 % len(SKINS)],
        hair=HAIRS[colour_seed // 7 % len(HAIRS)],
        helmet=HELMETS[colour_seed // 2 % len(HELMETS)],
    )


def pedestrian(height: float, person: Person, phase_rad: float) -> Mesh:
    """A walking person; ``phase_rad`` turns once over two steps, 0 is standing."""
    builder = MeshBuilder()
    swing = 0.17 * height * np.sin(phase_rad)
    hip, shoulder = 0.48 * height, 0.82 * height
    for side in (-1, 1):
        foot_x, y = side * swing, side * 0.09
        leg = cylinder((foot_x, y, 0.0), (0, y, hip), 0.062, 0.085, sides=6)
        builder.add(leg, Material.MATTE, person.trousers)
        builder.add(block((foot_x + 0.05, y, 0.04), (0.24, 0.10, 0.08)), Material.MATTE, TRIM)
        hand = (-0.8 * side * swing, side * 0.25, 0.44 * height)
        arm = cylinder(hand, (0, side * 0.21, shoulder), 0.042, 0.055, sides=6)
        builder.add(arm, Material.MATTE, person.shirt)
        builder.add(ellipsoid(hand, (0.05, 0.05, 0.06), sides=5, rows=3), Material.MATTE, person.skin)
    waist, chest = hip - 0.05, (shoulder - hip + 0.05) / 2 + 0.07
    torso = ellipsoid((0, 0, (waist + shoulder) / 2 + 0.02), (0.125, 0.20, chest), sides=8, rows=6)
    neck = cylinder((0, 0, shoulder - 0.05), (0, 0, 0.90 * height), 0.05, sides=6)
    head = ellipsoid((0, 0, 0.925 * height), (0.095, 0.085, 0.075 * height), sides=7, rows=5)
    hair = ellipsoid((-0.02, 0, 0.95 * height), (0.105, 0.10, 0.05 * height), sides=7, rows=4)
    for solid, colour in (
        (torso, person.shirt),
        (neck, person.skin),
        (head, person.skin),
        (hair, person.hair),
    ):
        builder.add(solid, Material.MATTE, colour)
    return builder.build()
