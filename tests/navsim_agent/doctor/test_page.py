"""The page: grouped, plain without a terminal, with cures that can be copied; and its JSON twin."""

import json
from pathlib import Path

import pytest

from navsim_agent.doctor.finding import (
    Examination,
    Finding,
    Group,
    Level,
    error,
    first_of,
    ok,
    size_text,
    warning,
)
from navsim_agent.doctor.page import format_page, save_findings, summary

COMMAND = "python -m pip install --force-reinstall " + " ".join(f"package{index}" for index in range(20))
EXAMINATION = Examination(
    (
        Group("versions", (ok("Python", "3.11"), error("numpy", "broken " * 30, COMMAND))),
        Group("maps", ()),
        Group("machine", (warning("disk", "tight", "make room"),)),
    ),
    ("caches: set cache=",),
)


def test_it_is_grouped_and_counts() -> None:
    lines = format_page(EXAMINATION, has_colour=False).splitlines()
    assert [line for line in lines if line and not line.startswith(" ")] == [
        "versions",
        "machine",
        "not checked: caches: set cache=",
        "1 error, 1 warning, 1 ok",
    ]
    assert lines[-1] == summary(EXAMINATION)


def test_a_cure_is_never_broken_and_text_is() -> None:
    page = format_page(EXAMINATION, has_colour=False)
    assert f"-> {COMMAND}\n" in page
    assert page.count("->") == 2, "what is ok needs none"
    assert all(len(line) <= 110 for line in page.splitlines() if "->" not in line)


def test_colour_is_for_terminals() -> None:
    assert "\033[" not in format_page(EXAMINATION, has_colour=False)
    assert "\033[31;1merror" in format_page(EXAMINATION, has_colour=True)


def test_the_same_as_json(tmp_path: Path) -> None:
    save_findings(EXAMINATION, tmp_path / "new" / "findings.json")
    content = json.loads((tmp_path / "new" / "findings.json").read_text())
    assert [group["title"] for group in content["groups"]] == ["versions", "maps", "machine"]
    assert content["groups"][2]["findings"] == [
        {"level": "warning", "subject": "disk", "found": "tight", "cure": "make room"}
    ]
    assert content["not_checked"] == ["caches: set cache="]


def test_a_cure_belongs_to_what_is_wrong() -> None:
    with pytest.raises(ValueError, match="cure"):
        Finding(Level.ERROR, "disk", "full")
    with pytest.raises(ValueError, match="cure"):
        Finding(Level.OK, "disk", "free", "nothing to do")


def test_lists_and_sizes_are_short() -> None:
    assert first_of(["a", "b", "c", "d", "e"]) == "a, b, c and 2 more"
    assert [size_text(size) for size in (64e6, 4e8, 1.2e11)] == ["64 MB", "0.4 GB", "120 GB"]
