"""Searches in the road graph, with the order of ties that the devkit's searches have."""

from collections.abc import Collection, Iterable

import numpy as np

from driving.map_data import MapData, MapLane


def connect_roadblocks(
    map_data: MapData, start: str, targets: Collection[str], max_depth: int, forward: bool
) -> list[str] | None:
    """Breadth-first path of roadblocks from ``start`` to the first target met; None without one.

    A path holds at most ``max_depth`` roadblocks and comes in driving direction. The devkit visits a
    roadblock as often as it is reached. Of its queue at a depth only two orders matter: by first
    entry, which finds the target, and by last entry, which names the parent.
    """
    first_order, last_order = [start], [start]
    parents: list[dict[str, str]] = []
    for _ in range(max_depth):
        found = next((block for block in first_order if block in targets), None)
        if found is not None:
            path = [found]
            for parent in reversed(parents):
                path.append(parent[path[-1]])
            return path[::-1] if forward else path
        next_by_last = [
            (after, block) for block in last_order for after in _neighbours(map_data, block, forward)
        ]
        next_by_first = [after for block in first_order for after in _neighbours(map_data, block, forward)]
        parents.append(dict(next_by_last))
        first_order = list(dict.fromkeys(next_by_first))
        last_order = list(dict.fromkeys(after for after, _ in reversed(next_by_last)))[::-1]
    return None


def shortest_lanes(
    map_data: MapData, start: MapLane, allowed: Collection[str], goal_roadblock: str
) -> list[MapLane]:
    """Dijkstra from ``start`` to the first lane of a roadblock, through allowed lanes.

    Where there is no way, the path to the deepest lane reached, the shortest of them. As in the
    devkit, the queue is searched from its front, so the lane that entered first wins a tie.
    """
    allowed = set(allowed)
    parent: dict[str, str | None] = {start.id: None}
    queue: dict[str, tuple[float, int]] = {start.id: (1.0, 1)}
    done: dict[str, tuple[float, int]] = {}
    while queue:
        lane_id = min(queue, key=lambda item: queue[item][0])
        distance, depth = queue.pop(lane_id)
        if map_data.lanes[lane_id].roadblock_id == goal_roadblock:
            return _trace(map_data, parent, lane_id)
        done[lane_id] = distance, depth
        for after in map_data.lanes[lane_id].outgoing:
            if after not in allowed or after in done:
                continue
            longer = distance + _length(map_data.lanes[after])
            if after not in queue or longer < queue[after][0]:
                parent[after] = lane_id
                queue[after] = longer, depth + 1
    deepest = max(depth for _, depth in done.values())
    at_depth = [lane_id for lane_id, (_, depth) in done.items() if depth == deepest]
    return _trace(map_data, parent, min(at_depth, key=lambda lane_id: done[lane_id][0]))


def _neighbours(map_data: MapData, block: str, forward: bool) -> Iterable[str]:
    roadblock = map_data.roadblocks[block]
    return roadblock.outgoing if forward else roadblock.incoming


def _trace(map_data: MapData, parent: dict[str, str | None], last: str) -> list[MapLane]:
    path = [last]
    while (before := parent[path[-1]]) is not None:
        path.append(before)
    return [map_data.lanes[lane_id] for lane_id in reversed(path)]


def _length(lane: MapLane) -> float:
    return float(np.hypot(*np.diff(lane.baseline, axis=0).T).sum())
