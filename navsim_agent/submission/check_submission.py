"""Everything that is wrong with a submission, found before the server fails on it without a word.

Opens the file as ``open_submission`` does: nothing of it is run. Needs the lists of a split, no data.
"""

from pathlib import Path
from typing import Any

from driving.errors import DataError
from navsim_agent.submission.check_plans import check_plans
from navsim_agent.submission.check_structure import check_keys, check_tokens, prediction_tables
from navsim_agent.submission.leaderboard_split import LeaderboardSplit
from navsim_agent.submission.open_submission import OpenedSubmission, open_submission, type_name
from navsim_agent.submission.problem import Problem, Severity, error, warning
from navsim_agent.submission.team import team_problems
from navsim_agent.submission.write_submission import FILE_NAME

WRITE_AGAIN = "write it with irl-vla submit, or where numpy 1.23 is installed"
LARGEST_MB, LARGE_MB = 1000, 100
"""A submission of 12,146 scenes takes 3 MB, and 8 MB with 40 poses each."""
OFFICIAL_PROTOCOL = 4
"""Of the official script under Python 3.9, which opens protocol 5, too."""


def check_submission(path: Path, split: LeaderboardSplit) -> list[Problem]:
    """All problems of a file that is to be uploaded for ``split``, errors first.

    Raises DataError where there is no such file.
    """
    if not path.is_file():
        raise DataError(f"{path}: no such file")
    megabytes = path.stat().st_size / 1e6
    if megabytes > LARGEST_MB:
        return [error(f"{megabytes:.0f} MB is no submission", f"in {path}", "store nothing but plans")]
    try:
        opened = open_submission(path)
    except DataError as reason:
        return [error(str(reason), "in the whole file", WRITE_AGAIN)]
    problems = [
        *_check_pickle(opened),
        *_check_content(opened.content, split),
        *_check_file(path, megabytes),
    ]
    return sorted(problems, key=lambda problem: problem.severity is Severity.WARNING)


def _check_pickle(opened: OpenedSubmission) -> list[Problem]:
    """What the server's Python would stumble on before it sees a plan."""
    problems = []
    if names := opened.numpy_2_names:
        what = f"names {names[0]}, which numpy 1.23 on the server does not have"
        problems.append(error(what, "in the pickle", WRITE_AGAIN))
    numpy_2 = set(opened.numpy_2_names)
    if names := [name for name in opened.foreign_names if name not in numpy_2]:
        more = f" and {len(names) - 1} other names" if len(names) > 1 else ""
        cure = "store text, numpy arrays and the devkit's Trajectory only"
        problems.append(
            error(f"names {names[0]}{more}, which the server may not have", "in the pickle", cure)
        )
    if opened.protocol > OFFICIAL_PROTOCOL:
        what = f"pickle protocol {opened.protocol}, the official script writes {OFFICIAL_PROTOCOL}"
        problems.append(warning(what, "in the pickle", f"pickle.dump(..., protocol={OFFICIAL_PROTOCOL})"))
    return problems


def _check_content(content: Any, split: LeaderboardSplit) -> list[Problem]:
    if not isinstance(content, dict):
        return [error(f"holds a {type_name(content)}, not a dict", "in the whole file", WRITE_AGAIN)]
    problems = [*check_keys(content, split), *team_problems(content)]
    table_problems, tables = prediction_tables(content, split)
    return [*problems, *table_problems, *check_tokens(tables, split), *check_plans(tables)]


def _check_file(path: Path, megabytes: float) -> list[Problem]:
    problems = []
    if path.name != FILE_NAME:
        cure = f"rename it to {FILE_NAME}"
        problems.append(warning(f"the leaderboards take {FILE_NAME} only", f"at {path}", cure))
    if megabytes > LARGE_MB:
        problems.append(warning(f"{megabytes:.0f} MB are many", f"in {path}", "store nothing but plans"))
    return problems
