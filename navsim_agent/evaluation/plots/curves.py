"""Training curves of a run, as SVG that takes the colour of the text round it."""

import io
import json
import math
from dataclasses import dataclass
from pathlib import Path

import matplotlib
import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from driving.errors import DataError

TEXT = "#010203"
"""A colour nothing else uses, replaced by the page's own in the finished SVG."""
LINE = "#3b82f6"
SMOOTHED_SHARE = 0.05
"""The bold line averages about this share of all points."""


@dataclass(frozen=True)
class Curve:
    """One logged quantity over the steps of a run."""

    name: str
    steps: Float[np.ndarray, "n"]
    values: Float[np.ndarray, "n"]


def read_curves(path: Path) -> tuple[Curve, ...]:
    """Every quantity of a metrics.jsonl, in the order of appearance.

    Raises DataError with file and line where a line is not an object of numbers with a step.
    """
    points: dict[str, list[tuple[float, float]]] = {}
    for number, line in enumerate(_lines(path), start=1):
        try:
            record = json.loads(line)
            step = float(record.pop("step"))
            for name, value in record.items():
                points.setdefault(name, []).append((step, float(value)))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DataError(f"{path}:{number}: not a line of metrics ({error})") from error
    return tuple(Curve(name, *np.array(values, dtype=np.float64).T) for name, values in points.items())


def draw_curve(curve: Curve) -> str:
    """An inline SVG: every point thin, their exponential mean bold."""
    style = matplotlib.rc_context(
        {"svg.fonttype": "none", "svg.hashsalt": curve.name, "font.family": "sans-serif"}
    )
    with style:
        figure = Figure(figsize=(3.6, 2.1))
        axes = figure.add_axes((0.15, 0.14, 0.82, 0.82))
        axes.patch.set_visible(False)
        axes.plot(curve.steps, curve.values, color=LINE, linewidth=0.8, alpha=0.35)
        axes.plot(curve.steps, _smoothed(curve.values), color=LINE, linewidth=1.8)
        axes.tick_params(colors=TEXT, labelsize=8, length=0)
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        axes.yaxis.set_major_locator(MaxNLocator(4))
        axes.grid(color=TEXT, alpha=0.12, linewidth=0.6)
        for spine in axes.spines.values():
            spine.set_visible(False)
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    svg = buffer.getvalue()
    return svg[svg.index("<svg") :].replace(TEXT, "currentColor")


def _lines(path: Path) -> list[str]:
    try:
        return [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: cannot be read ({error})") from error


def _smoothed(values: Float[np.ndarray, "n"]) -> Float[np.ndarray, "n"]:
    """Exponential mean without the pull towards zero at the start; NaN leaves it where it was."""
    past = 1.0 - 1.0 / max(1.0, SMOOTHED_SHARE * len(values))
    total, weight, means = 0.0, 0.0, []
    for value in values:
        if math.isfinite(value):
            total = past * total + (1.0 - past) * value
            weight = past * weight + (1.0 - past)
        means.append(total / weight if weight else math.nan)
    return np.array(means)
