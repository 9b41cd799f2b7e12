"""Lamps, plates and wheels that vehicles share.

Local frame of all bodies: origin on the ground under the middle of the box, x forward, y left [m].
"""

from driving.synth.render.mesh import Colour, Material, MeshBuilder, block, cylinder

TYRE: Colour = (0.10, 0.10, 0.11)
HUB: Colour = (0.62, 0.63, 0.65)
WINDOW: Colour = (0.16, 0.18, 0.21)
TRIM: Colour = (0.13, 0.13, 0.14)
PLATE: Colour = (0.93, 0.92, 0.86)
HEAD_LIGHT: Colour = (1.0, 0.98, 0.92)
HEAD_GLOW = 0.9
TAIL_DARK: Colour = (0.52, 0.03, 0.03)
TAIL_BRAKING: Colour = (1.0, 0.13, 0.08)
TAIL_GLOW, BRAKING_GLOW = 0.15, 3.0

Triple = tuple[float, float, float]


def add_head_lamp(builder: MeshBuilder, centre: Triple, size: Triple) -> None:
    """A lamp lit by day."""
    builder.add(block(centre, size), Material.LAMP, HEAD_LIGHT, glow=HEAD_GLOW)


def add_tail_lamp(builder: MeshBuilder, centre: Triple, size: Triple, braking: bool) -> None:
    """Deep red by day, bright when braking."""
    colour, glow = (TAIL_BRAKING, BRAKING_GLOW) if braking else (TAIL_DARK, TAIL_GLOW)
    builder.add(block(centre, size), Material.LAMP, colour, glow=glow)


def add_wheels(
    builder: MeshBuilder, length: float, width: float, radius: float, axles: tuple[float, ...]
) -> None:
    """Two wheels on each axle; ``axles``: x / length."""
    for axle in axles:
        for side in (-1, 1):
            x, outer, inner = axle * length, side * (width / 2 - 0.005), side * (width / 2 - 0.24)
            tyre = cylinder((x, inner, radius), (x, outer, radius), radius, sides=12)
            rim = cylinder(
                (x, outer - side * 0.05, radius), (x, outer + side * 0.006, radius), 0.58 * radius, sides=10
            )
            builder.add(tyre, Material.MATTE, TYRE)
            builder.add(rim, Material.MATTE, HUB)
