"""Who submits: five texts that the leaderboards ask for, by the official file's own keys."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from navsim_agent.submission.open_submission import type_name
from navsim_agent.submission.problem import Problem, error, warning

TEAM_KEYS = ("team_name", "authors", "email", "institution", "country / region")
PLACEHOLDERS = ("must_set", "placeholder", "todo", "none", "null", "???", "...", "xxx", "tbd")
"""What example scripts have in these places, in small letters."""
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True)
class Team:
    """The team as the leaderboard will show it. Raises ValueError for a text that it would not take."""

    team_name: str
    """May be a link, ``<a href=REPOSITORY>NAME</a>``: some leaderboards remove entries without code."""
    authors: str
    email: str
    institution: str
    country: str
    """Country or region."""

    def __post_init__(self) -> None:
        problems = team_problems(self.entries())
        if problems:
            raise ValueError(f"{problems[0].what}, {problems[0].cure}")

    def entries(self) -> dict[str, str]:
        """The five entries of the official file."""
        texts = (self.team_name, self.authors, self.email, self.institution, self.country)
        return dict(zip(TEAM_KEYS, texts, strict=True))


def team_problems(entries: Mapping[Any, Any]) -> list[Problem]:
    """What is wrong with the entries of a team; missing ones are left to whoever checks the keys."""
    return [
        problem
        for key in TEAM_KEYS
        if key in entries and (problem := _problem(key, entries[key])) is not None
    ]


def _problem(key: str, value: Any) -> Problem | None:
    where = f"at {key!r}"
    if isinstance(value, list | tuple) and value and all(isinstance(item, str) for item in value):
        return warning(f"{key} is a list of texts", where, "the official script writes one text: join them")
    if not isinstance(value, str):
        return error(f"{key} is a {type_name(value)}, not text", where, "write one text")
    if not value.strip():
        return error(f"{key} is empty", where, "say who submits")
    if value.strip().lower() in PLACEHOLDERS:
        return error(f"{key} is still {value.strip()!r}", where, "say who submits")
    if "\n" in value or "\r" in value:
        return error(f"{key} has several lines", where, "write one line")
    if key == "email" and not EMAIL.fullmatch(value.strip()):
        return error(f"email {value!r} is no address", where, "give the one the organisers can reach")
    return None
