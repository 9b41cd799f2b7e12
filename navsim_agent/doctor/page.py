"""The page on a terminal, and the same as JSON."""

import json
import textwrap
from dataclasses import asdict
from pathlib import Path

from driving.replacing import replacing
from navsim_agent.doctor.finding import Examination, Finding, Level, count_of

WIDTH = 110
_COLOURS = {Level.OK: "32", Level.WARNING: "33", Level.ERROR: "31;1"}
_LEVEL_WIDTH = max(len(level.value) for level in Level)
_SUBJECT_WIDTH = 20


def format_page(examination: Examination, has_colour: bool) -> str:
    """Plain text; commands stand on lines of their own, whole, to be copied."""
    lines: list[str] = []
    for group in examination.groups:
        if group.findings:
            lines += [group.title, *(_format(finding, has_colour) for finding in group.findings), ""]
    lines += [f"not checked: {text}" for text in examination.not_checked]
    lines += [""] if examination.not_checked else []
    return "\n".join([*lines, summary(examination)])


def summary(examination: Examination) -> str:
    """'1 error, 2 warnings, 14 ok'."""
    errors, warnings = examination.count(Level.ERROR), examination.count(Level.WARNING)
    return f"{count_of(errors, 'error')}, {count_of(warnings, 'warning')}, {examination.count(Level.OK)} ok"


def save_findings(examination: Examination, path: Path) -> None:
    """The findings as JSON, complete or not at all."""
    groups = [
        {
            "title": group.title,
            "findings": [asdict(item) | {"level": item.level.value} for item in group.findings],
        }
        for group in examination.groups
    ]
    content = {"groups": groups, "not_checked": list(examination.not_checked)}
    with replacing(path) as partial:
        partial.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _format(finding: Finding, has_colour: bool) -> str:
    level = f"{finding.level.value:{_LEVEL_WIDTH}}"
    if has_colour:
        level = f"\033[{_COLOURS[finding.level]}m{level}\033[0m"
    indent = " " * (_LEVEL_WIDTH + 4)
    text = textwrap.wrap(
        f"{finding.subject:{_SUBJECT_WIDTH}} {finding.found}",
        WIDTH - _LEVEL_WIDTH - 4,
        subsequent_indent=" " * (_SUBJECT_WIDTH + 1),
        break_long_words=False,
        break_on_hyphens=False,
    )
    lines = [f"  {level}  {text[0]}", *(indent + line for line in text[1:])]
    if finding.cure:
        lines.append(f"{indent}{'':{_SUBJECT_WIDTH}} -> {finding.cure}")
    return "\n".join(lines)
