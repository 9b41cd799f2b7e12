"""Decisions that remember how near they were to going the other way.

Two correct scorers may differ where a quantity equals its threshold but for rounding. Whoever compares
them asks every question here and gives up the comparison where ``close`` names one.
"""

from dataclasses import dataclass

import shapely
from shapely.geometry.base import BaseGeometry

WIDTH = 1e-6
"""Metres, m/s, m/s^2, rad: nearer than that to a threshold is on the edge."""


@dataclass(frozen=True)
class Area:
    """A polygon, and what is asked about it often."""

    polygon: BaseGeometry
    boundary: BaseGeometry
    bounds: tuple[float, float, float, float]

    @classmethod
    def of(cls, polygon: BaseGeometry) -> "Area":
        return cls(polygon, polygon.boundary, polygon.bounds)


class KnifeEdges:
    """Questions, answered exactly; ``close`` lists those that were close."""

    def __init__(self) -> None:
        self.close: list[str] = []

    def above(self, value: float, threshold: float, what: str) -> bool:
        """Whether ``value`` is greater."""
        if abs(value - threshold) <= WIDTH:
            self.close.append(f"{what}: {value!r} against {threshold!r}")
        return value > threshold

    def meet(self, one: BaseGeometry, other: BaseGeometry, what: str) -> bool:
        """Whether two shapes share a point."""
        if not one.intersects(other):
            if one.distance(other) <= WIDTH:
                self.close.append(f"{what}: just apart")
            return False
        if not one.intersects(other.buffer(-WIDTH, join_style="mitre")):
            self.close.append(f"{what}: just touching")
        return True

    def holds(self, area: Area, x: float, y: float, what: str) -> bool:
        """Whether a point lies strictly inside an area."""
        west, south, east, north = area.bounds
        if not (west - WIDTH <= x <= east + WIDTH and south - WIDTH <= y <= north + WIDTH):
            return False
        point = shapely.Point(x, y)
        if area.boundary.distance(point) <= WIDTH:
            self.close.append(f"{what}: on the boundary")
        return area.polygon.contains(point)
