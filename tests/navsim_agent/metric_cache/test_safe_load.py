"""What is opened, and what is refused: no file makes the reader import, run or unpack what it should not."""

import lzma
import os
import pickle
import sys
from pathlib import Path

import pytest

from driving.errors import DataError
from navsim_agent.metric_cache.devkit_records import MetricCache
from navsim_agent.metric_cache.safe_load import flaw_of, load_metric_cache_pickle
from tests.golden.metric_caches import LATER


class _Command:
    """Runs a command where a pickle of it is opened carelessly."""

    def __init__(self, proof: Path) -> None:
        self.proof = proof

    def __reduce__(self) -> tuple:
        return os.system, (f"touch {self.proof}",)


def _written(path: Path, content: object) -> Path:
    path.write_bytes(lzma.compress(pickle.dumps(content, protocol=pickle.HIGHEST_PROTOCOL), preset=0))
    return path


def _error(path: Path) -> str:
    with pytest.raises(DataError) as caught:
        load_metric_cache_pickle(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    return message


def test_a_cache_opens_without_the_devkit(cached: dict[str, Path]) -> None:
    before = set(sys.modules)
    assert isinstance(load_metric_cache_pickle(cached[LATER]), MetricCache)
    assert not [name for name in set(sys.modules) - before if name.startswith(("navsim.", "nuplan"))]


def test_a_command_is_not_run(tmp_path: Path) -> None:
    proof = tmp_path / "proof"
    message = _error(_written(tmp_path / "metric_cache.pkl", {"log_name": _Command(proof)}))
    assert "the pickle names posix.system, which is not allowed" in message
    assert not proof.exists()


@pytest.mark.parametrize(
    "name", [b"navsim.common.xxxxxxxxxxx\nTrajectory", b"builtins\neval", b"builtins\ngetattr"]
)
def test_names_that_are_not_on_the_list_are_refused(tmp_path: Path, name: bytes) -> None:
    path = tmp_path / "metric_cache.pkl"
    path.write_bytes(lzma.compress(b"c" + name + b"\n."))
    assert f"names {name.decode().replace(chr(10), '.')}, which is not allowed" in _error(path)


def test_a_file_cannot_change_how_the_next_one_is_read(tmp_path: Path) -> None:
    """A pickle that sets an attribute of a class: that of the class, not of an object."""
    kind, path = f"c{MetricCache.home}\nMetricCache\n".encode(), tmp_path / "metric_cache.pkl"
    path.write_bytes(lzma.compress(kind + b"N}\x8c\x0b__getitem__\x88s\x86b."))
    assert "MetricCache.__getitem__ cannot be set" in _error(path)


def test_a_persistent_id_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "metric_cache.pkl"
    path.write_bytes(lzma.compress(b"Psomewhere\n."))
    assert "persistent id 'somewhere'" in _error(path)


def test_a_missing_file(tmp_path: Path) -> None:
    assert "cannot be read (No such file or directory)" in _error(tmp_path / "metric_cache.pkl")


def test_an_empty_file(own_copy: Path) -> None:
    own_copy.write_bytes(b"")
    assert _error(own_copy).endswith("empty file")


@pytest.mark.parametrize("kept", [3, 1000, -1])
def test_a_file_that_was_cut_short(own_copy: Path, kept: int) -> None:
    own_copy.write_bytes(own_copy.read_bytes()[:kept])
    assert flaw_of(own_copy)
    assert _error(own_copy).endswith(flaw_of(own_copy))


def test_a_plain_pickle_is_no_metric_cache(own_copy: Path) -> None:
    own_copy.write_bytes(lzma.decompress(own_copy.read_bytes()))
    assert _error(own_copy).endswith("not compressed by lzma")


def test_a_garbled_stream(own_copy: Path) -> None:
    stream = bytearray(own_copy.read_bytes())
    stream[5000:5100] = bytes(100)
    own_copy.write_bytes(stream)
    assert "broken lzma stream" in _error(own_copy)


def test_an_lzma_stream_of_something_else(tmp_path: Path) -> None:
    path = tmp_path / "metric_cache.pkl"
    path.write_bytes(lzma.compress(b"a letter"))
    assert "truncated or not a pickle" in _error(path)


def test_a_pickle_that_was_cut_before_it_was_compressed(own_copy: Path) -> None:
    own_copy.write_bytes(lzma.compress(lzma.decompress(own_copy.read_bytes())[:-2000]))
    assert "truncated or not a pickle" in _error(own_copy)


def test_a_stream_that_unpacks_to_too_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("navsim_agent.metric_cache.safe_load.LARGEST_BYTES", 1 << 20)
    path = tmp_path / "metric_cache.pkl"
    path.write_bytes(lzma.compress(bytes(2 << 20), preset=0))
    assert "more than 1048576 bytes when unpacked" in _error(path)


def test_a_whole_file_has_no_flaw(cached: dict[str, Path]) -> None:
    assert [flaw_of(path) for path in cached.values()] == [""] * len(cached)
