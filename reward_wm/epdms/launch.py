"""Run a compiled function for every cell of its result: in a loop on the CPU, in threads on a GPU.

One function serves both (``compiled`` says what it may do), so both follow the same rules. The GPU's
compiler fuses multiplications with additions and has its own sine, cosine and tangent: its results
differ from the CPU's in the last bits.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor


def launch(loop: Callable[..., None], function: Callable[..., None], count: int, *arguments: Any) -> None:
    """Call ``function(i, *arguments)`` for all i below ``count``; ``loop`` does so on the CPU.

    The function finds tensors, all of them contiguous, as arrays, and fills those that are its results. An
    argument can be a tuple of tensors.
    """
    device = next(argument.device for argument in arguments if isinstance(argument, Tensor))
    if device.type == "cpu":
        loop(count, *as_arrays(arguments))
    elif count > 0:
        from reward_wm.epdms.launch_cuda import launch_threads

        launch_threads(function, count, device, arguments)


def check_device(device: torch.device) -> None:
    """ValueError where compiled functions cannot run on a device."""
    if device.type == "cuda":
        from reward_wm.epdms.launch_cuda import is_available

        if not is_available():
            raise ValueError(f"device {str(device)!r} needs a GPU, a CUDA build of PyTorch, and numba-cuda")
    elif device.type != "cpu":
        raise ValueError(f"trajectories are scored on cpu or cuda, got device {str(device)!r}")


def as_arrays(argument: Any, array_of: Callable[[Tensor], Any] = Tensor.numpy) -> Any:
    """An argument, or a tuple of them, with arrays for tensors."""
    if isinstance(argument, tuple):
        return tuple(as_arrays(part, array_of) for part in argument)
    return array_of(argument) if isinstance(argument, Tensor) else argument
