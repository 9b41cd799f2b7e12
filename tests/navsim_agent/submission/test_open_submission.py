"""A submission of a stranger is opened, and nothing of it is run."""

import os
import pickle
from pathlib import Path

import pytest

from navsim_agent.submission.check_submission import check_submission
from navsim_agent.submission.open_submission import Foreign, open_submission, type_name
from tests.navsim_agent.submission.toy_splits import one_stage


class Hostile:
    """Runs a command when it is unpickled by the real unpickler."""

    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> tuple:
        return os.system, (self.command,)


class Nested:
    """The same by way of built-in functions."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple:
        return eval, (f"open({str(self.marker)!r}, 'w')",)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_malicious_pickle_does_nothing(protocol: int, tmp_path: Path) -> None:
    marker, path = tmp_path / "ran", tmp_path / "submission.pkl"
    content = {"team_name": Hostile(f"touch {marker}"), "authors": Nested(marker)}
    path.write_bytes(pickle.dumps(content, protocol))
    problems = [str(problem) for problem in check_submission(path, one_stage())]
    assert not marker.exists()
    assert any("names posix.system and 1 other names" in problem for problem in problems)
    with path.open("rb") as file:  # the file does bite who opens it carelessly
        pickle.load(file)
    assert marker.exists()


def test_what_stands_for_foreign_objects_takes_whatever_a_pickle_does_to_them(tmp_path: Path) -> None:
    class Bag(dict):  # filled item by item
        pass

    class Row(list):  # and by appending
        pass

    Bag.__module__, Row.__module__ = "elsewhere", "elsewhere"
    Bag.__qualname__, Row.__qualname__ = "Bag", "Row"
    stream = b"\x80\x02}(X\x01\x00\x00\x00acelsewhere\nBag\n)\x81X\x01\x00\x00\x00bK\x01sX\x01\x00\x00\x00r"
    stream += b"celsewhere\nRow\n)R(K\x01K\x02e}bu."
    path = tmp_path / "submission.pkl"
    path.write_bytes(stream)
    opened = open_submission(path)
    assert opened.foreign_names == ["elsewhere.Bag", "elsewhere.Row"]
    assert all(isinstance(value, Foreign) for value in opened.content.values())
    assert [type_name(value) for value in opened.content.values()] == opened.foreign_names


def test_a_dotted_name_that_looks_known_is_foreign(tmp_path: Path) -> None:
    """Protocol 4 takes attributes of attributes."""
    path = tmp_path / "submission.pkl"
    path.write_bytes(b"\x80\x04\x8c\nnumpy.core\x8c\x17multiarray._reconstruct\x93.")
    assert open_submission(path).foreign_names == ["numpy.core.multiarray._reconstruct"]
