"""Where SUMO's programs live and how to call them.

They come with the `eclipse-sumo` wheel and are found through it, never through PATH.
"""

import os
import subprocess
from pathlib import Path

SYSTEM_PACKAGES = "libgl1 libx11-6 libxext6 libxrender1"


class SumoError(RuntimeError):
    """A SUMO program is missing, can't start, or refused its input."""


def sumo_home() -> Path:
    """The directory that the wheel calls SUMO_HOME."""
    try:
        import sumo
    except ImportError as error:
        raise SumoError(
            "the embedded world needs the package eclipse-sumo: pip install 'irl-vla[synth]'"
        ) from error
    return Path(sumo.SUMO_HOME)


def run_sumo_program(name: str, arguments: list[str]) -> None:
    """Runs `sumo` or `netconvert`; raises SumoError with the program's own last words."""
    program = sumo_home() / "bin" / name
    environment = {**os.environ, "SUMO_HOME": str(sumo_home())}
    done = subprocess.run([str(program), *arguments], env=environment, capture_output=True, text=True)
    if done.returncode == 0:
        return
    words = (done.stderr or done.stdout).strip()[-800:]
    if "error while loading shared libraries" in words:
        raise SumoError(
            f"{name} can't start ({words}); on Debian or Ubuntu: apt-get install {SYSTEM_PACKAGES}"
        )
    raise SumoError(f"{name} failed with code {done.returncode}: {words}")
