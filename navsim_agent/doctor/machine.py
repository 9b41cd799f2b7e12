"""The machine: room on the disks that will be written to, memory, cores, GPU, shared memory."""

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from driving.data.data_config import DataConfig
from navsim_agent.doctor.environment import EXPERIMENTS, existing_parent, root_of
from navsim_agent.doctor.finding import Finding, error, ok, size_text, warning

SHARED_MEMORY = Path("/dev/shm")
LEAST_SHARED_MEMORY = 1e9
LEAST_MEMORY = 4e9
LEAST_GPU_MEMORY = 6e9
DEMO_BYTES = 5e8
"""`irl-vla demo` leaves 350 MB."""
SCORER_BYTES_A_SCENE = 2e5
"""Constants of the exact scorer, measured on the embedded world."""
_MEMORY_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


@dataclass(frozen=True)
class Destination:
    """A folder that will be written to, and how much."""

    what: str
    folder: Path
    needed: float = 0.0
    """Bytes; 0 where nothing is known."""


def cache_bytes(scenes: int, config: DataConfig) -> float:
    """What `irl-vla cache` needs for so many scenes: pictures, and the scorer's constants."""
    pixels = len(config.cameras) * 3 * config.image_height * config.image_width
    return scenes * (pixels + SCORER_BYTES_A_SCENE)


def machine_findings(destinations: Sequence[Destination]) -> Iterator[Finding]:
    """One finding a disk and one for each of the other resources."""
    for place in destinations:
        yield disk_finding(place)
    yield memory_finding(available_memory())
    yield ok(
        "CPU", f"{len(os.sched_getaffinity(0))} cores for this process: more workers than that do not pay"
    )
    if torch.cuda.is_available():
        yield from (_gpu(index) for index in range(torch.cuda.device_count()))
    if SHARED_MEMORY.is_dir():
        yield shared_memory_finding(shutil.disk_usage(SHARED_MEMORY).total)


def disk_finding(place: Destination) -> Finding:
    """Room where ``place`` is, or will be made."""
    there = existing_parent(place.folder.absolute())
    free = shutil.disk_usage(there).free
    needed = f"; about {size_text(place.needed)} needed for {place.what}" if place.needed else ""
    found = f"{size_text(free)} free at {there}{needed}"
    cure = f"make room at {there}, or write elsewhere"
    if not os.access(there, os.W_OK):
        return error("disk", f"{there} cannot be written to ({place.what})", "write elsewhere")
    if free < max(place.needed, 1e8):
        return error("disk", found, cure)
    if free < 1.5 * place.needed or free < 1e9:
        return warning("disk", f"{found}: that is tight", cure)
    return ok("disk", found)


def available_memory() -> tuple[float, float]:
    """Bytes in all, as far as this process may use them, and bytes free."""
    amounts = {}
    for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
        key, _, rest = line.partition(":")
        amounts[key] = float(rest.split()[0]) * 1024
    total, free = amounts["MemTotal"], amounts["MemAvailable"]
    for path in _MEMORY_LIMITS:
        text = path.read_text(encoding="ascii").strip() if path.is_file() else "max"
        if text.isdigit():
            total = min(total, float(text))
    return total, min(free, total)


def memory_finding(amounts: tuple[float, float]) -> Finding:
    total, free = amounts
    found = f"{size_text(free)} of {size_text(total)} are free"
    if free < LEAST_MEMORY:
        cure = "workers=1, a smaller batch_size, or end other programs"
        return warning("memory", f"{found}: processes may be killed without a message", cure)
    return ok("memory", found)


def shared_memory_finding(size: float) -> Finding:
    found = f"{SHARED_MEMORY} has {size_text(size)}"
    if size < LEAST_SHARED_MEMORY:
        return warning(
            "shared memory",
            f"{found}: data loaders with several workers die of a bus error, Ray falls back to the disk",
            "docker run --shm-size=8g (or --ipc=host); outside of a container: mount -o remount,size=8g "
            "/dev/shm",
        )
    return ok("shared memory", found)


def _gpu(index: int) -> Finding:
    free, total = torch.cuda.mem_get_info(index)
    found = f"{torch.cuda.get_device_name(index)}: {size_text(free)} of {size_text(total)} are free"
    if free < LEAST_GPU_MEMORY:
        return warning(
            f"GPU {index}",
            f"{found}: somebody else uses it, or it is small",
            "nvidia-smi; a smaller batch_size",
        )
    return ok(f"GPU {index}", found)


def destinations(
    environment: Mapping[str, str], cache: Path | None, scenes: int, config: DataConfig
) -> tuple[Destination, ...]:
    """Where this project (below the current folder) and the devkit will write.

    ``scenes`` of the split are still to be cached where no ``cache`` was named.
    """
    if scenes and cache is None:
        needs = Destination(f"a cache of {scenes:,} scenes", Path.cwd(), cache_bytes(scenes, config))
    else:
        needs = Destination("irl-vla demo", Path.cwd(), DEMO_BYTES)
    places = [needs]
    experiments = root_of(environment, EXPERIMENTS.name)
    if experiments is not None:
        places.append(Destination("what the devkit writes", experiments))
    return tuple(places)
