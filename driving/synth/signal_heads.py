"""Hangs signal heads over the lanes they rule. Frame: town metres."""

import math

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from driving.synth.town import Connector, Lane, SignalHead

HEAD_DISTANCE_M = 15.0
"""How far beyond the stop line a head hangs at most."""


def hang_signal_heads(
    net, lanes: dict[str, Lane], connectors: dict[str, Connector], surface: BaseGeometry
) -> tuple[SignalHead, ...]:
    """One head over each signalled lane, or one for each set of its ways that change together.

    net: the SUMO net, for the signal programmes; surface: all asphalt, poles stand beside it.
    """
    shapely.prepare(surface)
    ways: dict[str, dict[tuple[str, ...], list[Connector]]] = {}
    for connector in connectors.values():
        if connector.signal:
            phases = _phases(net, connector.signal)
            ways.setdefault(connector.from_lane, {}).setdefault(phases, []).append(connector)
    return tuple(
        _signal_head(lanes[lane_id], together, number, len(by_phases), surface)
        for lane_id, by_phases in ways.items()
        for number, together in enumerate(by_phases.values())
    )


def _signal_head(lane: Lane, ways: list[Connector], number: int, heads: int, surface) -> SignalHead:
    """Beyond the stop line, over asphalt, at most HEAD_DISTANCE_M away: a car that waits can see it."""
    forward = lane.centre[-1] - lane.centre[-2]
    forward = forward / np.hypot(*forward)
    right = np.array([forward[1], -forward[0]])
    ahead = np.arange(2.0, HEAD_DISTANCE_M + 0.1, 0.5)
    paved = shapely.contains_xy(surface, lane.centre[-1] + ahead[:, None] * forward)
    distance = ahead[-1] if paved.all() else ahead[max(int(np.argmin(paved)) - 1, 0)]
    xy = lane.centre[-1] + forward * distance + right * (number - (heads - 1) / 2) * 0.9
    kerbs = shapely.get_coordinates(shapely.segmentize(surface.boundary, 1.0))
    kerbs = kerbs[(kerbs - xy) @ right > 1.0]
    nearest = kerbs[np.argmin(np.hypot(*(kerbs - xy).T))]
    pole = nearest + (nearest - xy) / np.hypot(*(nearest - xy)) * 0.6
    return SignalHead(
        id=f"head:{lane.id}:{number}",
        xy=(float(xy[0]), float(xy[1])),
        height=5.2,
        heading=math.atan2(-forward[1], -forward[0]),
        pole_xy=(float(pole[0]), float(pole[1])),
        lane_id=lane.id,
        connector_ids=tuple(way.id for way in ways),
        arrow=ways[0].turn if heads > 1 else None,
    )


def _phases(net, signal: str) -> tuple[str, ...]:
    """The colours one link shows over the whole signal programme."""
    traffic_light, index = signal.rsplit(":", 1)
    programme = next(iter(net.getTLS(traffic_light).getPrograms().values()))
    return tuple(phase.state[int(index)].lower() for phase in programme.getPhases())
