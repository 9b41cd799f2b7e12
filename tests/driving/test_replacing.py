"""A file, or a folder, is written as a whole or not at all."""

import os
from pathlib import Path

import pytest
from safetensors import SafetensorError

from driving.replacing import replacing, replacing_folder


def test_folders_are_made_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b.txt"
    with replacing(path) as partial:
        partial.write_text("whole")
        assert not path.exists()
    assert path.read_text() == "whole"
    assert list(path.parent.iterdir()) == [path]


def test_a_failure_keeps_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "b.txt"
    path.write_text("before")
    with pytest.raises(OSError, match="disk full"), replacing(path) as partial:
        partial.write_text("ha")
        raise OSError("disk full")
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_takes_the_place_of_another(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b"
    for name in ("first", "second"):
        with replacing_folder(path) as partial:
            (partial / name).touch()
    assert [entry.name for entry in path.iterdir()] == ["second"]
    assert list(path.parent.iterdir()) == [path]


def test_a_failure_keeps_the_folder_that_was_there(tmp_path: Path) -> None:
    path = tmp_path / "b"
    with replacing_folder(path) as partial:
        (partial / "first").touch()
    with pytest.raises(OSError, match="disk full"), replacing_folder(path) as partial:
        (partial / "second").touch()
        raise OSError("disk full")
    assert [entry.name for entry in path.iterdir()] == ["first"]
    assert list(tmp_path.iterdir()) == [path]


def test_what_a_stop_left_behind_is_not_taken_for_new(tmp_path: Path) -> None:
    (tmp_path / "b.partial").mkdir()
    (tmp_path / "b.partial" / "old").touch()
    with replacing_folder(tmp_path / "b") as partial:
        (partial / "new").touch()
    assert [entry.name for entry in (tmp_path / "b").iterdir()] == ["new"]


def test_a_stop_between_the_old_folder_and_the_new_one_loses_neither(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, replace = tmp_path / "b", os.replace
    with replacing_folder(path) as partial:
        (partial / "first").touch()

    def stop_at_the_new_one(source: Path, target: Path) -> None:
        if source.name.endswith(".partial"):
            raise KeyboardInterrupt
        replace(source, target)

    monkeypatch.setattr(os, "replace", stop_at_the_new_one)
    with pytest.raises(KeyboardInterrupt), replacing_folder(path) as partial:
        (partial / "second").touch()
    assert [entry.name for entry in path.iterdir()] == ["first"]
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("write", [replacing, replacing_folder])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), SafetensorError("I/O error")])
def test_a_full_disk_is_named(write, error: Exception, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="tensors"), write(tmp_path / "tensors"):
        raise error
    assert not list(tmp_path.iterdir())
