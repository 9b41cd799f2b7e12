"""What is wrong with a submission: one line each."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

LONGEST = 200
"""Characters of each part of a line."""


class Severity(Enum):
    """Whether a file can be uploaded all the same."""

    ERROR = "error"
    """The server would refuse the file, fail on it, or score something else than the planner."""
    WARNING = "warning"
    """Odd, but it would be scored."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong."""

    severity: Severity
    what: str
    where: str
    cure: str

    def __str__(self) -> str:
        return f"{self.severity.value}: {_told(self.what)}, {_told(self.where)}; {_told(self.cure)}"


def _told(text: str) -> str:
    """On one line, short, and without characters that steer a terminal: it may quote a stranger's file."""
    line = " ".join(text[: 2 * LONGEST].split())[:LONGEST]
    return "".join(character if character.isprintable() else "?" for character in line)


def error(what: str, where: str, cure: str) -> Problem:
    return Problem(Severity.ERROR, what, where, cure)


def warning(what: str, where: str, cure: str) -> Problem:
    return Problem(Severity.WARNING, what, where, cure)


def has_errors(problems: Iterable[Problem]) -> bool:
    """Whether something forbids the upload."""
    return any(problem.severity is Severity.ERROR for problem in problems)
