"""Polygons as flat arrays, and which points lie strictly inside them.

A point on an edge or a corner is outside, as for shapely's ``contains``. Holes and further parts are
further rings: a point is inside if a ray from it crosses all rings together an odd number of times.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
import torch
from jaxtyping import Float64, Int64
from shapely.geometry.base import BaseGeometry
from torch import Tensor

from reward_wm.epdms.compiled import BLOCK


@dataclass(frozen=True)
class Polygons:
    """L polygons, each of one ring or more; every ring ends where it begins."""

    vertices: Float64[Tensor, "V 2"]
    ring_starts: Int64[Tensor, "r"]
    """First vertex of each ring, and the number of vertices."""
    first_rings: Int64[Tensor, "l"]
    """First ring of each polygon, and the number of rings: L + 1 entries."""
    bounds: Float64[Tensor, "L 4"]
    """Least x and y, greatest x and y."""
    blocks: Float64[Tensor, "k 3"]
    """Least and greatest y, greatest x, of every ``BLOCK`` edges; edge i ends at vertex i."""

    @classmethod
    def of(cls, geometries: Sequence[BaseGeometry], origin: Float64[np.ndarray, "2"]) -> "Polygons":
        """Shapely polygons or multipolygons of the map frame, moved so that ``origin`` is zero."""
        areas = np.array(geometries, dtype=object)
        parts, polygon_of_part = shapely.get_parts(areas, return_index=True)
        rings, part_of_ring = shapely.get_rings(parts, return_index=True)
        points, ring_of_point = shapely.get_coordinates(rings, return_index=True)
        points = points - origin
        polygon_of_ring = polygon_of_part[part_of_ring]
        ring_starts = np.searchsorted(ring_of_point, np.arange(len(rings) + 1))
        first_rings = np.searchsorted(polygon_of_ring, np.arange(len(areas) + 1))
        bounds = shapely.bounds(areas).reshape(-1, 4) - np.tile(origin, 2)
        starts = ring_starts.astype(np.int64), first_rings.astype(np.int64)
        arrays = (points, *starts, bounds, _blocks(points))
        return cls(*(torch.from_numpy(np.ascontiguousarray(array)) for array in arrays))

    def __len__(self) -> int:
        return len(self.bounds)

    def tensors(self) -> tuple[Tensor, ...]:
        """What the compiled functions take, and in this order."""
        return tuple(getattr(self, name) for name in self.__dataclass_fields__)

    def arrays(self) -> tuple[np.ndarray, ...]:
        """The same as arrays."""
        return tuple(tensor.numpy() for tensor in self.tensors())

    def to(self, device: torch.device) -> "Polygons":
        """The same on a device."""
        return Polygons(*(tensor.to(device) for tensor in self.tensors()))

    @classmethod
    def empty(cls, count: int) -> "Polygons":
        """So many polygons without a ring."""
        ints = torch.zeros(1, dtype=torch.int64), torch.zeros(count + 1, dtype=torch.int64)
        floats = (
            torch.zeros(rows, width, dtype=torch.float64) for rows, width in ((0, 2), (count, 4), (0, 3))
        )
        vertices, bounds, blocks = floats
        return cls(vertices, *ints, bounds, blocks)

    @classmethod
    def join(cls, parts: Sequence["Polygons"]) -> "Polygons":
        """All polygons of several, in this order."""
        vertices = torch.cat([part.vertices for part in parts])
        starts = _join_offsets([part.ring_starts for part in parts])
        firsts = _join_offsets([part.first_rings for part in parts])
        bounds = torch.cat([part.bounds for part in parts])
        return cls(vertices, starts, firsts, bounds, torch.from_numpy(_blocks(vertices.numpy())))


def _join_offsets(parts: Sequence[Int64[Tensor, "n"]]) -> Int64[Tensor, "m"]:
    """Offsets into joined arrays; each part ends with the length of its own array."""
    shifts = torch.cumsum(torch.stack([part[-1] for part in parts]), dim=0)
    shifts = shifts - torch.stack([part[-1] for part in parts])
    moved = [part[:-1] + shift for part, shift in zip(parts, shifts, strict=True)]
    return torch.cat([*moved, (shifts[-1] + parts[-1][-1])[None]])


def _blocks(points: Float64[np.ndarray, "V 2"]) -> Float64[np.ndarray, "k 3"]:
    count = -(-len(points) // BLOCK)
    ends = np.arange(count * BLOCK).reshape(count, BLOCK).clip(max=max(len(points) - 1, 0))
    vertices = np.concatenate([(ends[:, :1] - 1).clip(min=0), ends], axis=1)
    x, y = points[vertices, 0], points[vertices, 1]
    return np.stack([y.min(axis=1), y.max(axis=1), x.max(axis=1)], axis=1)
