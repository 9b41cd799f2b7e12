"""The command line ``irl-vla``: one short file a verb. Hydra lives here and nowhere else."""

import sys

if not (3, 10) <= sys.version_info[:2] < (3, 13):
    raise SystemExit(
        f"irl-vla needs Python 3.10, 3.11 or 3.12; {sys.executable} is {sys.version.split()[0]}. "
        "Try: make PYTHON=python3.11 demo"
    )
