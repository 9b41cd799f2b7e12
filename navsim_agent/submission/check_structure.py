"""Keys, lists and tokens of a submission against the split it is for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from navsim_agent.submission.leaderboard_split import ONE_STAGE_KEY, TWO_STAGE_KEYS, LeaderboardSplit
from navsim_agent.submission.open_submission import type_name
from navsim_agent.submission.problem import Problem, error, warning
from navsim_agent.submission.team import TEAM_KEYS


@dataclass(frozen=True)
class PredictionTable:
    """The plans of one stage, or of one seed."""

    key: str
    """Of the official file."""
    where: str
    plans: dict[Any, Any]
    """By what should be a token."""


def check_keys(content: dict[Any, Any], split: LeaderboardSplit) -> list[Problem]:
    """Whether the file has the entries of the official one, and no others."""
    wanted = (*TEAM_KEYS, *split.stages)
    missing = [key for key in wanted if key not in content]
    strangers = [key for key in content if key not in wanted]
    problems = [error(f"{key!r} is missing", "among the keys", _cure(key, split)) for key in missing]
    for key in strangers:
        if key in (ONE_STAGE_KEY, *TWO_STAGE_KEYS):
            cure = f"{split.name} wants {' and '.join(split.stages)}: is split= the right one?"
            problems.append(error(f"{key!r} is of another leaderboard", "among the keys", cure))
        else:
            problems.append(warning(f"nobody reads {key!r}", "among the keys", "leave it out"))
    return problems


def _cure(key: str, split: LeaderboardSplit) -> str:
    if key in split.stages:
        return f"{key} = [{{token: Trajectory}}] for {split.name}"
    return f"spell it {key!r}"


def prediction_tables(
    content: dict[Any, Any], split: LeaderboardSplit
) -> tuple[list[Problem], list[PredictionTable]]:
    """The plans that the file holds, as far as they are where they belong.

    One stage (devkit v1.1) may have several seeds, each a whole split; two stages have one.
    """
    problems: list[Problem] = []
    tables: list[PredictionTable] = []
    for key in (key for key in split.stages if key in content):
        found = content[key]
        if isinstance(found, dict):
            problems.append(
                error(f"{key} is a dict, not a list of one dict", f"at {key!r}", f"{key} = [{{...}}]")
            )
            found = [found]
        if not isinstance(found, list | tuple) or not all(isinstance(item, dict) for item in found):
            cure = f"{key} = [{{token: Trajectory}}]"
            problems.append(error(f"{key} is no list of dicts but a {type_name(found)}", f"at {key!r}", cure))
            continue
        if not found:
            problems.append(error(f"{key} is empty", f"at {key!r}", f"{key} = [{{token: Trajectory}}]"))
        if key == ONE_STAGE_KEY:
            tables += [PredictionTable(key, f"in {key}[{number}]", item) for number, item in enumerate(found)]
            continue
        if len(found) > 1:
            problems += _several(key, found)
        tables.append(
            PredictionTable(key, f"in {key}", {t: plan for item in found for t, plan in item.items()})
        )
    return problems, tables


def _several(key: str, found: Sequence[dict[Any, Any]]) -> list[Problem]:
    """Two-stage scripts refuse more than one dict, seeds and parts of a split alike."""
    problems = [error(f"{key} holds {len(found)} dicts, the server takes one", f"at {key!r}", "merge them")]
    every = [token for item in found for token in item]
    twice = len(every) - len(set(every))
    if twice:
        problems.append(error(f"{twice} tokens occur twice", f"in {key}", "plan each scene once"))
    return problems


def check_tokens(tables: Sequence[PredictionTable], split: LeaderboardSplit) -> list[Problem]:
    """Missing, superfluous and misplaced tokens."""
    problems = [problem for table in tables for problem in _check_table(table, split)]
    stages = [set(table.plans) for table in tables if table.key in TWO_STAGE_KEYS]
    both = set.intersection(*stages) if len(stages) > 1 else set()
    if both:
        what = f"{len(both)} tokens occur twice (first {min(map(str, both))})"
        problems.append(error(what, "in both stages", "synthetic scenes belong to the second stage only"))
    return problems


def _check_table(table: PredictionTable, split: LeaderboardSplit) -> list[Problem]:
    problems: list[Problem] = []
    wanted, found = dict.fromkeys(split.stages[table.key]), table.plans
    odd = [token for token in found if not isinstance(token, str)]
    if odd:
        what = f"{len(odd)} tokens are no text but {type_name(odd[0])}"
        problems.append(error(what, table.where, "use the texts of the split"))
    missing = [token for token in wanted if token not in found]
    if missing:
        what = f"{len(missing)} of {len(wanted)} tokens are missing (first {missing[0]})"
        cure = f"plan every scene of {split.name}: frame_interval 1, and an agent that fails on none"
        problems.append(error(what, table.where, cure))
    extra = [token for token in found if isinstance(token, str) and token not in wanted]
    if extra:
        elsewhere = {token for key, tokens in split.stages.items() if key != table.key for token in tokens}
        misplaced = len(elsewhere.intersection(extra))
        cure = f"{misplaced} of them belong to the other stage" if misplaced else "leave them out"
        what = f"{len(extra)} tokens are not of {split.name} (first {extra[0]})"
        problems.append(error(what, table.where, cure))
    return problems
