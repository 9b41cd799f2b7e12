"""Time and memory of a call, on a machine where others may run, too."""

import ctypes
import time
from collections.abc import Callable, Sequence
from pathlib import Path


def cpu_seconds(call: Callable[[], object], repeats: int = 3) -> float:
    """Least processor time of this process that a call took; time stolen by others does not count."""
    best = float("inf")
    for _ in range(repeats):
        start = time.process_time()
        call()
        best = min(best, time.process_time() - start)
    return best


def peak_bytes(call: Callable[[], object]) -> int:
    """How far a call lifts this process's resident memory above what it held before; Linux only."""
    ctypes.CDLL("libc.so.6").malloc_trim(0)  # else what earlier calls have freed is counted as held
    Path("/proc/self/clear_refs").write_text("5")
    before = _status_bytes("VmRSS")
    result = call()
    lifted = _status_bytes("VmHWM") - before
    del result
    return lifted


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(header) + " |", "|" + "---:|" * len(header)]
    lines += ["| " + " | ".join(_cell(value) for value in row) + " |" for row in rows]
    return "\n".join(lines)


def _cell(value: object) -> str:
    if not isinstance(value, float):
        return str(value)
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _status_bytes(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(f"{name}:")).split()[1]) * 1024
