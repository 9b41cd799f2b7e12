"""Triangle meshes with a material per triangle, and the few solids everything is made of.

Solids return (vertices (V, 3), faces (F, 3)) in metres, z up. Colours are sRGB in 0..1 where they
are written down and linear light once a mesh is built.
"""

from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from jaxtyping import Float, Float32, Int, Int32

Solid = tuple[Float[np.ndarray, "V 3"], Int[np.ndarray, "F 3"]]
Colour = tuple[float, float, float]


class Material(IntEnum):
    """How light leaves a surface; the shading kernel branches on it."""

    MATTE = 0
    FACADE = 1
    PAINT = 2
    GLASS = 3
    FOLIAGE = 4
    LAMP = 5
    """Matte with a glow of its own."""
    LENS = 6
    """Glow only: a signal's lens, black when off."""


@dataclass(frozen=True)
class Mesh:
    """Triangles ready to be cast and shaded.

    ``colour`` is linear light; ``glow`` times it is light of the surface's own; ``style`` seeds a
    facade; ``part`` tells the pieces of a thing apart, so that edges between them can be smoothed.
    """

    vertices: Float32[np.ndarray, "V 3"]
    faces: Int32[np.ndarray, "F 3"]
    material: Int32[np.ndarray, "F"]
    colour: Float32[np.ndarray, "F 3"]
    glow: Float32[np.ndarray, "F"]
    style: Int32[np.ndarray, "F"]
    part: Int32[np.ndarray, "F"]

    @property
    def normals(self) -> Float32[np.ndarray, "F 3"]:
        """Unit normals; their sign follows the winding and is not to be trusted."""
        a, b, c = (self.vertices[self.faces[:, corner]] for corner in range(3))
        normal = np.cross(b - a, c - a)
        return (normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)).astype(np.float32)


@dataclass
class MeshBuilder:
    """Collects solids, then makes one Mesh of them."""

    pieces: list[Mesh] = field(default_factory=list)
    face_count: int = 0

    def add(
        self, solid: Solid, material: Material, colour: Colour, glow: float = 0.0, style: int = 0
    ) -> range:
        """Adds a solid of one material; returns the numbers its faces will have in the built mesh."""
        vertices, faces = solid
        count, first = len(faces), self.face_count
        self.face_count += count
        self.pieces.append(
            Mesh(
                vertices=np.asarray(vertices, np.float32),
                faces=np.asarray(faces, np.int32),
                material=np.full(count, material, np.int32),
                colour=np.tile(to_linear(colour), (count, 1)),
                glow=np.full(count, glow, np.float32),
                style=np.full(count, style, np.int32),
                part=np.zeros(count, np.int32),
            )
        )
        return range(first, first + count)

    def build(self) -> Mesh:
        return join(self.pieces)


def join(meshes: list[Mesh]) -> Mesh:
    """One mesh of several; each of them becomes parts of its own."""
    if not meshes:
        return EMPTY
    vertex_start = np.cumsum([0] + [len(mesh.vertices) for mesh in meshes[:-1]])
    part_start = np.cumsum([0] + [int(mesh.part.max(initial=0)) + 1 for mesh in meshes[:-1]])
    return Mesh(
        vertices=np.concatenate([mesh.vertices for mesh in meshes]),
        faces=np.concatenate([m.faces + start for m, start in zip(meshes, vertex_start, strict=True)]).astype(
            np.int32
        ),
        material=np.concatenate([mesh.material for mesh in meshes]),
        colour=np.concatenate([mesh.colour for mesh in meshes]),
        glow=np.concatenate([mesh.glow for mesh in meshes]),
        style=np.concatenate([mesh.style for mesh in meshes]),
        part=np.concatenate([m.part + start for m, start in zip(meshes, part_start, strict=True)]).astype(
            np.int32
        ),
    )


def place(solid: Solid, x: float, y: float, heading: float, z: float = 0.0) -> Solid:
    """The solid turned by ``heading`` and moved to (x, y, z)."""
    vertices, faces = solid
    return place_vertices(vertices, x, y, heading, z), faces


def place_vertices(vertices: np.ndarray, x: float, y: float, heading: float, z: float = 0.0) -> np.ndarray:
    """Vertices (V, 3) turned by ``heading`` about the z axis and moved to (x, y, z)."""
    cos, sin = np.cos(heading), np.sin(heading)
    turned_x = cos * vertices[:, 0] - sin * vertices[:, 1] + x
    turned_y = sin * vertices[:, 0] + cos * vertices[:, 1] + y
    return np.stack([turned_x, turned_y, vertices[:, 2] + z], axis=1)


def block(centre: tuple[float, float, float], size: tuple[float, float, float], lean_x: float = 0.0) -> Solid:
    """A box by its centre and its size along x, y, z; ``lean_x`` moves its foot along x."""
    signs = np.array([(x, y, z) for z in (-1, 1) for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))])
    vertices = np.asarray(centre) + signs * np.asarray(size) / 2
    vertices[:4, 0] += lean_x
    return vertices, BLOCK_FACES


def loft(rings: list[np.ndarray]) -> Solid:
    """A closed skin over rings (K, 3) of equally many points, with flat ends."""
    count = len(rings[0])
    faces = []
    for ring in range(len(rings) - 1):
        for i in range(count):
            a, b = ring * count + i, ring * count + (i + 1) % count
            faces += [[a, b, b + count], [a, b + count, a + count]]
    last = (len(rings) - 1) * count
    for i in range(1, count - 1):
        faces += [[0, i + 1, i], [last, last + i, last + i + 1]]
    return np.concatenate(rings), np.array(faces)


def cylinder(
    start: tuple[float, float, float],
    end: tuple[float, float, float],
    radius: float,
    end_radius: float | None = None,
    sides: int = 8,
) -> Solid:
    """A round bar (or cone) from ``start`` to ``end``."""
    foot, head = np.asarray(start, float), np.asarray(end, float)
    axis = (head - foot) / np.linalg.norm(head - foot)
    across = np.cross(axis, [0.0, 0.0, 1.0] if abs(axis[2]) < 0.9 else [1.0, 0.0, 0.0])
    across /= np.linalg.norm(across)
    angle = (np.arange(sides) + 0.5) * 2 * np.pi / sides
    circle = np.cos(angle)[:, None] * across + np.sin(angle)[:, None] * np.cross(axis, across)
    return loft([foot + radius * circle, head + (radius if end_radius is None else end_radius) * circle])


def ellipsoid(
    centre: tuple[float, float, float],
    radii: tuple[float, float, float],
    sides: int = 8,
    rows: int = 5,
    jitter: np.random.Generator | None = None,
) -> Solid:
    """A ball, squeezed; ``jitter`` makes it as uneven as a tree's crown."""
    rings = []
    for row in range(rows + 1):
        polar = np.pi * (row + 0.02) / (rows + 0.04)
        angle = 2 * np.pi * (np.arange(sides) + 0.5 * (row % 2)) / sides
        swell = 1.0 if jitter is None else 1.0 + jitter.uniform(-0.16, 0.16, sides)
        ring = np.stack(
            [
                np.sin(polar) * np.cos(angle) * swell,
                np.sin(polar) * np.sin(angle) * swell,
                np.full(sides, np.cos(polar)),
            ],
            1,
        )
        rings.append(np.asarray(centre) + ring * np.asarray(radii))
    return loft(rings)


def quad(corners: np.ndarray) -> Solid:
    """A flat patch by its four corners (4, 3), in order."""
    return np.asarray(corners, float), np.array([[0, 1, 2], [0, 2, 3]])


def to_linear(colour: Colour) -> Float32[np.ndarray, "3"]:
    """sRGB 0..1 -> linear light, by the power 2.2."""
    return (np.clip(np.asarray(colour, np.float32), 0.0, 1.0) ** 2.2).astype(np.float32)


BLOCK_FACES = np.array(
    [
        [0, 2, 1],
        [0, 3, 2],
        [4, 5, 6],
        [4, 6, 7],
        [0, 1, 5],
        [0, 5, 4],
        [1, 2, 6],
        [1, 6, 5],
        [2, 3, 7],
        [2, 7, 6],
        [3, 0, 4],
        [3, 4, 7],
    ]
)

EMPTY = Mesh(
    vertices=np.zeros((0, 3), np.float32),
    faces=np.zeros((0, 3), np.int32),
    material=np.zeros(0, np.int32),
    colour=np.zeros((0, 3), np.float32),
    glow=np.zeros(0, np.float32),
    style=np.zeros(0, np.int32),
    part=np.zeros(0, np.int32),
)
