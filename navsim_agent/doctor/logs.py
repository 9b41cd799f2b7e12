"""The logs of a split: how many are there, whether they open, and how many scenes pass the filter."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from driving.data.splits import DataFolders, Split, logs_of
from driving.errors import DataError
from driving.parallel import outcomes
from navsim_agent.doctor.environment import nearby
from navsim_agent.doctor.finding import Finding, count_of, error, first_of, ok, spread, warning
from navsim_agent.doctor.log_facts import LogFacts, LogJob, read_facts

DEVKIT_SPLITS = {
    "navtrain": (1_192, 103_288, 0),
    "navtest": (136, 12_146, 0),
    "navmini": (62, 396, 0),
    "navhard_two_stage": (76, 450, 5_462),
    "warmup_two_stage": (7, 16, 204),
    "private_test_hard_two_stage": (0, 140, 1_732),
}
"""Logs, tokens, and tokens of synthetic scenes: counted in the scene filters of the devkit v2.2
(config/common/train_test_split/scene_filter). Its issue 139 names the same for navtrain and navtest."""


@dataclass(frozen=True)
class Reading:
    """How much to read."""

    samples: int
    """Logs to open where not all are asked for."""
    is_thorough: bool
    workers: int


@dataclass(frozen=True)
class LogSurvey:
    """What reading some, or all, of a split's logs brought to light."""

    facts: tuple[LogFacts, ...]
    failures: tuple[DataError, ...]
    on_disk: int

    @property
    def is_complete(self) -> bool:
        """Every log that is on disk was opened, or could not be."""
        return len(self.facts) + len(self.failures) == self.on_disk


def split_findings(split: Split) -> Iterator[Finding]:
    """Whether a split that bears a name of the devkit's is the devkit's."""
    chosen = split.scene_filter
    counts = [
        len(names or ())
        for names in (chosen.log_names, chosen.tokens, chosen.reactive_synthetic_initial_tokens)
    ]
    text = f"{count_of(counts[0], 'log')}, {count_of(counts[1], 'token')}"
    text += f", {count_of(counts[2], 'token')} of synthetic scenes" if counts[2] else ""
    known = DEVKIT_SPLITS.get(split.name)
    if known is not None and tuple(counts) != known:
        yield warning(
            "split",
            f"{split.name} lists {text}; the devkit's lists {known[0]:,}, {known[1]:,} and {known[2]:,}: "
            "scores on it are those of another split",
            "take the file from the devkit (v2.2)",
        )
    elif any(counts):
        yield ok("split", f"{split.name} lists {text}" + (", as the devkit's does" if known else ""))


def log_file_findings(split: Split, folders: DataFolders) -> Iterator[Finding]:
    """Folder and files, by name only."""
    wanted = split.scene_filter.log_names
    paths = logs_of(wanted, folders.logs)
    if not folders.logs.is_dir():
        unpacked = as_unpacked(folders.logs)
        cure = f"mv {unpacked} {folders.logs}" if unpacked is not None else _where_logs_go(folders.logs)
        yield error("logs", f"{folders.logs}: no such folder", cure)
        return
    if not any(folders.logs.glob("*.pkl")):
        deeper = nearby(folders.logs, lambda folder: any(folder.glob("*.pkl")))
        where = f"; they lie in {deeper}" if deeper is not None and deeper != folders.logs.parent else ""
        cure = f"mv {deeper}/* {folders.logs}/" if where else _where_logs_go(folders.logs)
        yield error("logs", f"{folders.logs} holds no log (*.pkl){where}", cure)
        return
    missing = sorted(set(wanted or ()) - {path.stem for path in paths})
    if missing:
        yield error(
            "logs",
            f"{folders.logs} lacks {len(missing):,} of the {count_of(len(wanted or ()), 'log')} of "
            f"{split.name}, first {missing[0]}. The devkit passes over missing logs without a word",
            f"fetch the logs of {split.data_split!r} again (was the archive unpacked to the end?)",
        )
    else:
        yield ok(
            "logs",
            f"{count_of(len(paths), 'log')} in {folders.logs}" + (", all that are listed" if wanted else ""),
        )
    strangers = sorted(path.name for path in folders.logs.iterdir() if path.suffix != ".pkl")
    if strangers and wanted is None:
        yield warning(
            "logs",
            f"{folders.logs} also holds {first_of(strangers)}; the devkit opens everything there as a log "
            "and fails",
            "move it elsewhere",
        )


def survey_logs(split: Split, folders: DataFolders, cameras: tuple[str, ...], reading: Reading) -> LogSurvey:
    """Read logs spread over the split, or all of them; progress on stderr where that takes long."""
    paths = logs_of(split.scene_filter.log_names, folders.logs)
    chosen = paths if reading.is_thorough else spread(paths, reading.samples)
    jobs = [LogJob(path, split.scene_filter, folders.sensors, cameras) for path in chosen]
    facts, failures = [], []
    hidden = True if not reading.is_thorough else None
    with tqdm(total=len(jobs), desc="reading logs", unit="log", disable=hidden, leave=False) as bar:
        for _, outcome in outcomes(read_facts, jobs, reading.workers if reading.is_thorough else 1):
            if isinstance(outcome, DataError):
                failures.append(outcome)
            elif isinstance(outcome, Exception):
                raise outcome
            else:
                facts.append(outcome)
            bar.update()
    facts.sort(key=lambda log: log.name)
    return LogSurvey(tuple(facts), tuple(failures), len(paths))


def survey_findings(split: Split, survey: LogSurvey) -> Iterator[Finding]:
    """What the logs that were read hold."""
    if not survey.facts and not survey.failures:
        return
    for failure in survey.failures[:3]:
        yield error("log", str(failure), "fetch this log again; the others are not harmed")
    if len(survey.failures) > 3:
        yield error("logs", f"{len(survey.failures) - 3:,} more cannot be read", "fetch the logs again")
    odd = [f"{token} in {log.name}" for log in survey.facts for token in log.long_tokens]
    if odd:
        yield error(
            "tokens",
            f"{count_of(len(odd), 'token')} of logs have 17 characters, first {odd[0]}: the devkit takes "
            "such scenes for synthetic ones",
            "fetch the logs again; tokens of logs have 16 characters",
        )
    yield _scenes(split, survey)


def _scenes(split: Split, survey: LogSurvey) -> Finding:
    found = {token for log in survey.facts for token in log.scenes}
    if not survey.is_complete:
        return _scenes_of_some(split, survey, len(found))
    wanted = split.scene_filter.tokens
    if not found:
        return error(
            "scenes", f"none passes the filter of {split.name}", "do split and logs belong together?"
        )
    if wanted is None:
        return ok("scenes", f"{len(found):,} pass the filter of {split.name}")
    missing = sorted(set(wanted) - found)
    if not missing:
        return ok("scenes", f"all {len(wanted):,} of {split.name} are there")
    return error(
        "scenes",
        f"{len(found):,} of {len(wanted):,} are there; no log that could be read has the rest, first "
        f"{missing[0]}",
        "fetch the missing logs; a score over fewer scenes is the score of another split",
    )


def _scenes_of_some(split: Split, survey: LogSurvey, found: int) -> Finding:
    wanted, some = split.scene_filter.tokens, f"{len(survey.facts)} of {survey.on_disk:,} logs"
    if not found:
        return warning(
            "scenes", f"none in {some} passes the filter of {split.name}", "thorough=true reads all logs"
        )
    total = "" if wanted is None else f", of {len(wanted):,} in the whole split"
    return ok("scenes", f"{found:,} in {some}{total}; thorough=true counts all")


def as_unpacked(folder: Path) -> Path | None:
    """Where the devkit's download scripts leave what belongs in ``folder``; None where that is not there."""
    root, kind, name = folder.parents[1], folder.parent.name, folder.name
    left = root / f"{name}_{kind}" / name
    return left if left.is_dir() else None


def _where_logs_go(folder: Path) -> str:
    return f"move the split's *.pkl (the archive calls their folder meta_datas) to {folder}"
