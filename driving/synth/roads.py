"""A town's road net: a jittered grid of junctions as plain XML, made into a SUMO net by `netconvert`.

Frame: town metres. The middle of the grid is near (grid - 1) / 2 * pitch.
"""

import math
import random
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import quoteattr

from driving.synth.config import RoadConfig
from driving.synth.sumo import run_sumo_program

NETCONVERT_OPTIONS = {
    "crossings.guess": "true",
    "walkingareas": "true",
    "no-turnarounds": "true",
    "junctions.corner-detail": "8",
    "junctions.internal-link-detail": "20",
    "junctions.limit-turn-speed": "1.7",
    "default.crossing-width": "3.5",
    "tls.green.time": "16",
    "tls.yellow.time": "4",
    "tls.allred.time": "0",
    "tls.left-green.time": "6",
    "offset.disable-normalization": "true",
    "no-warnings": "true",
    "xml-validation": "never",
}

PARKING_CLASS = "custom1"
"""A SUMO vehicle class that nobody drives: the lanes that allow it alone are parking strips."""
PARKING_WIDTH_M = 2.3


@dataclass(frozen=True)
class Node:
    """A junction or the outer end of a stub."""

    id: str
    x: float
    y: float
    kind: str
    radius: float


@dataclass(frozen=True)
class Road:
    """A two-way road between two nodes; `bend_m` is how far its middle bows sideways."""

    start: Node
    end: Node
    lanes: int
    speed_limit_mps: float
    lane_width_m: float
    pavement_m: float
    parking: bool
    bend_m: float


def build_net(config: RoadConfig, seed: int, directory: Path) -> Path:
    """Writes `town.net.xml` into the directory and returns its path. Same seed, same net."""
    nodes, roads = draw_roads(config, random.Random(seed))
    node_file, edge_file, net_file = (directory / f"town.{kind}.xml" for kind in ("nod", "edg", "net"))
    node_file.write_text(_nodes_xml(nodes))
    edge_file.write_text(_edges_xml(roads))
    options = {**NETCONVERT_OPTIONS, "node-files": str(node_file), "edge-files": str(edge_file)}
    options |= {"output-file": str(net_file), "seed": str(seed % 2**31)}
    run_sumo_program("netconvert", [word for key, value in options.items() for word in (f"--{key}", value)])
    return net_file


def draw_roads(config: RoadConfig, random_: random.Random) -> tuple[list[Node], list[Road]]:
    """Grid junctions and stubs, and the roads between them."""
    grid = config.grid
    lanes_of_row = [random_.choice([1, 1, 2, 2, 3]) for _ in range(grid)]
    lanes_of_column = [random_.choice([1, 2, 2, 3]) for _ in range(grid)]
    links = _grid_links(grid, random_)
    degree = {(i, j): 0 for i in range(grid) for j in range(grid)}
    for a, b in links:
        degree[a] += 1
        degree[b] += 1
    nodes = {cell: _grid_node(cell, degree[cell], config, random_) for cell in degree}
    roads = []
    for a, b in links:
        lanes = lanes_of_row[a[1]] if a[1] == b[1] else lanes_of_column[a[0]]
        bend = random_.uniform(-12.0, 12.0) if random_.random() < 0.5 else 0.0
        roads.append(_road(nodes[a], nodes[b], lanes, bend, config, random_))
    outer = []
    for i, j in degree:
        direction = _outward(i, j, grid)
        if direction is None or degree[i, j] > 3:
            continue
        inner = nodes[i, j]
        x, y = inner.x + direction[0] * config.stub_m, inner.y + direction[1] * config.stub_m
        outer.append(Node(f"f{i}_{j}", x, y, "dead_end", 0.0))
        lanes = lanes_of_row[j] if direction[0] else lanes_of_column[i]
        roads.append(_road(outer[-1], inner, lanes, 0.0, config, random_))
    return [*nodes.values(), *outer], roads


def _grid_links(grid: int, random_: random.Random) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """All neighbours in the grid, less about one in seven; no junction keeps fewer than two."""
    links = [((i, j), (i + 1, j)) for i in range(grid - 1) for j in range(grid)]
    links += [((i, j), (i, j + 1)) for i in range(grid) for j in range(grid - 1)]
    degree = {cell: sum(cell in link for link in links) for cell in {c for link in links for c in link}}
    to_drop = len(links) // 7
    for link in random_.sample(links, len(links)):
        if to_drop and min(degree[link[0]], degree[link[1]]) > 2:
            links.remove(link)
            to_drop -= 1
            for cell in link:
                degree[cell] -= 1
    return links


def _grid_node(cell: tuple[int, int], degree: int, config: RoadConfig, random_: random.Random) -> Node:
    x, y = (axis * config.pitch_m + random_.uniform(-1, 1) * config.jitter_m for axis in cell)
    signalled = degree >= 3 and random_.random() < 0.85
    radius = random_.choice(config.corner_radii_m)
    return Node(f"n{cell[0]}_{cell[1]}", x, y, "traffic_light" if signalled else "priority", radius)


def _outward(i: int, j: int, grid: int) -> tuple[int, int] | None:
    """Direction out of town at an outer junction; None inside."""
    if i in (0, grid - 1):
        return (-1 if i == 0 else 1, 0)
    if j in (0, grid - 1):
        return (0, -1 if j == 0 else 1)
    return None


def _road(
    start: Node, end: Node, lanes: int, bend_m: float, config: RoadConfig, random_: random.Random
) -> Road:
    return Road(
        start,
        end,
        lanes,
        random_.choice(config.speed_limits_mps),
        random_.choice(config.lane_widths_m),
        random_.choice([2.0, 2.5, 3.0]),
        random_.random() < 0.5,
        bend_m,
    )


def _nodes_xml(nodes: list[Node]) -> str:
    rows = [
        f'<node id={quoteattr(n.id)} x="{n.x:.2f}" y="{n.y:.2f}" type="{n.kind}" radius="{n.radius:.1f}"/>'
        for n in nodes
    ]
    return "\n".join(["<nodes>", *rows, "</nodes>", ""])


def _edges_xml(roads: list[Road]) -> str:
    rows = []
    for road in roads:
        shape = _shape(road)
        for a, b, points in ((road.start, road.end, shape), (road.end, road.start, shape[::-1])):
            shape_text = " ".join(f"{x:.2f},{y:.2f}" for x, y in points)
            strip = (
                f'<lane index="0" allow="{PARKING_CLASS}" width="{PARKING_WIDTH_M}"/>' if road.parking else ""
            )
            rows.append(
                f'<edge id="{a.id}__{b.id}" from="{a.id}" to="{b.id}" numLanes="{road.lanes + road.parking}"'
                f' speed="{road.speed_limit_mps}" width="{road.lane_width_m}"'
                f' sidewalkWidth="{road.pavement_m}"'
                f' spreadType="right" priority="{road.lanes}"'
                + (f' shape="{shape_text}"' if points else "")
                + f">{strip}</edge>"
            )
    return "\n".join(["<edges>", *rows, "</edges>", ""])


def _shape(road: Road) -> list[tuple[float, float]]:
    """Points of a bowed road, node to node; empty where it runs straight."""
    if not road.bend_m:
        return []
    dx, dy = road.end.x - road.start.x, road.end.y - road.start.y
    length = math.hypot(dx, dy)
    points = []
    for k in range(21):
        u = k / 20
        aside = math.sin(math.pi * u) ** 2 * road.bend_m
        points.append(
            (road.start.x + dx * u - dy / length * aside, road.start.y + dy * u + dx / length * aside)
        )
    return points
