"""Libraries: missing, too old, not loadable; torch and the GPU; SUMO and embreex."""

import importlib
import importlib.metadata
import shutil
from collections.abc import Callable

import pytest
import torch

from driving.synth import sumo
from navsim_agent.doctor import embedded_world, packages
from navsim_agent.doctor.embedded_world import embedded_world_findings
from navsim_agent.doctor.finding import Level
from navsim_agent.doctor.packages import package_findings
from tests.navsim_agent.doctor.findings import levels, told


@pytest.fixture
def versions(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Pretend that other versions are installed; None: not installed."""
    real = importlib.metadata.version

    def pretend(**others: str | None) -> None:
        def version(name: str) -> str:
            if name in others and others[name] is None:
                raise importlib.metadata.PackageNotFoundError(name)
            return others.get(name) or real(name)

        monkeypatch.setattr(importlib.metadata, "version", version)

    return pretend


def test_what_is_installed_here_is_ok() -> None:
    found = list(package_findings())
    assert Level.ERROR not in levels(found)
    told(found, Level.OK, "requirements", "shapely", "numba", "lightning", "transformers", "timm")
    told(found, Level.OK, "shapely, pyogrio, numba, torchvision load", "GEOS")


def test_a_library_that_is_too_old_or_missing(versions: Callable[..., None]) -> None:
    versions(timm="0.9.2", diffusers=None)
    told(
        package_findings(), Level.ERROR, "timm", "0.9.2 is installed", "timm>=1.0", "pip install 'timm>=1.0'"
    )
    told(package_findings(), Level.ERROR, "diffusers", "not installed", "pip install")


def test_a_torchvision_of_another_torch(versions: Callable[..., None]) -> None:
    minor = int(str(torch.__version__).split(".")[1])
    versions(torchvision="0.1.0")
    fitting = f"0.{minor + 15}"
    told(package_findings(), Level.ERROR, "0.1.0 does not belong", fitting, f"torchvision=={fitting}.*")
    versions(torchvision=f"{fitting}.0")
    told(package_findings(), Level.OK, f"torchvision {fitting}.0")


def test_a_library_that_does_not_load(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(name: str):
        if name == "numba":
            raise ImportError("Numba needs NumPy 2.2 or less. Got NumPy 2.4.")

    monkeypatch.setattr(packages.importlib, "import_module", broken)
    told(package_findings(), Level.ERROR, "numba", "Numba needs NumPy 2.2 or less", "--force-reinstall numba")


def test_a_project_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "PROJECT", "no-such-project")
    told(package_findings(), Level.WARNING, "no-such-project is not installed", "--editable .")


@pytest.mark.parametrize(
    ("cuda", "words"), [(None, "without CUDA"), ("12.6", "built for CUDA 12.6 but finds no usable GPU")]
)
def test_a_driver_that_torch_does_not_use(
    monkeypatch: pytest.MonkeyPatch, cuda: str | None, words: str
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.version, "cuda", cuda)
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    told(package_findings(), Level.WARNING, "torch", words)


def test_the_embedded_world_without_its_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_world, "_installed", lambda distribution, package: None)
    found = list(embedded_world_findings())
    assert levels(found) == {Level.WARNING}
    told(found, Level.WARNING, "eclipse-sumo is not installed", "'.[synth]'")


def test_a_sumo_that_lacks_system_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(name: str, arguments: list[str]) -> None:
        raise sumo.SumoError(f"{name} can't start (libGL.so.1: cannot open shared object file)")

    monkeypatch.setattr(embedded_world, "_installed", lambda distribution, package: "1.20")
    monkeypatch.setattr(embedded_world, "run_sumo_program", broken)
    told(
        embedded_world_findings(), Level.WARNING, "no `irl-vla demo`", "libGL.so.1", "apt-get install libgl1"
    )


def test_another_package_called_sumo_is_not_run(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sumo").mkdir()
    (tmp_path / "sumo" / "__init__.py").write_text("raise RuntimeError('imported')\n")
    monkeypatch.delitem(importlib.sys.modules, "sumo", raising=False)  # type: ignore[attr-defined]
    monkeypatch.syspath_prepend(tmp_path)
    told(embedded_world_findings(), Level.WARNING, "SUMO", "not installed")
