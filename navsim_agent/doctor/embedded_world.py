"""What `irl-vla world` and `irl-vla demo` need on top: SUMO with its system libraries, and embreex."""

import importlib
import importlib.metadata
import importlib.util
from collections.abc import Iterator
from pathlib import Path

from driving.synth.sumo import SYSTEM_PACKAGES, SumoError, run_sumo_program
from navsim_agent.doctor.finding import Finding, ok, warning

INSTALL = "pip install --constraint constraints.txt --editable '.[synth]'"
PROGRAMS = ("sumo", "netconvert")


def embedded_world_findings() -> Iterator[Finding]:
    """SUMO starts, embreex loads. Whatever is wrong is a warning: recorded data need neither."""
    yield _sumo()
    yield _embreex()


def _sumo() -> Finding:
    version = _installed("eclipse-sumo", "sumo")
    if version is None:
        return warning(
            "SUMO", "eclipse-sumo is not installed: no `irl-vla world` and no `irl-vla demo`", INSTALL
        )
    try:
        for program in PROGRAMS:
            run_sumo_program(program, ["--version"])
    except (SumoError, OSError) as reason:
        found = f"no `irl-vla world` and no `irl-vla demo`: {' '.join(str(reason).split())[:300]}"
        return warning("SUMO", found, f"apt-get install {SYSTEM_PACKAGES}")
    return ok("SUMO", f"{version}: {' and '.join(PROGRAMS)} start")


def _embreex() -> Finding:
    version = _installed("embreex", "embreex")
    if version is None:
        return warning("embreex", "not installed: the embedded world has no pictures", INSTALL)
    try:
        importlib.import_module("embreex.rtcore_scene")
    except ImportError as reason:
        found = f"cannot be imported, so the embedded world has no pictures: {reason}"
        return warning("embreex", found, f"pip install --force-reinstall embreex=={version}")
    return ok("embreex", f"{version} loads")


def _installed(distribution: str, package: str) -> str | None:
    """The version, where the package that would be imported is that distribution's own; else None."""
    try:
        owner = importlib.metadata.distribution(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None
    spec = importlib.util.find_spec(package)
    home = Path(str(owner.locate_file(package))).resolve()
    folders = list(spec.submodule_search_locations or ()) if spec else []
    return owner.version if folders and Path(folders[0]).resolve() == home else None
