"""Submissions as official scripts would write them, and spoiled ones."""

from pathlib import Path
from typing import Any

from navsim_agent.submission.leaderboard_split import LeaderboardSplit
from navsim_agent.submission.official_objects import official_pickle, trajectory
from navsim_agent.submission.team import Team
from tests.navsim_agent.submission.toy_splits import TEAM, straight_plans


def official_content(split: LeaderboardSplit) -> dict[str, Any]:
    """What a sound file holds, to be spoiled."""
    poses = straight_plans(split)
    plans = {
        key: [{token: trajectory(poses[token], 0.5) for token in tokens}]
        for key, tokens in split.stages.items()
    }
    return {**Team(**TEAM).entries(), **plans}


def write_file(path: Path, content: Any) -> Path:
    """Any content, the records in it by the devkit's names."""
    path.write_bytes(official_pickle(content))
    return path
