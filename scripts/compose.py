"""From ``key=value`` arguments to a checked config object, by Hydra's composition."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TypeVar

from hydra import compose, initialize_config_dir
from hydra.core.config_store import ConfigStore
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import HydraException
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

CONFIG_DIR = Path(__file__).resolve().parents[1] / "configs"
ConfigT = TypeVar("ConfigT")


class UsageError(Exception):
    """A misspelled key or a value of the wrong kind on the command line."""


def compose_config(
    verb: str,
    schema: type[ConfigT],
    overrides: Sequence[str],
    groups: Mapping[str, Mapping[str, object]] | None = None,
) -> ConfigT:
    """``configs/<verb>.yaml`` with ``overrides``, as an object of the dataclass ``schema``.

    ``groups`` holds presets of nested configs: group -> name -> dataclass object (``planner=tiny``).

    Raises UsageError for an unknown key, a malformed override or a value of the wrong type;
    ValueError where the dataclass itself refuses the values.
    """
    for override in overrides:
        if "=" not in override:
            raise UsageError(f"expected key=value, got {override!r}")
    try:
        with _registered(verb, schema, groups or {}), _initialised():
            composed = compose(config_name=verb, overrides=list(overrides))
        config = OmegaConf.to_object(composed)
    except (HydraException, OmegaConfBaseException) as error:
        raise _explained(verb, error) from error
    assert isinstance(config, schema)
    return config


@contextmanager
def _registered(verb: str, schema: type, groups: Mapping[str, Mapping[str, object]]) -> Iterator[None]:
    """Hydra's store with this verb's schema and presets; as it was before afterwards.

    A group left behind would turn another verb's plain key of the same name into a choice of it.
    """
    store = ConfigStore.instance()
    store.store(name=f"{verb}_schema", node=schema)
    for group, presets in groups.items():
        for name, node in presets.items():
            store.store(group=group, name=name, node=node)
    try:
        yield
    finally:
        for name in (f"{verb}_schema.yaml", *groups):
            del store.repo[name]


def _initialised() -> AbstractContextManager[None]:
    GlobalHydra.instance().clear()
    return initialize_config_dir(config_dir=str(CONFIG_DIR), version_base="1.3")


def _explained(verb: str, error: Exception) -> Exception:
    """The useful line of a Hydra or OmegaConf error."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ValueError) and not isinstance(cause, HydraException | OmegaConfBaseException):
            return ValueError(str(cause))
        cause = cause.__cause__
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = lines[0] if lines else type(error).__name__
    if error.__cause__ is not None and text.startswith(("Could not override", "Error merging")):
        detail = str(error.__cause__).splitlines()[0]
        text = f"{text.rstrip('.')} ({detail})"
    return UsageError(f"{text} (irl-vla {verb} --help lists the keys)")
