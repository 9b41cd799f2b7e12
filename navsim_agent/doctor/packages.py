"""The libraries that this project needs, in the versions it needs, and whether the compiled ones load."""

import importlib
import importlib.metadata
import re
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import torch
from packaging.requirements import Requirement

from navsim_agent.doctor.finding import Finding, error, first_of, ok, warning

PROJECT = "irl-vla"
NAMED = ("shapely", "numba", "lightning", "transformers", "timm")
"""Whose versions the page tells; the others only where they are wrong."""
COMPILED = ("shapely", "pyogrio", "numba", "torchvision")
"""What fails at import when its build does not fit numpy, GDAL or torch."""
TORCHVISION_MINOR_AHEAD = 15
"""torch 2.n and torchvision 0.(n + 15) are released together."""


def package_findings() -> Iterator[Finding]:
    """Requirements, compiled libraries, torch and its torchvision."""
    yield from _requirements()
    broken = list(_broken_imports())
    yield from broken
    if not broken:
        yield ok("compiled libraries", f"{', '.join(COMPILED)} load; GEOS {_geos()}")
    yield _torch()
    yield _torchvision_pairing()


def _requirements() -> Iterator[Finding]:
    try:
        lines = importlib.metadata.requires(PROJECT) or []
    except importlib.metadata.PackageNotFoundError:
        yield warning(
            "requirements",
            f"{PROJECT} is not installed in this Python, so nothing says which versions it needs",
            "pip install --constraint constraints.txt --editable .",
        )
        return
    wanted = [
        item for item in map(Requirement, lines) if item.marker is None or item.marker.evaluate({"extra": ""})
    ]
    versions = {item.name: _version(item.name) for item in wanted}
    wrong = [item for item in wanted if not _holds(item, versions[item.name])]
    for item in wrong:
        found = versions[item.name]
        state = "not installed" if found is None else f"{found} is installed"
        yield error(item.name, f"{state}, {PROJECT} needs {item}", f"pip install '{item}'")
    if not wrong:
        named = ", ".join(f"{name} {versions[name]}" for name in NAMED if name in versions)
        yield ok("requirements", f"all {len(wanted)} hold: {named}")


def _holds(item: Requirement, version: str | None) -> bool:
    return version is not None and item.specifier.contains(version, prereleases=True)


def _version(distribution: str) -> str | None:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def _broken_imports() -> Iterator[Finding]:
    for name in COMPILED:
        try:
            importlib.import_module(name)
        except Exception as reason:  # a build that does not fit can raise anything
            text = " ".join(str(reason).split())[:200]
            yield error(name, f"cannot be imported: {text}", f"pip install --force-reinstall {name}")


def _geos() -> str:
    import shapely

    return ".".join(map(str, shapely.geos_version))


def _torch() -> Finding:
    """Whether torch can use the GPU that the machine seems to have."""
    if torch.cuda.is_available():
        names = [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
        return ok("torch", f"{torch.__version__} with CUDA {torch.version.cuda}: {first_of(names)}")
    has_gpu = shutil.which("nvidia-smi") is not None or Path("/proc/driver/nvidia/version").exists()
    if not has_gpu:
        return ok(
            "torch", f"{torch.__version__}; no NVIDIA driver on this machine, so everything runs on the CPU"
        )
    if torch.version.cuda is None:
        return warning(
            "torch",
            f"{torch.__version__} is a build without CUDA, but this machine has an NVIDIA driver: training "
            "will be slow",
            "install the CUDA builds of torch and torchvision, both in one command",
        )
    return warning(
        "torch",
        f"{torch.__version__} is built for CUDA {torch.version.cuda} but finds no usable GPU",
        "nvidia-smi (a driver older than that CUDA? CUDA_VISIBLE_DEVICES empty? a container without --gpus "
        "all?)",
    )


def _torchvision_pairing() -> Finding:
    """torch and torchvision must be of one release, and of one CUDA."""
    here, beside = str(torch.__version__), _version("torchvision")
    if beside is None:
        return error("torchvision", "not installed", "pip install torchvision")
    minors = [re.match(r"(\d+)\.(\d+)", text) for text in (here, beside)]
    pair = [(int(found[1]), int(found[2])) for found in minors if found]
    if len(pair) == 2 and pair[0][0] == 2 and pair[1] != (0, pair[0][1] + TORCHVISION_MINOR_AHEAD):
        fitting = f"0.{pair[0][1] + TORCHVISION_MINOR_AHEAD}"
        return error(
            "torchvision",
            f"{beside} does not belong to torch {here}, whose torchvision is {fitting}",
            f"pip install 'torchvision=={fitting}.*'",
        )
    cuda = _torchvision_cuda()
    if torch.version.cuda is None and cuda is not None:
        return ok(
            "torchvision",
            f"{beside}, a CUDA build beside a torch without CUDA: works here, without its operators",
        )
    return ok("torchvision", f"{beside} belongs to torch {here}")


def _torchvision_cuda() -> str | None:
    """The CUDA of the installed build, read from its version file; None for a build without."""
    spec = find_spec("torchvision")
    folders = list(spec.submodule_search_locations or ()) if spec else []
    path = Path(folders[0]) / "version.py" if folders else None
    if path is None or not path.is_file():
        return None
    found = re.search(r"\+cu(\d+)", path.read_text(encoding="utf-8"))
    return found[1] if found else None
