"""Where networks compute."""

import torch

DEVICES = ("auto", "cpu", "cuda")


def choose_device(name: str) -> str:
    """ "cpu" or "cuda"; ``auto`` takes a GPU where the process can see one.

    Raises ValueError for another name, and for "cuda" where there is no GPU.
    """
    if name not in DEVICES:
        raise ValueError(f"device must be one of {', '.join(DEVICES)}, got {name!r}")
    has_gpu = torch.cuda.is_available()
    if name == "cuda" and not has_gpu:
        raise ValueError("device=cuda, but torch finds no GPU that it can use (irl-vla doctor says why)")
    return "cuda" if has_gpu and name != "cpu" else "cpu"
