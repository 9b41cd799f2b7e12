"""The environment variables of NAVSIM: set, spelled as programs understand them, naming the right folder."""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from driving.data.map_layers import MAP_INDEX
from navsim_agent.doctor.finding import Finding, Level, error, ok, warning


@dataclass(frozen=True)
class Variable:
    """One variable and how to know the folder it should name."""

    name: str
    holds: str
    """What lies in the folder, for people."""
    example: str
    is_right: Callable[[Path], bool]
    if_unset: str
    is_ours: bool = False
    """This project reads it, too; the others matter to the devkit's own scripts only."""
    is_written: bool = False
    """The devkit writes below it."""


DATA = Variable(
    "OPENSCENE_DATA_ROOT",
    "navsim_logs and sensor_blobs",
    "$HOME/navsim_workspace/dataset",
    lambda folder: (folder / "navsim_logs").is_dir(),
    "recorded logs and pictures cannot be found (the embedded world needs none)",
    is_ours=True,
)
MAPS = Variable(
    "NUPLAN_MAPS_ROOT",
    MAP_INDEX,
    "$HOME/navsim_workspace/dataset/maps",
    lambda folder: (folder / MAP_INDEX).is_file(),
    "recorded maps cannot be found (the embedded world needs none)",
    is_ours=True,
)
EXPERIMENTS = Variable(
    "NAVSIM_EXP_ROOT",
    "the devkit's caches, checkpoints and scores",
    "$HOME/navsim_workspace/exp",
    lambda folder: folder.is_dir(),
    "the devkit's programs end at once",
    is_written=True,
)
DEVKIT = Variable(
    "NAVSIM_DEVKIT_ROOT",
    "navsim/planning/script, in the devkit's clone",
    "$HOME/navsim_workspace/navsim",
    lambda folder: (folder / "navsim" / "planning" / "script").is_dir(),
    "the devkit's shell scripts find no program",
)
VARIABLES = (DATA, MAPS, EXPERIMENTS, DEVKIT)
SECOND_STAGE = ("SYNTHETIC_SCENES_PATH", "SYNTHETIC_SENSOR_PATH")
LOCKS = ".maplocks"


@dataclass(frozen=True)
class Use:
    """What the user is up to, which decides what a variable matters."""

    recorded: bool = False
    """A split of recorded data, which needs the data and the maps."""
    embedded: bool = False
    """``data=`` takes the place of both: a wrong variable is no more than a warning then."""
    devkit: bool = False
    """Its own programs need variables that this project does not."""


def environment_findings(environment: Mapping[str, str], use: Use) -> Iterator[Finding]:
    """Every variable of NAVSIM's that matters."""
    for variable in VARIABLES:
        value = environment.get(variable.name, "")
        if not value and not use.embedded and (variable.is_ours or use.devkit):
            yield _unset(variable, use)
        for finding in _judge_set(variable, value) if value else ():
            is_harmless = use.embedded and finding.level is Level.ERROR
            yield replace(finding, level=Level.WARNING) if is_harmless else finding
    for name in SECOND_STAGE:
        if environment.get(name):
            yield _judge_second_stage(name, environment[name], use)


def _unset(variable: Variable, use: Use) -> Finding:
    cure = f'export {variable.name}="{variable.example}"  # the folder that holds {variable.holds}'
    if variable.is_ours and use.recorded:
        return error(variable.name, "not set, and split= needs it", cure)
    return warning(variable.name, f"not set: {variable.if_unset}", cure)


def _judge_set(variable: Variable, value: str) -> Iterator[Finding]:
    spelling = misspelled(value)
    if spelling is not None:
        reason, better = spelling
        yield error(variable.name, f"{value!r} {reason}", f'export {variable.name}="{better}"')
        return
    folder = Path(value)
    if not variable.is_right(folder):
        yield _wrong_folder(variable, folder)
        return
    if not folder.is_absolute():
        yield warning(
            variable.name,
            f"{value} is relative: right only for programs that start in {Path.cwd()}",
            f'export {variable.name}="{folder.absolute()}"',
        )
    yield from _writability(variable, folder)


def root_of(environment: Mapping[str, str], variable: str) -> Path | None:
    """The folder that a variable names; None where it is unset, or spelled so that no program finds it."""
    value = environment.get(variable)
    return Path(value) if value and misspelled(value) is None else None


def misspelled(value: str) -> tuple[str, str] | None:
    """What a shell would have removed or replaced, and the value that was meant; None for a plain path."""
    bare = value.strip().strip("\"'")
    if bare != value:
        kind = "still has its quotes" if bare != value.strip() else "begins or ends with a blank"
        return f"{kind}, which no program removes", bare
    if value.startswith("~"):
        return "begins with ~, which no program replaces", str(Path(value).expanduser())
    if "$" in value:
        return "names a variable that no program replaces", os.path.expandvars(value)
    return None


def _wrong_folder(variable: Variable, folder: Path) -> Finding:
    """Not there, or one level too high or too low."""
    near = None if variable.is_written else nearby(folder, variable.is_right)
    state = f"{folder} does not hold {variable.holds}" if folder.is_dir() else f"{folder}: no such folder"
    if near is not None:
        found = f"{state}; {near} does"
        return error(variable.name, found, f'export {variable.name}="{near}"')
    if variable.is_written:
        parent = existing_parent(folder)
        if parent.is_dir() and os.access(parent, os.W_OK):
            return warning(variable.name, f"{folder} is not there yet", f"mkdir -p {folder}")
        return error(
            variable.name, f"{state}, and it cannot be made in {parent}", f"choose another {variable.name}"
        )
    cure = f'export {variable.name}="{variable.example}"  # the folder that holds {variable.holds}'
    return error(variable.name, state, cure) if variable.is_ours else warning(variable.name, state, cure)


def nearby(folder: Path, is_right: Callable[[Path], bool]) -> Path | None:
    """The right folder one level below or above ``folder``."""
    children = sorted(folder.iterdir()) if folder.is_dir() and os.access(folder, os.R_OK | os.X_OK) else []
    for child in children:
        if child.is_dir() and is_right(child):
            return child
    parent = folder.parent
    return parent if parent != folder and is_right(parent) else None


def existing_parent(folder: Path) -> Path:
    """``folder``, or the nearest one above it that exists."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder


def _writability(variable: Variable, folder: Path) -> Iterator[Finding]:
    if variable.is_written and not os.access(folder, os.W_OK):
        yield error(
            variable.name, f"{folder} cannot be written to", f"chmod u+w {folder}, or choose another folder"
        )
    elif variable is MAPS and not _can_lock(folder):
        yield warning(
            variable.name,
            f"{folder}: the devkit must write {LOCKS} there and cannot; reading maps here does not need it",
            f"mkdir {folder / LOCKS} && chmod u+w {folder / LOCKS}, or copy the maps to a folder of your own",
        )
    else:
        yield ok(variable.name, str(folder))


def _can_lock(folder: Path) -> bool:
    locks = folder / LOCKS
    return os.access(locks if locks.is_dir() else folder, os.W_OK)


def _judge_second_stage(name: str, value: str, use: Use) -> Finding:
    spelling = misspelled(value)
    if spelling is not None:
        return error(name, f"{value!r} {spelling[0]}", f'export {name}="{spelling[1]}"')
    if not Path(value).is_dir():
        return error(
            name, f"{value}: no such folder", f"unset {name}, or let it name the folder of a two-stage split"
        )
    if use.embedded:
        return warning(name, f"{value} takes the place of the folder in data=", f"unset {name}")
    return ok(name, value)
