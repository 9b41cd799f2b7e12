"""The HTML page."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from navsim_agent.evaluation.bootstrap import BootstrapConfig
from navsim_agent.evaluation.gallery import Gallery, GalleryScene, ShownScore
from navsim_agent.evaluation.ladder import gain, ladder
from navsim_agent.evaluation.plots.curves import Curve
from navsim_agent.evaluation.report import Report, TrainingRun, render_report, write_report
from navsim_agent.evaluation.reward_quality import RewardQuality, RewardRow
from tests.navsim_agent.results import evaluation

CONFIG = BootstrapConfig(resamples=100)
EVIL = '<script>alert("x")</script>&"\''
VOID = {"meta", "img", "br", "hr", "link", "input"}


class Balanced(HTMLParser):
    """Fails on a tag that is closed out of turn; remembers what the page shows and loads."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.loads: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loads += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def parsed(page: str) -> Balanced:
    parser = Balanced()
    parser.feed(page)
    parser.close()
    assert not parser.open
    return parser


@pytest.fixture
def report() -> Report:
    results = [
        evaluation([0.0, 0.5, 1.0, 1.0], agent=EVIL, failed=(0,)),
        evaluation([1.0] * 4, agent="human", privileged=True),
    ]
    scene = GalleryScene(
        token=EVIL,
        log_name=EVIL,
        epdms=0.5,
        sub_scores=(ShownScore("nc", 0.5, 1.3), ShownScore("ec", np.nan, None)),
        sentence=EVIL,
        front=b"jpeg",
        bev=b"png",
    )
    return Report(
        title=EVIL,
        ladder=ladder(results, CONFIG),
        confidence=0.95,
        steps=(gain(results[0], results[1], CONFIG),),
        runs=(TrainingRun(EVIL, tuple(Curve(EVIL, np.arange(3.0), np.ones(3)) for _ in range(5))),),
        quality=RewardQuality((EVIL,), (RewardRow(EVIL, EVIL, 0.5, 0.1, 0.3, (np.nan,)),)),
        gallery=Gallery(EVIL, worst=(scene,), best=(scene,), random=()),
        commands=(EVIL, "irl-vla report"),
    )


def test_whatever_a_name_holds_is_text(report: Report):
    page = render_report(report)
    assert "<script" not in page
    text = parsed(page).text
    assert text.count(EVIL) > 10


def test_nothing_is_loaded_from_elsewhere(report: Report):
    page = render_report(report)
    assert all(url.startswith(("data:image/", "#")) for url in parsed(page).loads)
    assert not re.search(r"@import|url\((?!#|data:)", page)


def test_the_numbers_are_there(report: Report):
    text = parsed(render_report(report)).text
    for expected in (
        "62.5",
        "100.0",
        "human-penalty filter on",
        "issue 151",
        "NC 50.0 at 1.3 s",
        "irl-vla report",
    ):
        assert expected in text
    assert "nan" not in text.lower()


def test_the_filter_is_named_as_it_was(report: Report):
    text = parsed(render_report(replace(report, human_filter=False))).text
    assert "human-penalty filter off" in text


def test_empty_parts_are_left_out():
    tags = parsed(render_report(Report(title="empty", ladder=(), confidence=0.95))).tags
    assert "section" not in tags


def test_one_log_has_no_whiskers():
    rows = ladder([evaluation([1.0, 0.0], ["a", "a"])], CONFIG)
    page = render_report(Report(title="one log", ladder=rows, confidence=0.95))
    assert 'class="whisker"' not in page


def test_writes_into_a_new_folder(tmp_path: Path, report: Report):
    write_report(report, tmp_path / "out" / "report.html")
    assert (tmp_path / "out" / "report.html").read_text(encoding="utf-8") == render_report(report)
