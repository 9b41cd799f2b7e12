"""Compiled functions as GPU kernels of one thread an index. Imported where there is a GPU, and by tests.

Kernels are compiled at their first use in a process, which takes seconds: numba's cache would not notice
a change of the functions they call.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import torch
from numba import cuda

from reward_wm.epdms.launch import as_arrays

THREADS = 128
"""Of a block."""


def is_available() -> bool:
    """Whether PyTorch and numba both find a GPU."""
    return torch.cuda.is_available() and cuda.is_available()


def launch_threads(
    function: Callable[..., None], count: int, device: torch.device, arguments: tuple[Any, ...]
) -> None:
    """Call ``function(i, *arguments)`` for all i below ``count``, in PyTorch's current stream."""
    blocks = -(-count // THREADS)
    with cuda.gpus[device.index or 0]:
        stream = cuda.external_stream(torch.cuda.current_stream(device).cuda_stream)
        kernel(function)[blocks, THREADS, stream](count, as_arrays(arguments, cuda.as_cuda_array))


@cache
def kernel(function: Callable[..., None]) -> Any:
    """The kernel, to be compiled at its first launch."""
    return cuda.jit(thread(function))


def thread(function: Callable[..., None]) -> Callable[..., None]:
    """What every thread does."""

    def run(count, arguments):
        i = cuda.grid(1)  # pyright: ignore[reportCallIssue]
        if i < count:
            function(i, *arguments)

    return run
