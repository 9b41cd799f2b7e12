"""What the doctor says: findings by subject, and what was not looked at."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

ItemT = TypeVar("ItemT")
FETCH = "fetch"
"""First word of every cure that is a download; nothing of an embedded world can be had that way."""


class Level(Enum):
    """How much a finding matters."""

    OK = "ok"
    WARNING = "warning"
    """It costs scenes, time or comparability, or stops the devkit's own scripts only."""
    ERROR = "error"
    """What was asked about cannot work, or gives wrong numbers."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    level: Level
    subject: str
    found: str
    cure: str = ""
    """Something to type or to do; empty where nothing is wrong."""

    def __post_init__(self) -> None:
        if (self.level is Level.OK) == bool(self.cure):
            raise ValueError(f"{self.subject}: a cure belongs to what is wrong, and only there")


@dataclass(frozen=True)
class Group:
    """The findings on one subject, in the order in which they should be cured."""

    title: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Examination:
    """Everything that was found, and what was not looked at because a key was not given."""

    groups: tuple[Group, ...]
    not_checked: tuple[str, ...] = ()

    def count(self, level: Level) -> int:
        return sum(finding.level is level for group in self.groups for finding in group.findings)


def ok(subject: str, found: str) -> Finding:
    return Finding(Level.OK, subject, found)


def warning(subject: str, found: str, cure: str) -> Finding:
    return Finding(Level.WARNING, subject, found, cure)


def error(subject: str, found: str, cure: str) -> Finding:
    return Finding(Level.ERROR, subject, found, cure)


def count_of(count: int, thing: str) -> str:
    """'1 log', '2,000 logs'."""
    return f"{count:,} {thing}" + ("" if count == 1 else "s")


def first_of(items: Sequence[object], count: int = 3) -> str:
    """The first few, and how many there are beyond."""
    shown = ", ".join(str(item) for item in items[:count])
    return f"{shown} and {len(items) - count:,} more" if len(items) > count else shown


def size_text(size: float) -> str:
    """'64 MB', '0.4 GB', '120 GB'."""
    if size < 1e8:
        return f"{size / 1e6:.0f} MB"
    return f"{size / 1e9:,.0f} GB" if size >= 1e10 else f"{size / 1e9:.1f} GB"


def spread(items: Sequence[ItemT], count: int) -> list[ItemT]:
    """``count`` of them, evenly from the first to the last; all where there are fewer."""
    if len(items) <= count:
        return list(items)
    return [items[round(index * (len(items) - 1) / max(count - 1, 1))] for index in range(count)]
