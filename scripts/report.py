"""Make one self-contained HTML page, and table.csv, from evaluations of the same split.

evaluations=[DIR,DIR,...] in the order of the table; gallery= names the one whose scenes are shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from driving.data.assemble import load_log
from driving.errors import DataError
from driving.scene import Scene
from navsim_agent.evaluation.bootstrap import BootstrapConfig
from navsim_agent.evaluation.gallery import Gallery, GalleryConfig, choose_rows, make_gallery
from navsim_agent.evaluation.ladder import gain, ladder, markdown_table, write_table
from navsim_agent.evaluation.plots.curves import read_curves
from navsim_agent.evaluation.report import Report, TrainingRun, write_report
from navsim_agent.evaluation.result import EvaluationResult, load_result
from navsim_agent.evaluation.reward_quality import read_reward_quality
from reward_wm.epdms.config import ScorerConfig
from reward_wm.epdms.prepared_logs import load_prepared_logs
from scripts.data_keys import DataKeys, open_split


@dataclass
class Config(DataKeys):
    """Keys of ``irl-vla report``."""

    out: str = "???"
    """Folder to write report.html, table.csv and table.md to."""
    title: str = "IRL-VLA"
    """Heading of the page."""
    cache: str = "???"
    """The cached split that was evaluated."""
    evaluations: list[str] = field(default_factory=list)
    """Folders of `irl-vla evaluate`, in the order of the table."""
    gallery: str | None = None
    """The evaluation whose scenes are shown; default: the last one."""
    gains: list[str] = field(default_factory=list)
    """Pairs agent-folder:baseline-folder whose paired difference is shown."""
    trainings: list[str] = field(default_factory=list)
    """Folders of trainings whose curves are shown."""
    reward_measures: str | None = None
    """reward_measures.json of `irl-vla reward`."""
    commands: list[str] = field(default_factory=list)
    """Commands to print under the page."""
    scorer: ScorerConfig = field(default_factory=ScorerConfig)
    pictures: GalleryConfig = field(default_factory=GalleryConfig)
    bootstrap: BootstrapConfig = field(default_factory=BootstrapConfig)


def run(config: Config) -> None:
    if not config.evaluations:
        raise DataError("evaluations=[] names no evaluation")
    results = [load_result(Path(folder)) for folder in config.evaluations]
    rows = ladder(results, config.bootstrap)
    out = Path(config.out)
    write_table(rows, out / "table.csv")
    (out / "table.md").write_text(markdown_table(rows))
    report = Report(
        title=config.title,
        ladder=rows,
        confidence=config.bootstrap.confidence,
        human_filter=config.scorer.human_filter,
        steps=tuple(_gain(pair, config) for pair in config.gains),
        runs=tuple(_training(Path(folder)) for folder in config.trainings),
        quality=None if config.reward_measures is None else read_reward_quality(Path(config.reward_measures)),
        gallery=_gallery(config, load_result(Path(config.gallery or config.evaluations[-1]))),
        commands=tuple(config.commands),
    )
    write_report(report, out / "report.html")
    print(markdown_table(rows))
    print(f"{out / 'report.html'}")


def _gain(pair: str, config: Config):
    ours, _, baseline = pair.partition(":")
    return gain(load_result(Path(ours)), load_result(Path(baseline)), config.bootstrap)


def _training(folder: Path) -> TrainingRun:
    return TrainingRun(folder.name, read_curves(folder / "metrics.jsonl"))


def _gallery(config: Config, result: EvaluationResult) -> Gallery:
    split, folders = open_split(config)
    shown = [row for rows in choose_rows(result, config.pictures) for row in rows]
    scenes = _scenes(result, shown, folders, split)
    prepared = load_prepared_logs(Path(config.cache) / "scorer")
    return make_gallery(result, scenes, prepared, folders.sensors, config.scorer, config.pictures)


def _scenes(result: EvaluationResult, rows: Sequence[int], folders, split) -> dict[str, Scene]:
    logs = {result.log_names[row] for row in rows}
    wanted = {result.tokens[row] for row in rows}
    return {
        scene.token: scene
        for log in sorted(logs)
        for scene in load_log(folders.logs / f"{log}.pkl", folders.maps, split.scene_filter)
        if scene.token in wanted
    }
