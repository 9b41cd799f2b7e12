"""How time and memory of our scorer grow with proposals, agents and polygons."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np
import shapely
import torch
from torch import Tensor

from benchmarks.measure import cpu_seconds, peak_bytes, table
from reward_wm.epdms import PreparedScene, ScorerConfig, score_scene
from reward_wm.epdms.polygons import Polygons
from reward_wm.epdms.prefix import prefix_scores
from reward_wm.epdms.roads import Roads
from reward_wm.epdms.traffic import Traffic

CONFIG = ScorerConfig()
FACTORS = (1, 2, 4, 8)


def growth_tables(scene: PreparedScene, poses: np.ndarray) -> str:
    """Four tables; ``poses`` (P, 8, 3) are what is scored."""
    tensor = torch.from_numpy(poses)
    few = tensor[:256]
    score_scene(scene, tensor, 0.5, CONFIG)
    parts = [_by_proposals(scene, tensor)]
    agents = [(crowded(scene, factor), factor * len(scene.agent_tokens)) for factor in FACTORS]
    parts.append(_by("agents", agents, few))
    roads = [(paved(scene, factor), factor * len(scene.world.roads.kind)) for factor in FACTORS]
    parts.append(_by("polygons", roads, few))
    parts.append(_prefixes(scene, tensor))
    return "\n\n".join(parts)


def crowded(scene: PreparedScene, factor: int) -> PreparedScene:
    """The scene with each agent several times, side by side."""
    traffic = scene.world.traffic
    shifts = torch.zeros(factor, 1, 1, 3, dtype=torch.float64)
    shifts[:, 0, 0, 1] = torch.arange(factor) * 3.0
    poses = (traffic.poses + shifts).flatten(0, 1)
    rest = (traffic.present, traffic.half_size, traffic.is_road_user, traffic.is_stopped)
    more = Traffic(poses, *(value.repeat(factor, *[1] * (value.ndim - 1)) for value in rest))
    return replace(scene, world=replace(scene.world, traffic=more))


def paved(scene: PreparedScene, factor: int) -> PreparedScene:
    """The scene with every polygon several times, each a little beside the last."""
    roads, areas = scene.world.roads, list(_areas(scene.world.roads.polygons))
    copies = [shapely.transform(area, lambda xy, k=k: xy + 0.7 * k) for k in range(factor) for area in areas]
    more = Roads(Polygons.of(copies, np.zeros(2)), roads.kind.repeat(factor))
    return replace(scene, world=replace(scene.world, roads=more))


def tensor_bytes(value: Any) -> int:
    """Bytes of all tensors in a dataclass."""
    if isinstance(value, Tensor):
        return value.nbytes
    if not is_dataclass(value):
        return 0
    return sum(tensor_bytes(getattr(value, field.name)) for field in fields(value))


def _by_proposals(scene: PreparedScene, poses: Tensor) -> str:
    rows = []
    for count in (64, 256, 1024, 4096):
        own = poses[:count]
        seconds = cpu_seconds(lambda own=own: score_scene(scene, own, 0.5, CONFIG))
        peak = peak_bytes(lambda own=own: score_scene(scene, own, 0.5, CONFIG))
        kept = tensor_bytes(score_scene(scene, own, 0.5, CONFIG))
        rows.append((count, seconds * 1e3, seconds / count * 1e6, peak / count / 1e3, kept / count / 1e3))
    header = ("proposals", "ms", "us each", "peak kB each", "result kB each")
    return table(header, rows)


def _by(what: str, variants: list[tuple[PreparedScene, int]], poses: Tensor) -> str:
    rows = []
    for scene, count in variants:
        seconds = cpu_seconds(lambda scene=scene: score_scene(scene, poses, 0.5, CONFIG))
        peak = peak_bytes(lambda scene=scene: score_scene(scene, poses, 0.5, CONFIG))
        rows.append((count, seconds * 1e3, peak / len(poses) / 1e3, tensor_bytes(scene) / 1e3))
    return table((what, f"ms for {len(poses)} proposals", "peak kB each", "prepared scene kB"), rows)


def _prefixes(scene: PreparedScene, poses: Tensor) -> str:
    """What the scores of all eight prefixes cost on top of the score."""
    rows = []
    for count in (1, 16, 256):
        own = poses[:count]
        scores = score_scene(scene, own, 0.5, CONFIG)
        whole = cpu_seconds(lambda own=own: score_scene(scene, own, 0.5, CONFIG), 5)
        more = cpu_seconds(lambda scores=scores: prefix_scores(scene, scores, CONFIG), 5)
        rows.append((count, whole * 1e3, more * 1e3, more / whole))
    return table(("proposals", "score ms", "prefixes ms on top", "ratio"), rows)


def _areas(polygons: Polygons) -> Iterator[shapely.MultiPolygon]:
    starts, first = polygons.ring_starts.tolist(), polygons.first_rings.tolist()
    vertices = polygons.vertices.numpy()
    for row in range(len(polygons)):
        rings = [vertices[starts[r] : starts[r + 1]] for r in range(first[row], first[row + 1])]
        yield shapely.MultiPolygon([shapely.Polygon(ring) for ring in rings])
