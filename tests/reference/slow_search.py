"""Breadth-first search with a queue that holds a roadblock as often as it is reached."""

from collections.abc import Collection

from driving.map_data import MapData


def slow_connect_roadblocks(
    map_data: MapData, start: str, targets: Collection[str], max_depth: int, forward: bool
) -> list[str] | None:
    """The path to the target that is taken from the queue first; parents are those written last."""
    parents: dict[tuple[str, int], str] = {}
    queue = [(start, 1)]
    while queue:
        block, depth = queue.pop(0)
        if depth > max_depth:
            return None
        if block in targets:
            path = [block]
            while depth > 1:
                path.append(parents[path[-1], depth])
                depth -= 1
            return path[::-1] if forward else path
        roadblock = map_data.roadblocks[block]
        for after in roadblock.outgoing if forward else roadblock.incoming:
            parents[after, depth + 1] = block
            queue.append((after, depth + 1))
    return None
