"""One self-contained HTML page: the ladder, training curves, reward quality, a gallery of scenes."""

import base64
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import jinja2
from markupsafe import Markup

from driving.scores import OFFICIAL_COLUMNS
from navsim_agent.evaluation.gallery import Gallery, GalleryScene
from navsim_agent.evaluation.ladder import LadderRow, Step, percent
from navsim_agent.evaluation.plots import palette
from navsim_agent.evaluation.plots.curves import Curve, draw_curve
from navsim_agent.evaluation.reward_quality import RewardQuality

CONVENTION = (
    "EPDMS as NAVSIM devkit v2.2 computes it, after the fix of its issue 151: one stage, log-replay "
    "traffic, human-penalty filter {filter}. Numbers made before that fix, by Hydra-MDP++'s formula "
    "or as NAVSIM v1's PDMS are on other scales."
)
SUB_SCORE_NAMES = {
    "nc": "no at-fault collision",
    "dac": "drivable area",
    "ddc": "driving direction",
    "tlc": "traffic light",
    "ep": "progress",
    "ttc": "time to collision",
    "lk": "lane keeping",
    "hc": "history comfort",
    "ec": "extended comfort",
}
SHOWN_CURVES = 3
"""Curves of a run that are open at first; the others unfold."""


@dataclass(frozen=True)
class TrainingRun:
    """The curves of one training."""

    name: str
    curves: tuple[Curve, ...]


@dataclass(frozen=True)
class Report:
    """All that the page shows; empty parts are left out."""

    title: str
    ladder: tuple[LadderRow, ...]
    confidence: float
    """Level of the intervals."""
    human_filter: bool = True
    """Whether the scorer forgave what the logged driver did, too."""
    steps: tuple[Step, ...] = ()
    runs: tuple[TrainingRun, ...] = ()
    quality: RewardQuality | None = None
    gallery: Gallery | None = None
    commands: tuple[str, ...] = ()
    """What one types to make the page again."""


def write_report(report: Report, path: Path) -> None:
    """Write the page to ``path``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render_report(report), encoding="utf-8")


def render_report(report: Report) -> str:
    """The page. Every string is escaped; pictures and styles lie inside."""
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(percent=percent, fixed=_fixed, jpeg=_data_url("jpeg"), png=_data_url("png"))
    template = environment.from_string(_beside("report.html"))
    return template.render(
        report=report,
        style=Markup(_beside("report.css")),
        convention=CONVENTION.format(filter="on" if report.human_filter else "off"),
        sub_scores=[(key, SUB_SCORE_NAMES[key]) for key in OFFICIAL_COLUMNS],
        runs=[(run.name, _charts(run.curves)) for run in report.runs],
        shown_curves=SHOWN_CURVES,
        groups=_groups(report.gallery),
        palette=palette,
    )


def _charts(curves: Sequence[Curve]) -> list[tuple[str, Markup]]:
    return [(curve.name, Markup(draw_curve(curve))) for curve in curves]


def _groups(gallery: Gallery | None) -> list[tuple[str, tuple[GalleryScene, ...]]]:
    if gallery is None:
        return []
    groups = [("Worst", gallery.worst), ("Best", gallery.best), ("At random", gallery.random)]
    return [(name, scenes) for name, scenes in groups if scenes]


def _fixed(value: float, digits: int) -> str:
    return "–" if math.isnan(value) else f"{value:.{digits}f}"


def _data_url(kind: str) -> Callable[[bytes], str]:
    def encode(content: bytes) -> str:
        return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"

    return encode


def _beside(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")
