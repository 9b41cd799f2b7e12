"""Open anybody's submission without running any of it, and note every name that it asks for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from driving.data.restricted_pickle import PLAIN_NAMES, load_pickle
from navsim_agent.submission.official_objects import OFFICIAL_NAMES
from navsim_agent.submission.stored_arrays import ARRAY_NAMES, StoredArray


class Foreign:
    """Stands for an object of any other class, or for what any other function returns; does nothing."""

    official_name: ClassVar[str]

    def __init__(self, *content: Any, **more: Any) -> None:
        pass

    def __setstate__(self, state: Any) -> None:
        pass

    def __setitem__(self, key: Any, value: Any) -> None:
        pass

    def append(self, item: Any) -> None:
        """Takes what a pickle puts into a list; so do the next ones, for lists and sets."""

    extend = add = append


@dataclass(frozen=True)
class OpenedSubmission:
    """A file's content, plain data, records and stored arrays; and the names that its pickle asks for."""

    content: Any
    names: tuple[tuple[str, str], ...]
    """(Module, name), in the order in which they first occur."""
    protocol: int

    @property
    def foreign_names(self) -> list[str]:
        """Those of neither plain data nor the devkit's two classes, dotted."""
        return [".".join(name) for name in self.names if name not in _ANSWERS]

    @property
    def numpy_2_names(self) -> list[str]:
        """Those that only numpy 2 knows, dotted."""
        return [".".join(name) for name in self.names if name[0].startswith("numpy._core")]


class _NotingNames(Mapping[tuple[str, str], Any]):
    """Answers every name: the known ones as what they are, any other as ``Foreign``."""

    def __init__(self) -> None:
        self.asked: dict[tuple[str, str], Any] = {}

    def __getitem__(self, name: tuple[str, str]) -> Any:
        if name not in self.asked:
            stranger = type("Foreign", (Foreign,), {"official_name": ".".join(name)})
            self.asked[name] = _ANSWERS.get(name, stranger)
        return self.asked[name]

    def __contains__(self, name: object) -> bool:
        return True

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self.asked)

    def __len__(self) -> int:
        return len(self.asked)


_ANSWERS: dict[tuple[str, str], Any] = {**PLAIN_NAMES, **ARRAY_NAMES, **OFFICIAL_NAMES}
"""Containers as they are; arrays and the devkit's objects as what was stored of them."""


def open_submission(path: Path) -> OpenedSubmission:
    """The content of a file. Raises DataError with ``path`` where it is no pickle, or cut short."""
    names = _NotingNames()
    content = load_pickle(path, names)
    return OpenedSubmission(content, tuple(names), _protocol(path))


def type_name(value: Any) -> str:
    """The class of something in a submission, by the name that its author knows."""
    if isinstance(value, StoredArray):
        return f"numpy array of {value.type_name}"
    return value.official_name if isinstance(value, Foreign) else type(value).__name__


def _protocol(path: Path) -> int:
    """Before protocol 2 a pickle does not say which one it has."""
    with path.open("rb") as file:
        start = file.read(2)
    return start[1] if len(start) == 2 and start[:1] == b"\x80" else 0
