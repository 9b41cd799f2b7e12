"""The searches in the road graph, ties included."""

import numpy as np
import pytest
from shapely.geometry import box

from driving.map_data import MapData, MapLane, Roadblock
from reward_wm.epdms.pdm_closed.graph_search import connect_roadblocks, shortest_lanes
from tests.reference.slow_search import slow_connect_roadblocks


def _graph(edges: list[tuple[str, str]], lengths: dict[str, float] | None = None) -> MapData:
    """Roadblocks with a lane of the same name each; only the edges and lengths matter."""
    names = list(dict.fromkeys(name for edge in edges for name in edge))
    after = {name: tuple(b for a, b in edges if a == name) for name in names}
    before = {name: tuple(a for a, b in edges if b == name) for name in names}
    square = box(0, 0, 1, 1)
    lines = {name: np.array([[0.0, 0.0], [(lengths or {}).get(name, 1.0), 0.0]]) for name in names}
    lanes = {n: MapLane(n, square, lines[n], n, None, False, before[n], after[n], 0) for n in names}
    blocks = {n: Roadblock(n, square, (n,), False, before[n], after[n]) for n in names}
    return MapData("us-ma-boston", lanes, blocks, {}, {}, {}, {})


@pytest.mark.parametrize("seed", range(40))
def test_equals_the_search_with_a_plain_queue(seed: int) -> None:
    rng = np.random.default_rng(seed)
    count = int(rng.integers(3, 9))
    edges = [(str(a), str(b)) for a in range(count) for b in range(count) if rng.random() < 0.25]
    if not edges:
        return
    graph = _graph(edges)
    names = list(graph.roadblocks)
    for forward in (True, False):
        targets = list(rng.choice(names, 2))
        start, depth = str(rng.choice(names)), int(rng.integers(1, 7))
        expected = slow_connect_roadblocks(graph, start, targets, depth, forward)
        assert connect_roadblocks(graph, start, targets, depth, forward) == expected


def test_depth_counts_roadblocks() -> None:
    chain = _graph([("a", "b"), ("b", "c")])
    assert connect_roadblocks(chain, "a", ["c"], 3, forward=True) == ["a", "b", "c"]
    assert connect_roadblocks(chain, "a", ["c"], 2, forward=True) is None
    assert connect_roadblocks(chain, "c", ["a"], 3, forward=False) == ["a", "b", "c"]


def test_a_graph_in_which_a_plain_queue_would_explode() -> None:
    layers = [[f"{depth}-{i}" for i in range(4)] for depth in range(25)]
    edges = [(a, b) for one, two in zip(layers[:-1], layers[1:], strict=True) for a in one for b in two]
    path = connect_roadblocks(_graph(edges), "0-0", ["24-0"], 30, forward=True)
    assert path is not None and len(path) == 25


def test_the_shorter_lane_is_taken_and_the_first_of_equals() -> None:
    diamond = [("s", "l"), ("s", "r"), ("l", "g"), ("r", "g")]

    def names(lengths: dict[str, float]) -> list[str]:
        graph = _graph(diamond, lengths)
        return [lane.id for lane in shortest_lanes(graph, graph.lanes["s"], set("slrg"), "g")]

    assert names({"l": 2.0}) == ["s", "r", "g"]
    assert names({}) == ["s", "l", "g"]


def test_without_a_way_the_deepest_lane_is_the_goal() -> None:
    graph = _graph([("s", "a"), ("a", "b"), ("s", "c"), ("b", "x"), ("x", "g")])
    lanes = shortest_lanes(graph, graph.lanes["s"], {"s", "a", "b", "c", "g"}, "g")
    assert [lane.id for lane in lanes] == ["s", "a", "b"]
