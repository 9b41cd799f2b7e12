"""Compile the exact scorer's GPU kernels without a GPU, and print what the assembler says of them.

    python -m benchmarks.kernels [8.0 9.0]

needs libNVVM where numba finds it, and ``ptxas``: a CUDA toolkit, ``CUDA_HOME`` pointing to it. Registers
decide how many threads a multiprocessor holds; a stack or spills would cost memory traffic.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any
from unittest import mock

from numba import cuda, types
from numba.cuda.cudadrv import nvvm

from benchmarks.measure import table
from reward_wm.epdms.compiled import area_at, first_red_touch
from reward_wm.epdms.compiled_boxes import first_contact
from reward_wm.epdms.compiled_drive import drive_one, fit_one
from reward_wm.epdms.compiled_lines import nearest
from reward_wm.epdms.launch_cuda import THREADS, thread

REGISTERS = 65536
"""Of a multiprocessor, for at most ``RESIDENT`` threads."""
RESIDENT = 2048

_F1, _F2, _F3, _F4 = (types.Array(types.float64, dims, "C") for dims in range(1, 5))
_I1, _I2 = (types.Array(types.int64, dims, "C") for dims in (1, 2))
_S1, _S2 = (types.Array(types.int32, dims, "C") for dims in (1, 2))
_B3, _U1 = types.Array(types.boolean, 3, "C"), types.Array(types.uint8, 1, "C")
_PAIR = types.UniTuple(types.float64, 2)
_LOOK = types.Tuple((types.int64, types.int64, types.float64))
_POLYGONS = types.Tuple((_F2, _I1, _I1, _F2, _F2))
SIGNATURES: dict[Callable[..., None], tuple[Any, ...]] = {
    fit_one: (_F2, _F2, _F2, _F2, types.float64, types.float64),
    drive_one: (_F3, _F3, _F2, _F2, _F2, types.float64),
    area_at: (_B3, _F4, _I1, _I1, _U1, _S2, _S1, _POLYGONS),
    first_contact: (_I2, _I2, _PAIR, _F3, _F3, _I1, _F4, _B3, _F3, _F2, types.float64, _LOOK),
    first_red_touch: (_I2, _PAIR, _F3, _F3, _I1, _B3, _POLYGONS),
    nearest: (_F2, _F2, _F3, _I1, _F3, _F2, _F2, _F3),
}
"""What the scorer launches, and with what."""


def main(capabilities: list[str]) -> None:
    """Print a row for each kernel and architecture."""
    rows = []
    for capability in capabilities:
        major, minor = (int(part) for part in capability.split("."))
        for function in SIGNATURES:
            registers, stack, spilled = assemble(ptx(function, (major, minor)), f"sm_{major}{minor}")
            blocks = min(REGISTERS // (registers * THREADS), RESIDENT // THREADS)
            share = 100.0 * blocks * THREADS / RESIDENT
            rows.append((function.__name__, f"sm_{major}{minor}", registers, stack, spilled, share))
    header = ("kernel", "architecture", "registers", "stack bytes", "spilled bytes", "threads resident %")
    print(table(header, rows))


def has_compiler() -> bool:
    """Whether numba finds libNVVM."""
    try:
        nvvm.NVVM()
    except Exception:  # numba and numba-cuda have different ones
        return False
    return True


def ptx(function: Callable[..., None], capability: tuple[int, int]) -> str:
    """The kernel of a function in NVIDIA's portable assembly language."""
    device = SimpleNamespace(compute_capability=capability)
    signature = (types.int64, types.Tuple(SIGNATURES[function]))
    options: dict[str, Any] = {"device": False, "cc": capability, "abi": "numba"}
    with mock.patch("numba.cuda.dispatcher.get_current_device", lambda: device):
        return cuda.compile(thread(function), signature, **options)[0]


def assemble(code: str, architecture: str) -> tuple[int, int, int]:
    """Registers of a thread, bytes of its stack, and bytes that it stores for want of registers."""
    found = shutil.which("ptxas") or Path(os.environ.get("CUDA_HOME", "/usr/local/cuda")) / "bin" / "ptxas"
    with TemporaryDirectory() as folder:
        source = Path(folder) / "kernel.ptx"
        source.write_text(code)
        command = [
            str(found),
            "-v",
            f"-arch={architecture}",
            str(source),
            "-o",
            str(source.with_suffix(".cubin")),
        ]
        run = subprocess.run(command, check=False, capture_output=True, text=True)
    if run.returncode != 0:
        raise SystemExit(f"{found}: {' '.join(run.stderr.split())}")
    told = run.stderr
    registers = max(int(number) for number in re.findall(r"Used (\d+) registers", told))
    stack = max(int(number) for number in re.findall(r"(\d+) bytes stack frame", told))
    spilled = sum(int(number) for number in re.findall(r"(\d+) bytes spill stores", told))
    return registers, stack, spilled


if __name__ == "__main__":
    main(sys.argv[1:] or ["8.0", "9.0"])
