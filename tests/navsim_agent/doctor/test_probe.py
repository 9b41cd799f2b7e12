"""What an interpreter is asked: the pinv of its numpy, and who owns the devkit's names."""

import sys
from pathlib import Path

import numpy as np
import pytest

from navsim_agent.doctor.finding import Level
from navsim_agent.doctor.interpreters import ProbeError, ask_interpreter, numpy_findings, own_python
from navsim_agent.doctor.probe import package_facts, pinv_error, probe
from tests.navsim_agent.doctor.findings import told


def facts(**numpy) -> dict:
    return {"executable": "/env/bin/python", "python": "3.9.18", "numpy": numpy}


def test_the_pinv_of_this_numpy_is_right() -> None:
    assert pinv_error(np.linalg.pinv) < 1e-9
    told(numpy_findings(probe(), ""), Level.OK, np.__version__, "pinv is right")


@pytest.mark.parametrize(
    "broken", [np.zeros_like, lambda matrix: matrix * np.nan, lambda matrix: 1.001 * matrix]
)
def test_a_wrong_pinv_is_an_error(broken) -> None:
    off = pinv_error(lambda matrix: broken(np.linalg.pinv(matrix)))
    found = numpy_findings(facts(version="1.23.4", pinv_error=off), " of the devkit")
    told(
        found,
        Level.ERROR,
        "numpy of the devkit",
        "1.23.4",
        "scores",
        "/env/bin/python -m pip install",
        "1.26.4",
    )


def test_a_numpy_that_cannot_be_imported_is_an_error() -> None:
    found = numpy_findings(facts(version=None, reason="No module named 'numpy'"), " of the devkit")
    told(found, Level.ERROR, "No module named 'numpy'", "pip install")


@pytest.mark.parametrize(("version", "level"), [("3.9.18", Level.ERROR), ("3.13.0", Level.ERROR)])
def test_a_python_that_is_not_supported(version: str, level: Level) -> None:
    told([own_python(facts() | {"python": version})], level, version, "3.10, 3.11 or 3.12", "make PYTHON=")


def test_a_python_that_is_supported() -> None:
    told([own_python(facts() | {"python": "3.12.1"})], Level.OK, "3.12.1", "/env/bin/python")


def test_a_package_is_found_and_not_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "navsim").mkdir()
    (tmp_path / "navsim" / "__init__.py").write_text("raise RuntimeError('imported')\n")
    metadata = tmp_path / "navsim-1.2.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Name: navsim\nVersion: 1.2\nSummary: Radio signals\n")
    monkeypatch.syspath_prepend(tmp_path)
    found = package_facts("navsim")
    assert found is not None and found["folder"] == str(tmp_path / "navsim")
    assert found["distributions"] == [{"name": "navsim", "version": "1.2", "summary": "Radio signals"}]
    assert "navsim" not in sys.modules


def test_a_folder_that_happens_to_lie_on_the_path_is_no_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "nuplan").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    assert package_facts("nuplan") is None


def test_another_interpreter_answers_the_same_questions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "navsim").mkdir()
    (tmp_path / "navsim" / "__init__.py").touch()
    monkeypatch.chdir(tmp_path)  # what lies here is not installed there
    answer = ask_interpreter(sys.executable)
    assert answer.keys() == probe().keys()
    assert answer["packages"]["navsim"] is None
    assert answer["numpy"]["pinv_error"] < 1e-9


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (None, "no such program"),
        ("echo hello", "hello"),
        ("echo 'Fatal: broken' >&2; exit 1", "Fatal: broken"),
        ("exit 3", "code 3"),
    ],
)
def test_what_is_no_python_is_one_line(tmp_path: Path, script: str | None, words: str) -> None:
    program = tmp_path / "python"
    if script is not None:
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
    with pytest.raises(ProbeError, match=words):
        ask_interpreter(str(program))
