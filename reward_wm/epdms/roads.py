"""The map around a scene as the scorer needs it, and what kind of area the ego is in.

Reproduces the devkit's drivable map: everything that touches the square of 200 m round the ego's
centre. Quirks: drivable are lane groups, intersections and car parks, but not lane group connectors;
lanes come with their lane group even where they lie outside the square; only points strictly inside
a polygon count, so a corner on the edge between two lanes is in neither.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from jaxtyping import Bool, Float64, Int32, Int64, UInt8
from torch import Tensor

from reward_wm.epdms.compiled import area_at, areas_at, cells_of
from reward_wm.epdms.launch import launch
from reward_wm.epdms.polygons import Polygons
from reward_wm.epdms.states import EgoBoxes


@dataclass(frozen=True)
class Cells:
    """Which polygons the cells of a grid meet, see ``compiled.cells_of``: few points need an exact test."""

    starts: Int32[Tensor, "W cells"]
    entries: Int32[Tensor, "n"]

    @classmethod
    def of(cls, polygons: Polygons) -> "Cells":
        """Those of one scene."""
        starts, entries = cells_of(*polygons.arrays())
        return cls(torch.from_numpy(starts)[None], torch.from_numpy(entries))

    @classmethod
    def join(cls, parts: Sequence["Cells"]) -> "Cells":
        """Those of several scenes, a row each."""
        lengths = torch.tensor([0, *(len(part.entries) for part in parts[:-1])], dtype=torch.int32)
        shifts = lengths.cumsum(dim=0, dtype=torch.int32)[:, None]
        starts = torch.cat([part.starts for part in parts]) + shifts
        return cls(starts, torch.cat([part.entries for part in parts]))

    def to(self, device: torch.device) -> "Cells":
        """The same on a device."""
        return Cells(self.starts.to(device), self.entries.to(device))


@dataclass(frozen=True)
class Roads:
    """Polygons near the ego, scene frame."""

    polygons: Polygons
    kind: UInt8[Tensor, "L"]
    """Bits, see ``compiled``: drivable, lane, on route, intersection."""
    ids: tuple[str, ...] = ()
    """Of the polygons, as the map names them; empty where nobody needs to know."""

    @cached_property
    def cells(self) -> Cells:
        """Worked out when a point is asked for first."""
        return Cells.of(self.polygons)

    def around(self, proposals: int) -> "PackedRoads":
        """The same around so many proposals; nothing is copied."""
        owner = torch.zeros(proposals, dtype=torch.int64)
        return PackedRoads(
            owner, owner.new_tensor([0, len(self.polygons)]), self.kind, self.cells, self.polygons
        )


@dataclass(frozen=True)
class PackedRoads:
    """Those of W scenes, one after the other."""

    owner: Int64[Tensor, "P"]
    """The scene of each proposal."""
    firsts: Int64[Tensor, "w"]
    """First polygon of each scene, and the number of polygons: W + 1 entries."""
    kind: UInt8[Tensor, "L"]
    cells: Cells
    polygons: Polygons

    @classmethod
    def of(cls, roads: Sequence[Roads], owner: Int64[Tensor, "P"]) -> "PackedRoads":
        """Pack those of each scene."""
        counts = torch.tensor([0, *(len(one.polygons) for one in roads)])
        kind = torch.cat([one.kind for one in roads])
        cells = Cells.join([one.cells for one in roads])
        polygons = Polygons.join([one.polygons for one in roads])
        device = owner.device
        firsts = counts.cumsum(dim=0).to(device)
        return cls(owner, firsts, kind.to(device), cells.to(device), polygons.to(device))


@dataclass(frozen=True)
class EgoArea:
    """Where the ego's box is on the map."""

    multiple_lanes: Bool[Tensor, "P T"]
    """Corners in more than one lane, and no lane holds all four."""
    non_drivable: Bool[Tensor, "P T"]
    """A corner in no drivable polygon."""
    off_route: Bool[Tensor, "P T"]
    """The centre in no lane of the route. The devkit calls it oncoming traffic (quirk)."""
    centre_in_intersection: Bool[Tensor, "P T"]
    rear_axle_in_intersection: Bool[Tensor, "P T"]


def ego_area(ego: EgoBoxes, rear_axle: Float64[Tensor, "P T 2"], roads: Roads | PackedRoads) -> EgoArea:
    """The area of every box; ``rear_axle`` is where its rear axle is."""
    points = torch.cat([ego.corners, ego.centre[:, :, None], rear_axle[:, :, None]], dim=2).contiguous()
    if isinstance(roads, Roads):
        roads = roads.around(len(points))
    flags = points.new_empty(*points.shape[:2], 5, dtype=torch.bool)
    cells = (roads.cells.starts, roads.cells.entries)
    scenes = (roads.owner, roads.firsts, roads.kind, *cells, roads.polygons.tensors())
    launch(areas_at, area_at, points.shape[0] * points.shape[1], flags, points, *scenes)
    return EgoArea(*flags.unbind(dim=-1))
