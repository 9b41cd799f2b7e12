"""What one Python interpreter has: its version, numpy's pinv on a known system, and who owns a package name.

The devkit usually lives in an environment of its own, which cannot run this project. So this file is also
run there, as it is, with nothing but that interpreter's numpy; it prints JSON, and imports no package that it
looks up. It keeps to what Python 3.8 understands.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

PACKAGES = ("navsim", "nuplan")
POSES = 40
"""As many as the devkit fits a speed profile to."""
SYSTEMS = 32
STEP, PENALTY = 2.0**-3, 2.0**-13
"""Powers of two near the devkit's 0.1 s and 1e-4: matrix and right-hand side then hold no rounding at all."""


def probe() -> dict[str, Any]:
    """Facts about this interpreter, as plain values."""
    return {
        "executable": sys.executable,
        "python": ".".join(str(part) for part in sys.version_info[:3]),
        "numpy": numpy_facts(),
        "packages": {name: package_facts(name) for name in PACKAGES},
    }


def numpy_facts() -> dict[str, Any]:
    """Version, and how far ``pinv`` is off; or the reason why numpy does not work."""
    try:
        import numpy as np

        return {"version": np.__version__, "pinv_error": pinv_error(np.linalg.pinv)}
    except Exception as reason:  # a numpy that does not fit its interpreter can raise anything
        return {"version": None, "reason": " ".join(str(reason).split())[:200]}


def pinv_error(pinv: Callable[[Any], Any]) -> float:
    """Largest error of ``pinv`` on systems whose solution is known: 1e-12 is usual, infinity stands for NaN.

    They are the normal equations of a speed profile, as the devkit fits one to every trajectory: a first
    speed and accelerations, integrated twice, with a penalty on their changes; condition number 2,800. The
    solution consists of small integers, so that its product with the matrix is exact. Seen: numpy 1.23.4 with
    OpenBLAS's kernels for Cooper Lake is off by 20,000, with those for Haswell, and numpy 1.26.4 with either,
    by 3e-13.
    """
    import numpy as np

    columns = np.full((POSES, POSES), STEP**2)
    columns[:, 0] = STEP
    displacement = np.tril(columns)
    changes = np.zeros((POSES - 2, POSES))
    rows = np.arange(POSES - 2)
    changes[rows, rows + 1], changes[rows, rows + 2] = -1.0, 1.0
    normal = displacement.T @ displacement + PENALTY * changes.T @ changes
    solution = np.arange(1, POSES + 1) % 7 - 3.0
    worst = np.abs(pinv(np.stack([normal] * SYSTEMS)) @ (normal @ solution) - solution).max()
    return float(worst) if np.isfinite(worst) else float("inf")


def package_facts(name: str) -> dict[str, Any] | None:
    """Folder and metadata of a top-level package, which is not imported; None where there is none."""
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return None
    distributions = _distributions(name)
    if spec is None or (spec.origin is None and not distributions):
        return None  # a folder of that name that happens to lie on the path is no package
    folders = list(spec.submodule_search_locations or ())
    where = Path(folders[0] if folders else str(spec.origin))
    return {"folder": str(where), "distributions": distributions}


def _distributions(name: str) -> list[dict[str, str]]:
    """What is installed under that name, or as the devkit of that name."""
    found = []
    for known in (name, f"{name}-devkit"):
        try:
            metadata = importlib.metadata.metadata(known)
        except importlib.metadata.PackageNotFoundError:
            continue
        found.append({key.lower(): metadata[key] or "" for key in ("Name", "Version", "Summary")})
    return found


if __name__ == "__main__":
    print(json.dumps(probe()))
