"""The devkit's cache of features and targets."""

import gzip
from collections.abc import Sequence
from pathlib import Path

import pytest

from navsim_agent.doctor.dataset_cache import dataset_cache_findings
from navsim_agent.doctor.finding import Level
from tests.navsim_agent.doctor.findings import levels, told

TOKENS = ("a" * 16, "b" * 16)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    for token in TOKENS:
        for name in ("feature", "target"):
            path = tmp_path / "cache" / "a_log" / token / f"{name}.gz"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(gzip.compress(bytes(range(256)) * 50))
    return tmp_path / "cache"


def found(folder: Path, wanted: Sequence[str] = TOKENS) -> list:
    return list(dataset_cache_findings(folder, wanted, samples=10))


def test_a_whole_cache_is_ok(cache: Path) -> None:
    assert levels(found(cache)) == {Level.OK}
    told(found(cache), Level.OK, "2 scenes, each with feature.gz, target.gz")
    told(found(cache), Level.OK, "has all 2 scenes")


def test_a_scene_that_lacks_a_target_is_lost_without_a_word(cache: Path) -> None:
    (cache / "a_log" / TOKENS[1] / "target.gz").unlink()
    told(found(cache), Level.WARNING, "1 of 2 scenes lack some", TOKENS[1], "without a word")
    told(found(cache), Level.ERROR, "lacks 1 of the 2 scenes", TOKENS[1])


@pytest.mark.parametrize("length", [0, 10, 100])
def test_a_file_that_is_empty_or_cut_short(cache: Path, length: int) -> None:
    path = cache / "a_log" / TOKENS[0] / "feature.gz"
    path.write_bytes(path.read_bytes()[:length])
    told(found(cache), Level.ERROR, str(path), "cut short" if length else "0 bytes")


def test_a_garbled_file(cache: Path) -> None:
    path = cache / "a_log" / TOKENS[0] / "feature.gz"
    content = bytearray(path.read_bytes())
    content[30:60] = bytes(30)
    path.write_bytes(content)
    told(found(cache), Level.ERROR, str(path), "garbled")


def test_what_is_no_log(cache: Path) -> None:
    (cache / "notes.txt").write_text("")
    told(found(cache), Level.ERROR, "notes.txt", "folders of logs")


def test_caching_that_silently_wrote_nothing(tmp_path: Path) -> None:
    told(found(tmp_path), Level.ERROR, "wrote nothing", "run_dataset_caching.py")
    told(found(tmp_path / "none"), Level.ERROR, "no such folder", "cache_path")
