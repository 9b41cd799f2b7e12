"""Where metric caches are looked for: tables that are several, old or gone, and folders that have moved."""

import lzma
from pathlib import Path

import pytest

from driving.errors import DataError
from navsim_agent.metric_cache.find import find_metric_caches

WHOLE = lzma.compress(b"", preset=0)


def _cache(folder: Path, log: str, token: str, content: bytes = WHOLE, kind: str = "unknown") -> Path:
    path = folder / log / kind / token / "metric_cache.pkl"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    return path


def _table(folder: Path, *paths: Path | str, node: int = 0) -> None:
    table = folder / "metadata" / f"cache_metadata_node_{node}.csv"
    table.parent.mkdir(exist_ok=True)
    table.write_text("\n".join(["file_name", *map(str, paths)]) + "\n")


def _found(folder: Path, *tokens: str) -> dict[str, Path]:
    return {token: path for log in find_metric_caches(folder, tokens) for token, path in log.paths.items()}


def test_scenes_come_log_by_log(tmp_path: Path) -> None:
    for log, token in (("log_b", "1"), ("log_a", "2"), ("log_b", "3"), ("log_b", "unasked")):
        _cache(tmp_path, log, token)
    logs = find_metric_caches(tmp_path, ("1", "2", "3"))
    assert [(log.log_name, sorted(log.paths)) for log in logs] == [("log_a", ["2"]), ("log_b", ["1", "3"])]


def test_a_folder_that_came_from_another_machine(tmp_path: Path) -> None:
    path = _cache(tmp_path, "log", "1")
    _table(tmp_path, "/far/away/cache/log/unknown/1/metric_cache.pkl")
    assert _found(tmp_path, "1") == {"1": path}


def test_a_table_that_lies_apart_from_its_files(tmp_path: Path) -> None:
    path = _cache(tmp_path / "there", "log", "1")
    (tmp_path / "here").mkdir()
    _table(tmp_path / "here", path)
    assert _found(tmp_path / "here", "1") == {"1": path}


def test_tables_of_several_nodes(tmp_path: Path) -> None:
    paths = {token: _cache(tmp_path, "log", token) for token in ("1", "2")}
    _table(tmp_path, paths["1"], node=0)
    _table(tmp_path, paths["1"], paths["2"], node=1)
    assert _found(tmp_path, "1", "2") == paths


def test_a_table_that_a_second_run_wrote_over(tmp_path: Path) -> None:
    here = _cache(tmp_path / "here", "log", "1")
    there = _cache(tmp_path / "there", "log", "2")
    _table(tmp_path / "here", there)
    assert _found(tmp_path / "here", "1", "2") == {"1": here, "2": there}


def test_what_hydra_leaves_beside_the_tables(tmp_path: Path) -> None:
    path = _cache(tmp_path, "log", "1")
    _table(tmp_path, path)
    (tmp_path / "metadata" / "code" / "hydra").mkdir(parents=True)
    (tmp_path / "metadata" / "log.txt").write_text("done")
    assert _found(tmp_path, "1") == {"1": path}


def _error(folder: Path, *tokens: str) -> str:
    with pytest.raises(DataError) as caught:
        find_metric_caches(folder, tokens)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_no_folder(tmp_path: Path) -> None:
    assert _error(tmp_path / "nowhere", "1") == f"{tmp_path}/nowhere: no such folder"


def test_tokens_without_a_cache(tmp_path: Path) -> None:
    _cache(tmp_path, "log", "1")
    message = _error(tmp_path, "1", "2", "3")
    assert message == f"{tmp_path}: 2 of 3 tokens have no metric_cache.pkl, first '2'"


def test_a_token_with_two_caches(tmp_path: Path) -> None:
    paths = [_cache(tmp_path, log, "1") for log in ("log_a", "log_b")]
    message = f"token 1 has two metric caches, {paths[0]} and {paths[1]}"
    assert _error(tmp_path, "1") == message
    _table(tmp_path, *paths)
    assert _error(tmp_path, "1") == message


def test_a_file_that_is_listed_but_gone(tmp_path: Path) -> None:
    path = _cache(tmp_path, "log", "1")
    _table(tmp_path, path)
    path.unlink()
    assert _error(tmp_path, "1") == f"{path}: cannot be read (No such file or directory)"


def test_files_that_are_not_whole(tmp_path: Path) -> None:
    empty = _cache(tmp_path, "log", "1", b"")
    cut = _cache(tmp_path, "log", "2", WHOLE[:-3])
    _cache(tmp_path, "log", "3")
    assert _error(tmp_path, "1", "3") == f"{empty}: empty file"
    assert _error(tmp_path, "2", "3") == f"{cut}: cut short after {len(WHOLE) - 3} bytes"
    assert _error(tmp_path, "3", "1", "2") == f"{empty}: empty file (and 1 more like it)"


@pytest.mark.parametrize("line", ["metric_cache.pkl", "/cache/log/unknown/1/features.gz", "nonsense"])
def test_a_table_of_something_else(tmp_path: Path, line: str) -> None:
    _table(tmp_path, line)
    assert f"{line!r} is no path of a metric_cache.pkl" in _error(tmp_path, "1")


def test_a_table_that_is_no_text(tmp_path: Path) -> None:
    _table(tmp_path)
    (table,) = (tmp_path / "metadata").iterdir()
    table.write_bytes(b"file_name\n\xff\xfe\n")
    assert _error(tmp_path, "1").startswith(f"{table}: cannot be read")
