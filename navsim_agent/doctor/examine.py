"""The whole examination: what is looked at, given what the user named."""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from driving.data.data_config import DataConfig
from driving.errors import DataError
from navsim_agent.doctor.dataset_cache import dataset_cache_findings
from navsim_agent.doctor.devkit import Devkits, find_devkits, mixed_devkits
from navsim_agent.doctor.embedded_world import embedded_world_findings
from navsim_agent.doctor.environment import MAPS, Use, environment_findings, root_of
from navsim_agent.doctor.finding import FETCH, Examination, Finding, Group, error
from navsim_agent.doctor.interpreters import ProbeError, ask_interpreter, numpy_findings, own_python
from navsim_agent.doctor.locate import Located, find_split, locate, where_split_files_are
from navsim_agent.doctor.logs import (
    LogSurvey,
    Reading,
    log_file_findings,
    split_findings,
    survey_findings,
    survey_logs,
)
from navsim_agent.doctor.machine import destinations, machine_findings
from navsim_agent.doctor.maps import map_findings
from navsim_agent.doctor.metric_cache import Reader, metric_cache_findings
from navsim_agent.doctor.packages import package_findings
from navsim_agent.doctor.probe import probe
from navsim_agent.doctor.second_stage import second_stage_findings, second_stage_tokens
from navsim_agent.doctor.sensors import picture_findings
from navsim_agent.doctor.tensor_cache import tensor_cache_findings


@dataclass(frozen=True)
class Question:
    """What the user wants looked at; None: not given."""

    data: Path | None = None
    """Root of an embedded world, instead of the environment's folders."""
    split: str | None = None
    cameras: tuple[str, ...] = ()
    cache: Path | None = None
    metric_cache: Path | None = None
    dataset_cache: Path | None = None
    devkit_python: str | None = None
    """Interpreter of the devkit's own environment."""
    reading: Reading = field(default_factory=lambda: Reading(samples=5, is_thorough=False, workers=1))


@dataclass(frozen=True)
class _Data:
    """What was found out about the split, for those who look at its maps and caches."""

    findings: tuple[Finding, ...] = ()
    tokens: frozenset[str] = frozenset()
    """Of both stages; empty where they are not known."""
    located: Located | None = None


def examine(question: Question, environment: Mapping[str, str] | None = None) -> Examination:
    """Look at everything that can be looked at; ``environment`` stands in for the process's own."""
    environment = os.environ if environment is None else environment
    devkits, reader, versions = _versions(question)
    data = _look_at_data(question, environment)
    maps = _maps_root(question, data, environment)
    variables = _collected("variables", environment_findings(environment, _use(question, devkits)))
    places = destinations(
        environment, question.cache, len(data.tokens), DataConfig(cameras=list(question.cameras))
    )
    groups = (
        Group("versions", versions),
        Group("environment variables", (*variables, *mixed_devkits(environment, devkits))),
        Group("maps", _remade(question, _collected("maps", map_findings(maps) if maps is not None else ()))),
        Group("data", _remade(question, data.findings)),
        Group("caches", _collected("caches", _caches(question, data.tokens, reader))),
        Group("machine", _collected("machine", machine_findings(places))),
    )
    return Examination(groups, tuple(_not_checked(question, data, maps, devkits)))


def _collected(subject: str, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """What was found until a folder or a disk refused to be read, and that it did."""
    collected: list[Finding] = []
    try:
        collected.extend(findings)
    except OSError as reason:
        collected.append(_refused(subject, reason))
    return tuple(collected)


def _refused(subject: str, reason: OSError) -> Finding:
    cure = "look at its permissions, and at the health of its disk or share"
    return error(subject, " ".join(str(reason).split()), cure)


def _remade(question: Question, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The cures that fit: recorded data are fetched, an embedded world is made, as a whole."""
    if question.data is None:
        return findings
    cure = "irl-vla world out=ANOTHER_FOLDER, with the size and seed of this world"
    return tuple(replace(item, cure=cure) if item.cure.startswith(FETCH) else item for item in findings)


def _versions(question: Question) -> tuple[Devkits, Reader, tuple[Finding, ...]]:
    """This Python and, where it was named, the devkit's."""
    here = probe()
    findings = [own_python(here), *numpy_findings(here, ""), *package_findings()]
    devkits, reader = find_devkits(here, ""), here
    findings += devkits.findings
    if question.devkit_python is not None:
        where = " of the devkit"
        try:
            reader = ask_interpreter(question.devkit_python)
        except ProbeError as reason:
            found = f"{question.devkit_python}: {reason}"
            findings.append(
                error("devkit_python", found, "give the python of the environment with the devkit")
            )
        else:
            devkits = find_devkits(reader, where)
            findings += [*numpy_findings(reader, where), *devkits.findings]
    findings += embedded_world_findings()
    return devkits, Reader(devkits.is_second_version, reader["numpy"]["version"]), tuple(findings)


def _use(question: Question, devkits: Devkits) -> Use:
    devkit_caches = (question.metric_cache, question.dataset_cache)
    return Use(
        recorded=question.split is not None and question.data is None and not Path(question.split).is_dir(),
        embedded=question.data is not None,
        devkit=devkits.navsim is not None or any(folder is not None for folder in devkit_caches),
    )


def _look_at_data(question: Question, environment: Mapping[str, str]) -> _Data:
    """Split, logs, pictures, synthetic scenes."""
    if question.data is not None and not question.data.is_dir():
        cure = "give the folder that `irl-vla world out=...` wrote"
        return _Data((error("data", f"{question.data}: no such folder", cure),))
    if question.split is None:
        return _Data()
    try:
        split = find_split(question.split, question.data)
    except DataError as reason:
        cure = where_split_files_are(question.split, environment)
        return _Data((error("split", str(reason), cure),))
    located = locate(split, question.split, question.data, environment)
    if located is None:
        return _Data(tuple(split_findings(split)))
    try:
        survey = survey_logs(split, located.folders, question.cameras, question.reading)
    except OSError as reason:
        return _Data((_refused("logs", reason),), located=located)
    findings = _collected("data", _data_findings(question, located, survey))
    return _Data(findings, _tokens(located, survey), located)


def _data_findings(question: Question, located: Located, survey: LogSurvey) -> Iterator[Finding]:
    split, folders = located.split, located.folders
    yield from split_findings(split)
    yield from log_file_findings(split, folders)
    yield from survey_findings(split, survey)
    yield from picture_findings(survey, folders.sensors, question.cameras)
    yield from second_stage_findings(split, folders, question.cameras, question.reading.samples)


def _tokens(located: Located, survey: LogSurvey) -> frozenset[str]:
    listed = located.split.scene_filter.tokens
    if listed is None and not survey.is_complete:
        return frozenset()
    first_stage = listed or [token for log in survey.facts for token in log.scenes]
    return frozenset((*first_stage, *second_stage_tokens(located.split)))


def _maps_root(question: Question, data: _Data, environment: Mapping[str, str]) -> Path | None:
    """Where to look for maps. A variable that names the wrong folder is told about elsewhere."""
    if question.data is not None:
        return question.data / "maps" if question.data.is_dir() else None
    root = root_of(environment, MAPS.name)
    if root is None and data.located is not None:
        root = data.located.folders.maps
    return root if root is not None and MAPS.is_right(root) else None


def _caches(question: Question, tokens: frozenset[str], reader: Reader) -> Iterator[Finding]:
    samples = question.reading.samples
    if question.cache is not None:
        yield from tensor_cache_findings(question.cache, tokens, samples)
    if question.metric_cache is not None:
        yield from metric_cache_findings(question.metric_cache, tokens, samples, reader)
    if question.dataset_cache is not None:
        yield from dataset_cache_findings(question.dataset_cache, tokens, samples)


def _not_checked(question: Question, data: _Data, maps: Path | None, devkits: Devkits) -> Iterator[str]:
    """What is missing on the page, and the key or variable that brings it there."""
    if question.split is None:
        yield "logs, pictures and synthetic scenes: set split="
    elif data.located is None:
        yield "logs, pictures and synthetic scenes: cure the above first"
    if maps is None:
        yield "maps: NUPLAN_MAPS_ROOT, or data=, must name them"
    caches = {
        "cache": question.cache,
        "metric_cache": question.metric_cache,
        "dataset_cache": question.dataset_cache,
    }
    keys = [f"{key}=" for key, folder in caches.items() if folder is None]
    if keys:
        yield f"caches: set {', '.join(keys)}"
    if devkits.navsim is None and question.devkit_python is None:
        yield "the devkit's own environment, above all the pinv of its numpy: set devkit_python="
