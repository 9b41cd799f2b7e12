"""Python and numpy, here and where the devkit lives."""

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from navsim_agent.doctor import probe as probe_file
from navsim_agent.doctor.finding import Finding, error, ok

SUPPORTED = ((3, 10), (3, 12))
"""First and last version of Python that this project runs on."""
SOLVED = 1e-6
"""Largest error of pinv that is rounding; a broken library is off by whole units."""
WORKING_NUMPY = "numpy==1.26.4"
"""For the devkit's environment: new enough, and still numpy 1, as on the official servers."""
PROBE_TIMEOUT_S = 60


class ProbeError(Exception):
    """An interpreter that does not answer; the message is one line."""


def ask_interpreter(python: str) -> dict[str, Any]:
    """The facts of ``probe`` about another interpreter.

    It starts in the root folder, so that what lies where the user stands is not taken for installed.
    """
    program = shutil.which(Path(python).expanduser())
    if program is None:
        raise ProbeError("no such program, or not executable")
    source = Path(probe_file.__file__).read_text(encoding="utf-8")
    command = [str(Path(program).absolute()), "-c", source]
    try:
        done = subprocess.run(command, capture_output=True, text=True, cwd="/", timeout=PROBE_TIMEOUT_S)
    except (OSError, subprocess.TimeoutExpired) as reason:
        raise ProbeError(" ".join(str(reason).split())[:200]) from None
    try:
        return dict(json.loads(done.stdout))
    except ValueError:
        words = (done.stderr or done.stdout).strip().splitlines()
        raise ProbeError(words[-1][:200] if words else f"it ended with code {done.returncode}") from None


def own_python(facts: Mapping[str, Any]) -> Finding:
    """Whether this project supports the Python it runs on."""
    version = tuple(int(part) for part in facts["python"].split(".")[:2])
    found = f"{facts['python']}, {facts['executable']}"
    if SUPPORTED[0] <= version <= SUPPORTED[1]:
        return ok("Python", found)
    return error("Python", f"{found}; irl-vla needs 3.10, 3.11 or 3.12", "make PYTHON=python3.11 demo")


def numpy_findings(facts: Mapping[str, Any], where: str) -> Iterator[Finding]:
    """Whether numpy works and its pinv gives right answers. ``where`` is '' for this interpreter."""
    subject, numpy = f"numpy{where}", facts["numpy"]
    wanted = WORKING_NUMPY if where else "numpy>=1.26"
    install = f"{facts['executable']} -m pip install --force-reinstall '{wanted}'"
    if numpy["version"] is None:
        yield error(subject, f"cannot be used: {numpy['reason']}", install)
    elif numpy["pinv_error"] > SOLVED:
        yield error(
            subject,
            f"{numpy['version']}: numpy.linalg.pinv is off by {numpy['pinv_error']:.2g} on a system whose "
            "solution is known. The devkit's scores are made with it: they are wrong, often 0, without any "
            "message",
            f"{install} (or export OPENBLAS_CORETYPE=Haswell), then build the metric caches again",
        )
    else:
        yield ok(
            subject, f"{numpy['version']}; on this CPU its pinv is right within {numpy['pinv_error']:.0e}"
        )
