"""Our scores beside the devkit's, column by column, matched by token, and by name where both have names."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from driving.errors import DataError
from driving.scores import OFFICIAL_COLUMNS
from navsim_agent.evaluation.result import AVERAGE_ROW
from navsim_agent.evaluation.two_stage_layout import TWO_STAGE_COLUMNS
from reward_wm.pdms import PDMS_COLUMNS

ONE_STAGE = (*OFFICIAL_COLUMNS.values(), "score")
VERSION_1 = tuple(PDMS_COLUMNS.values())
"""Of a file of PDMS, which has comfort where EPDMS has history comfort."""
TWO_STAGE = (*TWO_STAGE_COLUMNS, "score")
"""Of a two-stage file its last rows, the means of the stages and the result, are compared as well."""


@dataclass(frozen=True)
class Disagreement:
    """One row whose value differs."""

    token: str
    """Of its scene, and the row's name, if it has one, after a blank."""
    ours: float
    official: float


@dataclass(frozen=True)
class ColumnAgreement:
    """How one column compares over the scenes both files hold."""

    column: str
    rows: int
    agreeing: int
    """Both NaN, or no further apart than the tolerance."""
    largest_difference: float
    """Over rows with two numbers; 0 where there are none."""
    worst: tuple[Disagreement, ...]
    """Worst first; a NaN on one side only counts as worst of all."""

    @property
    def share(self) -> float:
        return self.agreeing / self.rows


@dataclass(frozen=True)
class Comparison:
    """Two score files side by side."""

    columns: tuple[ColumnAgreement, ...]
    only_ours: tuple[str, ...]
    """Rows that the official file lacks."""
    only_official: tuple[str, ...]
    tolerance: float

    @property
    def agrees(self) -> bool:
        """Whether both files hold the same scenes with the same values."""
        complete = not self.only_ours and not self.only_official
        return complete and all(column.agreeing == column.rows for column in self.columns)


def compare_with_official(ours: Path, official: Path, tolerance: float = 1e-6, worst: int = 5) -> Comparison:
    """Compare two CSV files with the devkit's columns.

    A row is known by its token, and also by its name where both files have names.

    Raises DataError where a file cannot be read, lacks a column, repeats a row, or where the two have
    no row in common.
    """
    left, right = _read(ours), _read(official)
    layouts = ((TWO_STAGE, TWO_STAGE[0]), (VERSION_1, "comfort"), (ONE_STAGE, "score"))
    layout = next((one for one, mark in layouts if mark in left and mark in right), ONE_STAGE)
    _check_columns(left, layout, ours)
    _check_columns(right, layout, official)
    named = all("name" in frame and frame["name"].notna().any() for frame in (left, right))
    left, right = _by_row(left, ours, named), _by_row(right, official, named)
    shared = left.index.intersection(right.index)
    if shared.empty:
        raise DataError(f"{ours} and {official} have no {'row' if named else 'token'} in common")
    columns = tuple(
        _compare_column(left.loc[shared, column], right.loc[shared, column], tolerance, worst)
        for column in layout
    )
    return Comparison(
        columns,
        only_ours=tuple(left.index.difference(right.index)),
        only_official=tuple(right.index.difference(left.index)),
        tolerance=tolerance,
    )


def format_comparison(comparison: Comparison) -> str:
    """A table for the terminal, and under it the worst rows of each column that disagrees."""
    lines = [f"{'column':<42}{'rows':>7}{'agree':>10}{'largest difference':>21}"]
    for column in comparison.columns:
        lines.append(
            f"{column.column:<42}{column.rows:>7}{column.share:>10.2%}{column.largest_difference:>21.2e}"
        )
    for column in comparison.columns:
        lines += [
            f"{column.column}  {row.token}  ours {row.ours:.9g}  official {row.official:.9g}"
            for row in column.worst
        ]
    if comparison.only_ours or comparison.only_official:
        lines.append(
            f"{len(comparison.only_ours)} rows only in ours, "
            f"{len(comparison.only_official)} only in the official file"
        )
    return "\n".join(lines)


def _read(path: Path) -> pd.DataFrame:
    try:
        frame = pd.read_csv(path, dtype={"token": str, "name": str}, keep_default_na=False, na_values=[""])
    except (OSError, pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: cannot be read as CSV ({error})") from error
    _check_columns(frame, ("token",), path)
    return frame.loc[frame["token"] != AVERAGE_ROW, :]


def _check_columns(frame: pd.DataFrame, columns: tuple[str, ...], path: Path) -> None:
    missing = [column for column in columns if column not in frame]
    if missing:
        raise DataError(f"{path}: lacks the columns {', '.join(missing)}")


def _by_row(frame: pd.DataFrame, path: Path, named: bool) -> pd.DataFrame:
    """Indexed by what tells rows apart."""
    key = frame["token"]
    if named:
        key = (key + " " + frame["name"].fillna("")).str.rstrip()
    frame = frame.set_index(pd.Index(key))
    if frame.index.has_duplicates:
        row = frame.index[frame.index.duplicated()][0]
        raise DataError(f"{path}: {'row' if named else 'token'} {row} occurs more than once")
    return frame


def _compare_column(ours: pd.Series, official: pd.Series, tolerance: float, worst: int) -> ColumnAgreement:
    a, b = ours.to_numpy(np.float64), official.to_numpy(np.float64)
    difference = np.abs(a - b)
    one_sided = np.isnan(a) != np.isnan(b)
    distance = np.where(one_sided, np.inf, np.nan_to_num(difference, nan=0.0))
    disagreeing = np.flatnonzero(distance > tolerance)
    order = disagreeing[np.argsort(-distance[disagreeing], kind="stable")][:worst]
    finite = distance[np.isfinite(distance)]
    return ColumnAgreement(
        column=str(ours.name),
        rows=len(a),
        agreeing=len(a) - len(disagreeing),
        largest_difference=float(finite.max(initial=0.0)),
        worst=tuple(Disagreement(str(ours.index[i]), float(a[i]), float(b[i])) for i in order),
    )
