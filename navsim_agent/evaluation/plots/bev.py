"""A scene from above: map, road users and their future, candidate trajectories by score.

Ego frame at the current moment, metres; x (forward) points up and y (left) to the left, so a point is
drawn at (-y, x).
"""

import io
from collections.abc import Iterable

import numpy as np
import shapely
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection, PathCollection, PolyCollection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.path import Path as Outline
from matplotlib.patheffects import Normal, Stroke
from shapely.geometry.base import BaseGeometry

from driving.frames import box_corners, local_to_map, map_to_local, points_to_local
from driving.log_frame import LogFrame
from driving.scene import Scene
from driving.vehicle import PACIFICA
from navsim_agent.evaluation.plots import palette
from navsim_agent.evaluation.plots.judged import JudgedPlan

SHOWN_FUTURE_S = (1, 2, 3, 4)
WIDTH_IN, MAP_HEIGHT_IN, SCALE_HEIGHT_IN = 5.1, 6.0, 0.5
ASPECT = WIDTH_IN / MAP_HEIGHT_IN
BEHIND_M, AHEAD_M, ASIDE_M, MARGIN_M = 10.0, 36.0, 18.0, 6.0


def draw_bev(scene: Scene, plan: JudgedPlan) -> bytes:
    """A PNG of about 560 x 700 pixels."""
    width, height = WIDTH_IN, MAP_HEIGHT_IN + SCALE_HEIGHT_IN
    figure = Figure(figsize=(width, height), dpi=110, facecolor="white")
    axes = figure.add_axes((0.0, SCALE_HEIGHT_IN / height, 1.0, MAP_HEIGHT_IN / height))
    left, right, behind, ahead = _window(plan)
    axes.set(xlim=(-left, right), ylim=(-behind, ahead), xticks=[], yticks=[])
    axes.set_facecolor(palette.PAPER)
    for spine in axes.spines.values():
        spine.set_visible(False)
    _draw_map(axes, scene, reach_m=1.5 * max(left + right, behind + ahead))
    _draw_agents(axes, scene, plan.culprits)
    _draw_plan(axes, plan)
    _draw_scale_bar(axes, left, behind)
    colours = figure.colorbar(
        ScalarMappable(cmap=palette.SCORE_COLOURS),
        cax=figure.add_axes((0.2, 0.05, 0.6, 0.016)),
        orientation="horizontal",
        ticks=[0.0, 0.5, 1.0],
    )
    colours.set_ticklabels(["0", "EPDMS 0.5", "1"])
    colours.ax.tick_params(labelsize=10, length=0, pad=2)
    colours.outline.set_visible(False)  # type: ignore[operator]
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()


def _window(plan: JudgedPlan) -> tuple[float, float, float, float]:
    """Metres to the left, to the right, behind and ahead of the rear axle, in the picture's aspect."""
    shown = np.concatenate([plan.chosen_poses, plan.human])[:, :2]
    low, high = shown.min(axis=0) - MARGIN_M, shown.max(axis=0) + MARGIN_M
    behind, ahead = max(BEHIND_M, -low[0]), max(AHEAD_M, high[0])
    left, right = max(ASIDE_M, high[1]), max(ASIDE_M, -low[1])
    wider = (behind + ahead) * ASPECT - (left + right)
    longer = (left + right) / ASPECT - (behind + ahead)
    aside = max(wider, 0.0) / 2
    return left + aside, right + aside, behind, ahead + max(longer, 0.0)


def _draw_map(axes: Axes, scene: Scene, reach_m: float) -> None:
    ego, world = scene.current.ego_pose_in_map, scene.map
    red = {lane for lane, is_red in scene.current.traffic_lights if is_red}
    roads = [block.polygon for block in world.roadblocks.values()]
    layers = (
        (world.walkways.values(), palette.WALKWAY, 1.0),
        (world.carparks.values(), palette.CARPARK, 1.0),
        ([*roads, *world.intersections.values()], palette.ROAD, 1.0),
        (world.crosswalks.values(), palette.CROSSWALK, 0.9),
        ([world.lanes[i].polygon for i in red if i in world.lanes], palette.RED_LIGHT, 0.35),
    )
    for geometries, colour, alpha in layers:
        outlines = [_outline(shape, ego) for shape in _near(geometries, ego, reach_m)]
        axes.add_collection(PathCollection(outlines, facecolors=[to_rgba(colour, alpha)], edgecolors="none"))
    lines = [
        _screen(points_to_local(lane.baseline, ego))
        for lane in world.lanes.values()
        if np.linalg.norm(lane.baseline - ego[:2], axis=1).min() < reach_m
    ]
    axes.add_collection(
        LineCollection(lines, colors=palette.CENTRE_LINE, linewidths=0.7, linestyles=(0, (6, 5)))
    )


def _draw_agents(axes: Axes, scene: Scene, culprits: frozenset[str]) -> None:
    """Boxes now, and fading outlines of where they will be 1 to 4 s later."""
    ego = scene.current.ego_pose_in_map
    for second in reversed(SHOWN_FUTURE_S):
        step = 2 * second - 1
        if step < len(scene.future):
            frame = scene.future[step]
            edges = [to_rgba(colour, 0.75 - 0.15 * second) for colour in _colours(frame, culprits)]
            corners = list(_screen(_corners(frame, ego)))
            axes.add_collection(PolyCollection(corners, facecolors="none", edgecolors=edges, linewidths=0.9))
    corners = list(_screen(_corners(scene.current, ego)))
    axes.add_collection(
        PolyCollection(
            corners, facecolors=_colours(scene.current, culprits), edgecolors="white", linewidths=0.6
        )
    )


def _draw_plan(axes: Axes, plan: JudgedPlan) -> None:
    """Candidates from bad to good, then the human, the ego and the chosen plan on top."""
    order = np.argsort(plan.epdms, kind="stable")
    lines = [_screen(_from_rear_axle(plan.poses[row])) for row in order]
    colours = palette.score_rgba(plan.epdms[order])
    axes.add_collection(LineCollection(lines, colors=list(colours), linewidths=1.5, alpha=0.85))
    x, y = _screen(_from_rear_axle(plan.human)).T
    axes.plot(x, y, color=palette.HUMAN, linewidth=1.6, linestyle=(0, (4, 2)))
    centre = np.array([PACIFICA.rear_axle_to_centre_m, 0.0])
    ego = box_corners(centre, np.zeros(()), np.asarray(PACIFICA.length_m), np.asarray(PACIFICA.width_m))
    axes.add_collection(PolyCollection([_screen(ego)], facecolors=palette.EGO, edgecolors="white"))
    x, y = _screen(_from_rear_axle(plan.chosen_poses)).T
    casing = [Stroke(linewidth=5.2, foreground="white"), Normal()]
    axes.plot(x, y, color=palette.EGO, linewidth=3.2, path_effects=casing)
    colour = palette.score_rgba(plan.epdms[[plan.chosen]])
    axes.scatter(x[1:], y[1:], s=9, c=colour, linewidths=0, zorder=5)


def _draw_scale_bar(axes: Axes, left_m: float, behind_m: float) -> None:
    start, height = 2.0 - left_m, 2.0 - behind_m
    axes.plot([start, start + 10.0], [height, height], color=palette.EGO, linewidth=2.0)
    axes.text(start + 5.0, height + 0.6, "10 m", ha="center", fontsize=10, color=palette.EGO)


def _corners(frame: LogFrame, ego_in_map: np.ndarray) -> Float[np.ndarray, "A 4 2"]:
    """Box corners of a frame, whose boxes lie in its own ego frame, in the frame of ``ego_in_map``."""
    boxes = frame.boxes.astype(np.float64)
    poses = map_to_local(local_to_map(boxes[:, [0, 1, 6]], frame.ego_pose_in_map), ego_in_map)
    return box_corners(poses[:, :2], poses[:, 2], boxes[:, 3], boxes[:, 4])


def _colours(frame: LogFrame, culprits: frozenset[str]) -> list[str]:
    return [
        palette.CULPRIT if track in culprits else palette.AGENTS.get(name, palette.STATIC_OBJECT)
        for track, name in zip(frame.track_tokens, frame.names, strict=True)
    ]


def _near(geometries: Iterable[BaseGeometry], ego_in_map: np.ndarray, reach_m: float) -> list[BaseGeometry]:
    x, y = ego_in_map[:2]
    window = shapely.box(x - reach_m, y - reach_m, x + reach_m, y + reach_m)
    return [shape for shape in geometries if shape.intersects(window) and not shape.is_empty]


def _outline(shape: BaseGeometry, ego_in_map: np.ndarray) -> Outline:
    """A polygon or several, holes included, on the screen."""
    rings = shapely.get_rings(shape)
    paths = [Outline(_screen(points_to_local(shapely.get_coordinates(r), ego_in_map))) for r in rings]
    return Outline.make_compound_path(*paths)


def _from_rear_axle(poses: np.ndarray) -> Float[np.ndarray, "F_plus_1 2"]:
    return np.concatenate([np.zeros((1, 2)), poses[:, :2]])


def _screen(points: Float[np.ndarray, "*n 2"]) -> Float[np.ndarray, "*n 2"]:
    return np.stack([-points[..., 1], points[..., 0]], axis=-1)
