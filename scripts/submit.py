"""Write a leaderboard submission of an agent, or check one, whoever wrote it, before it is uploaded.

Writes out=/submission.pkl, which the servers (Python 3.9, numpy 1.23) can open; the devkit need not be
installed. Plans are kept as they come: after a stop the same command goes on. The file is checked at once.

check=FILE split=... only checks a file: it says all that is wrong with it, and ends with status 1 if it
cannot be uploaded. Nothing of the file is run, and no data are needed.

split= is navtest (one stage, the leaderboard of NAVSIM v1), navhard_two_stage, warmup_two_stage or
private_test_hard_two_stage of the devkit, as the path of its YAML, or any split of data=. Values with spaces
or commas need two pairs of quotes: 'authors="Ada L., Alan T."'.
"""

from dataclasses import dataclass
from pathlib import Path

from driving.data.cache_files import file_digest, fingerprint
from driving.errors import DataError
from driving.training.checkpoint import CARD, WEIGHTS
from navsim_agent.agents.agent import Agent
from navsim_agent.submission.check_submission import check_submission
from navsim_agent.submission.leaderboard_split import (
    LeaderboardSplit,
    find_scenes_to_submit,
    leaderboard_split,
)
from navsim_agent.submission.partial_plans import PartialPlans
from navsim_agent.submission.plan_scenes import plan_scenes
from navsim_agent.submission.problem import has_errors
from navsim_agent.submission.read_scenes import read_scenes
from navsim_agent.submission.team import Team
from navsim_agent.submission.write_submission import FILE_NAME, write_submission
from scripts.agents import AgentKeys, build_agent, fetched, observation_of
from scripts.data_keys import DataKeys, choose_split
from scripts.run_folder import claim_folder


@dataclass
class Config(DataKeys, AgentKeys):
    """Keys of ``irl-vla submit``."""

    out: str | None = None
    """Folder to write: submission.pkl, and the plans as they come."""
    check: str | None = None
    """A submission to check; then nothing is planned or written, and only split= matters."""
    team_name: str = ""
    """As the leaderboard shows it; may be a link, '<a href=REPOSITORY>NAME</a>'."""
    authors: str = ""
    """All of them, in one text."""
    email: str = ""
    """Of the member to ask."""
    institution: str = ""
    """Of the team."""
    country: str = ""
    """Country or region."""
    batch_size: int = 16
    """Scenes the agent plans at once, and that a stop can cost."""

    def __post_init__(self) -> None:
        if (self.check is None) == (self.out is None):
            raise ValueError("out=FOLDER writes a submission, check=FILE checks one: give one of them")


@dataclass(frozen=True)
class Origin:
    """What decides the plans in a folder; claimed, so that no file mixes two planners or splits.

    Not the device: there plans differ by rounding only.
    """

    split: str
    tokens: str
    agent: str
    checkpoint: str
    select: str
    reward: str


def run(config: Config) -> None:
    split = leaderboard_split(choose_split(config))
    if config.check is not None:
        _report(Path(config.check), split)
    elif config.out is not None:
        _report(_write(config, config.out, split), split)


def _write(config: Config, out: str, split: LeaderboardSplit) -> Path:
    team = Team(config.team_name, config.authors, config.email, config.institution, config.country)
    keys = fetched(config)
    agent, observation = build_agent(keys), observation_of(keys)
    if not isinstance(agent, Agent):
        raise DataError(f"agent={config.agent.name} reads the truth of a scene, which no submission may")
    folders = find_scenes_to_submit(split, None if config.data is None else Path(config.data))
    folder = claim_folder(out, _origin(keys, split))
    scenes = read_scenes(split, folders, observation.cameras)
    plans = PartialPlans(folder / "plans")
    plan_scenes(agent, scenes, observation, plans, config.batch_size)
    write_submission(team, split, plans.poses, folder / FILE_NAME)
    return folder / FILE_NAME


def _origin(keys: AgentKeys, split: LeaderboardSplit) -> Origin:
    return Origin(
        split=split.name,
        tokens=fingerprint({"stages": {key: sorted(tokens) for key, tokens in split.stages.items()}}),
        agent=keys.agent.name,
        checkpoint=_digest(keys.checkpoint),
        select=keys.select.name,
        reward=_digest(keys.reward),
    )


def _digest(folder: str | None) -> str:
    """Of weights and card, so that a checkpoint that was trained again is another one."""
    if folder is None:
        return "none"
    return fingerprint({name: file_digest(Path(folder) / name) for name in (CARD, WEIGHTS)})[:16]


def _report(path: Path, split: LeaderboardSplit) -> None:
    """Print every problem. Raises DataError where one forbids the upload."""
    problems = check_submission(path, split)
    for problem in problems:
        print(problem)
    scenes = sum(map(len, split.stages.values()))
    if has_errors(problems):
        raise DataError(f"{path}: not fit for {split.name}, see the lines above")
    odd = "; mind the warnings above" if problems else ""
    print(f"{path}: can be uploaded for {split.name}, {scenes} scenes{odd}")
