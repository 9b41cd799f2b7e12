"""Where the scenes come from that trajectories are scored in: here, from logs; see also ``metric_cache``."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from navsim_agent.evaluation.find_scenes import LogScenes, find_scenes
from reward_wm.epdms.prepared import PreparedScene
from reward_wm.epdms.prepared_store import prepared_scenes


class SceneGroup(Protocol):
    """Some scenes of one log; travels to a worker process."""

    @property
    def tokens(self) -> tuple[str, ...]: ...

    def prepared(self) -> Iterator[PreparedScene]:
        """All of them, in time order. Raises DataError where one cannot be had."""
        ...


class SceneSource(Protocol):
    """Scenes by token."""

    def find(self, tokens: Collection[str], workers: int) -> Sequence[SceneGroup]:
        """The scenes of ``tokens``. Raises DataError, naming the first, where some are not to be found."""
        ...


@dataclass(frozen=True)
class LoggedScenes:
    """Scenes of one log; ``store`` is as in ``prepared_scenes``."""

    scenes: LogScenes
    maps: Path
    store: Path | None

    @property
    def tokens(self) -> tuple[str, ...]:
        return self.scenes.tokens

    def prepared(self) -> Iterator[PreparedScene]:
        """One at a time. Raises DataError as ``prepared_scenes`` does."""
        return prepared_scenes(self.scenes.path, self.maps, self.scenes.tokens, self.store)


@dataclass(frozen=True)
class Logs:
    """A folder of logs, and the maps. ``store`` keeps the prepared scenes for the next time."""

    folder: Path
    maps: Path
    store: Path | None = None

    def find(self, tokens: Collection[str], workers: int) -> list[LoggedScenes]:
        """Log by log. Raises DataError as ``find_scenes`` does."""
        found = find_scenes(self.folder, tokens, workers)
        return [LoggedScenes(scenes, self.maps, self.store) for scenes in found]
