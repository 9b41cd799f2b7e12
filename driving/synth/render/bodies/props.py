"""What stands in the way: cones, barriers, construction signs, bins, hydrants.

Local frame as in ``vehicle_parts``; built to fill the box.
"""

import numpy as np

from driving.synth.render.mesh import Colour, Material, Mesh, MeshBuilder, block, cylinder, ellipsoid, quad

ORANGE: Colour = (0.98, 0.42, 0.06)
WHITE: Colour = (0.95, 0.95, 0.93)
STEEL: Colour = (0.45, 0.46, 0.48)
RED: Colour = (0.80, 0.10, 0.08)
BINS: tuple[Colour, ...] = ((0.16, 0.30, 0.20), (0.20, 0.24, 0.32), (0.30, 0.30, 0.31))


def cone(length: float, width: float, height: float) -> Mesh:
    """An orange traffic cone with a white band, brightened as if it reflected."""
    builder = MeshBuilder()
    radius = 0.40 * min(length, width)
    builder.add(block((0, 0, 0.03), (length, width, 0.06)), Material.MATTE, ORANGE)
    for foot, head, colour in ((0.06, 0.45, ORANGE), (0.45, 0.72, WHITE), (0.72, 1.0, ORANGE)):
        low, high = foot * height, head * height
        shape = cylinder((0, 0, low), (0, 0, high), radius * (1.06 - foot), radius * (1.06 - head), sides=10)
        builder.add(shape, Material.LAMP, colour, glow=0.25)
    return builder.build()


def barrier(length: float, width: float, height: float) -> Mesh:
    """A construction barrier along its longer side, striped orange and white."""
    builder = MeshBuilder()
    along_x = length >= width
    span, depth = (length, width) if along_x else (width, length)
    pieces = [(block((s * (span / 2 - 0.12), 0, height / 2), (0.10, depth, height)), STEEL) for s in (-1, 1)]
    stripes = max(3, round(span / 0.35))
    step = span / stripes
    for low, high in ((0.58, 1.0), (0.12, 0.44)):
        for i in range(stripes):
            centre = (-span / 2 + (i + 0.5) * step, 0, (low + high) / 2 * height)
            plank = block(centre, (step, 0.4 * depth, (high - low) * height))
            pieces.append((plank, ORANGE if i % 2 == 0 else WHITE))
    for (vertices, faces), colour in pieces:
        turned = vertices if along_x else np.stack([-vertices[:, 1], vertices[:, 0], vertices[:, 2]], 1)
        builder.add((turned, faces), Material.MATTE, colour)
    return builder.build()


def construction_sign(length: float, width: float, height: float) -> Mesh:
    """An orange diamond on a tripod, facing along x."""
    builder = MeshBuilder()
    half = min(0.5 * max(width, 0.5), 0.36 * height)
    centre = height - half
    for x, y in ((0.4 * length, 0.0), (-0.4 * length, 0.35 * width), (-0.4 * length, -0.35 * width)):
        builder.add(cylinder((x, y, 0), (0, 0, centre), 0.025, sides=5), Material.MATTE, STEEL)
    for size, thick, colour, glow in ((1.0, 0.04, (0.08, 0.08, 0.08), 0.0), (0.90, 0.06, ORANGE, 0.3)):
        builder.add(_diamond(half * size, thick, centre), Material.LAMP, colour, glow=glow)
    for z in (-0.16, 0.10):
        bar = block((0, 0, centre + z * half), (0.075, 0.7 * half, 0.14 * half))
        builder.add(bar, Material.MATTE, (0.08, 0.08, 0.08))
    return builder.build()


def litter_bin(length: float, width: float, height: float, colour_seed: int) -> Mesh:
    """A wheeled bin with a lid."""
    builder = MeshBuilder()
    colour = BINS[colour_seed % len(BINS)]
    builder.add(
        block((0, 0, 0.46 * height), (0.88 * length, 0.88 * width, 0.92 * height)), Material.MATTE, colour
    )
    builder.add(
        block((0, 0, 0.95 * height), (length, width, 0.10 * height)), Material.MATTE, (0.08, 0.08, 0.09)
    )
    return builder.build()


def hydrant(length: float, width: float, height: float) -> Mesh:
    """A red fire hydrant."""
    builder = MeshBuilder()
    radius = 0.30 * min(length, width)
    builder.add(cylinder((0, 0, 0), (0, 0, 0.8 * height), radius, sides=8), Material.PAINT, RED)
    builder.add(
        ellipsoid((0, 0, 0.8 * height), (1.15 * radius, 1.15 * radius, 0.2 * height)), Material.PAINT, RED
    )
    builder.add(
        cylinder((0, -width / 2, 0.55 * height), (0, width / 2, 0.55 * height), 0.5 * radius, sides=6),
        Material.PAINT,
        RED,
    )
    return builder.build()


def _diamond(half: float, thick: float, z: float) -> tuple[np.ndarray, np.ndarray]:
    outline = np.array([(0, -half, 0), (0, 0, half), (0, half, 0), (0, 0, -half)], float) + (0, 0, z)
    front, front_faces = quad(outline + (thick / 2, 0, 0))
    back, back_faces = quad(outline - (thick / 2, 0, 0))
    return np.concatenate([front, back]), np.concatenate([front_faces, back_faces + 4])
