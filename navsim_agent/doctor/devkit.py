"""Whether the packages called navsim and nuplan are the official devkits, and which. Neither is imported."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from navsim_agent.doctor.environment import DEVKIT, root_of
from navsim_agent.doctor.finding import Finding, error, ok, warning

DEVKIT_HOME = "https://github.com/autonomousvision/navsim"
NUPLAN_HOME = "https://github.com/motional/nuplan-devkit"
_NAVSIM_FILES = ("common/dataclasses.py", "evaluate/pdm_score.py", "planning/script/run_metric_caching.py")
_NUPLAN_FILES = ("database/maps_db/gpkg_mapsdb.py", "common/actor_state/ego_state.py")
_SECOND_VERSION = "traffic_agents_policies"
_HUMAN_FILTER_MARK = "WeightedMetricIndex"
"""evaluate/pdm_score.py of version 2 names it only since the human filter was fixed (issue 151)."""


@dataclass(frozen=True)
class Devkits:
    """What one interpreter finds under the two names."""

    navsim: Path | None
    nuplan: Path | None
    findings: tuple[Finding, ...]

    @property
    def is_second_version(self) -> bool | None:
        """None where there is no devkit."""
        return None if self.navsim is None else (self.navsim / _SECOND_VERSION).is_dir()


def find_devkits(facts: Mapping[str, Any], where: str) -> Devkits:
    """Judge the folders that ``probe`` found. ``where`` is '' for this interpreter."""
    packages, python = facts["packages"], facts["executable"]
    navsim = _real(packages["navsim"], _NAVSIM_FILES)
    nuplan = _real(packages["nuplan"], _NUPLAN_FILES)
    findings = [*_navsim(packages["navsim"], navsim, python, where)]
    findings += _nuplan(packages["nuplan"], nuplan, navsim is not None, python, where)
    return Devkits(navsim, nuplan, tuple(findings))


def mixed_devkits(environment: Mapping[str, str], devkits: Devkits) -> Iterator[Finding]:
    """The devkit's scripts lie in NAVSIM_DEVKIT_ROOT, but import the navsim that is installed."""
    root = root_of(environment, DEVKIT.name)
    if root is None or devkits.navsim is None or not (root / "navsim").is_dir():
        return
    if (root / "navsim").resolve() != devkits.navsim.resolve():
        yield warning(
            DEVKIT.name,
            f"its scripts in {root} would import another navsim, {devkits.navsim}",
            f'export {DEVKIT.name}="{devkits.navsim.parent}"',
        )


def _real(found: Mapping[str, Any] | None, files: tuple[str, ...]) -> Path | None:
    folder = None if found is None else Path(found["folder"])
    is_real = folder is not None and all((folder / name).is_file() for name in files)
    return folder if is_real else None


def _navsim(
    found: Mapping[str, Any] | None, folder: Path | None, python: str, where: str
) -> Iterator[Finding]:
    subject = f"navsim{where}"
    install = f"git clone {DEVKIT_HOME} && {python} -m pip install --editable ./navsim"
    remove = f"{python} -m pip uninstall navsim"
    if found is None:
        if where:
            yield error(subject, "no package of that name", install)
        else:
            yield ok(subject, "not installed; only the devkit's own scripts need it")
        return
    if folder is None:
        yield error(
            subject,
            f"{_described(found)} is not NAVSIM's devkit but another project of that name",
            f"{remove} && {install}"
            if where
            else f"{remove}  # the devkit belongs in an environment of its own",
        )
        return
    yield from _version(subject, folder)


def _version(subject: str, folder: Path) -> Iterator[Finding]:
    if not (folder / _SECOND_VERSION).is_dir():
        yield ok(subject, f"devkit v1 (PDMS) in {folder}; its caches and scores are not those of v2 (EPDMS)")
        return
    scoring = (folder / "evaluate" / "pdm_score.py").read_text(encoding="utf-8", errors="replace")
    if _HUMAN_FILTER_MARK in scoring:
        yield ok(subject, f"devkit v2 (EPDMS), human filter fixed (its issue 151), in {folder}")
    else:
        yield warning(
            subject,
            f"devkit v2 in {folder} is older than the fix of its human filter (issue 151): its final score "
            "is made of unfiltered sub-scores and cannot be compared with newer ones",
            f"git -C {folder.parent} pull (v2.2 or later), or compare with `irl-vla score convention=before`",
        )


def _nuplan(
    found: Mapping[str, Any] | None, folder: Path | None, is_needed: bool, python: str, where: str
) -> Iterator[Finding]:
    subject = f"nuplan{where}"
    options = "" if where else "--no-deps "  # its pins would replace what this project needs
    install = f"{python} -m pip install {options}'git+{NUPLAN_HOME}@nuplan-devkit-v1.2'"
    if folder is not None:
        yield ok(subject, f"nuplan-devkit in {folder}")
    elif found is not None:
        yield error(
            subject,
            f"{_described(found)} is not nuplan-devkit",
            f"{python} -m pip uninstall nuplan; {install}",
        )
    elif is_needed:
        yield error(subject, "not installed, and the navsim devkit cannot be imported without it", install)


def _described(found: Mapping[str, Any]) -> str:
    names = [f"{item['name']} {item['version']}, {item['summary']!r}" for item in found["distributions"]]
    return f"{found['folder']}" + (f" ({'; '.join(names)})" if names else "")
