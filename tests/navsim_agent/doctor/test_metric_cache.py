"""The devkit's metric cache: its CSV against its files, and the files."""

import lzma
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from navsim_agent.doctor.finding import Level
from navsim_agent.doctor.metric_cache import FILE_NAME, Reader, metric_cache_findings
from tests.navsim_agent.doctor.findings import levels, told

TOKENS = tuple(f"{index:016x}" for index in range(4))
SECOND_VERSION = (
    b"navsim.planning.metric_caching.metric_cache MetricCache map_parameters numpy.core.multiarray"
)


def write_files(folder: Path, tokens: Sequence[str] = TOKENS, content: bytes = SECOND_VERSION) -> list[Path]:
    paths = [folder / "a_log" / "unknown" / token / FILE_NAME for token in tokens]
    for path in paths:
        path.parent.mkdir(parents=True)
        path.write_bytes(lzma.compress(content * 100))
    return paths


def write_table(folder: Path, paths: Sequence[Path], name: str = "metric_cache_metadata_node_0.csv") -> Path:
    table = folder / "metadata" / name
    table.parent.mkdir(parents=True, exist_ok=True)
    table.write_text("\n".join(["file_name", *map(str, paths)]) + "\n")
    return table


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    folder = tmp_path / "metric_cache"
    write_table(folder, write_files(folder))
    return folder


def found(folder: Path, wanted: Sequence[str] = TOKENS, reader: Reader | None = None) -> list:
    return list(metric_cache_findings(folder, wanted, samples=10, reader=reader or Reader()))


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"*/*/*/{FILE_NAME}"))


def test_a_whole_cache_is_ok(cache: Path) -> None:
    assert levels(found(cache)) == {Level.OK}
    told(found(cache), Level.OK, "4 files, as its CSV says")
    told(found(cache), Level.OK, "4 files that were opened are whole, written by devkit v2")
    told(found(cache), Level.OK, "has all 4 scenes of the split")
    assert len(found(cache, wanted=())) == 2, "a split that is not known is not compared with"


def test_caching_that_did_not_get_to_its_end(cache: Path) -> None:
    shutil.rmtree(cache / "metadata")
    told(found(cache), Level.ERROR, "4 files, but no metadata/*.csv", "written last", "run_metric_caching.py")


def test_caching_that_silently_wrote_nothing(tmp_path: Path) -> None:
    write_table(tmp_path, [])
    told(found(tmp_path), Level.ERROR, "lists nothing", "reported success", "navsim_logs/<data_split>")
    (tmp_path / "metadata" / "metric_cache_metadata_node_0.csv").write_text('""\n')
    told(found(tmp_path), Level.ERROR, "lists nothing")


def test_two_tables_are_an_error_since_the_devkit_takes_either(cache: Path) -> None:
    write_table(cache, files(cache), "metric_cache_metadata_node_1.csv")
    told(found(cache), Level.ERROR, "2 CSVs", "node_0", "node_1", "whichever comes first")


def test_a_cache_that_was_moved(cache: Path) -> None:
    moved = cache.with_name("elsewhere")
    cache.rename(moved)
    told(found(moved), Level.ERROR, f"4 of 4 rows of {moved}", f"sed -i 's#^{cache}/#{moved}/#'")


def test_files_that_are_missing_empty_or_cut_short(cache: Path) -> None:
    first, second, third, _ = files(cache)
    first.write_bytes(first.read_bytes()[:40])
    told(found(cache), Level.ERROR, str(first), "cut short")
    second.write_bytes(b"")
    told(found(cache), Level.ERROR, "1 file of 0 bytes", str(second), "full disk")
    third.unlink()
    told(found(cache), Level.ERROR, "1 of 4 files are missing", str(third))


def test_files_that_the_table_does_not_list(cache: Path) -> None:
    write_table(cache, files(cache)[:3])
    told(found(cache, TOKENS[:3]), Level.WARNING, "lists 3 of 4 files", "another run", TOKENS[3])
    told(found(cache), Level.ERROR, "lacks 1 of the 4 scenes", TOKENS[3])


def test_a_copy_whose_rows_name_the_original(cache: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(cache, copy)
    told(found(copy), Level.WARNING, "4 of 4 rows", f"outside of {copy}", f"sed -i 's#^{cache}/#{copy}/#'")


def test_a_cache_of_another_split_or_version(cache: Path) -> None:
    told(found(cache, ["a" * 16]), Level.ERROR, "none of the 1 scenes", "another one")
    told(found(cache, reader=Reader(is_second_version=False)), Level.ERROR, "devkit v2", "here is v1")
    shutil.rmtree(cache / "a_log" / "unknown" / TOKENS[0])
    write_files(cache, TOKENS[:1], b"MetricCache route_lane_ids")
    told(found(cache), Level.ERROR, "v1 and of v2 are mixed")


def test_a_cache_of_numpy_2_for_a_devkit_with_numpy_1(tmp_path: Path) -> None:
    write_table(tmp_path, write_files(tmp_path, content=b"map_parameters numpy._core.multiarray"))
    told(found(tmp_path, reader=Reader(True, "1.23.4")), Level.ERROR, "numpy 2", "1.23.4 cannot open")
    assert levels(found(tmp_path, reader=Reader(True, "2.1.0"))) == {Level.OK}


def test_no_folder(tmp_path: Path) -> None:
    told(found(tmp_path / "none"), Level.ERROR, "no such folder", "metric_cache_path")
