"""Trajectories on hand-made logs on disk."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from driving.errors import DataError
from driving.log_frame import LogFrame
from driving.scores import OFFICIAL_COLUMNS, SubScores
from driving.types import HISTORY_FRAMES
from navsim_agent.evaluation.score_trajectories import (
    Convention,
    ScoredTable,
    ScoringOptions,
    score_trajectories,
)
from navsim_agent.evaluation.trajectory_table import TrajectoryTable
from reward_wm.epdms import ScorerConfig, extended_comfort, prepare_scene, score_scene
from tests import worlds
from tests.driving.data.official_files import write_data
from tests.world_maps import crossing_map, straight_map

RED = worlds.crossing_with_red_light(6.03, 15.07, stops=False)
EMPTY = worlds.straight_road(name="nobody_there")


def _log(scene: worlds.Scene, **changes: object) -> list[LogFrame]:
    return [replace(frame, **changes) for frame in scene.frames]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("world")
    logs = {
        RED.log_name: _log(RED),
        EMPTY.log_name: _log(EMPTY),
        "no_route": _log(worlds.straight_road(name="no_route"), roadblock_ids=()),
        "strange_route": _log(worlds.straight_road(name="strange_route"), roadblock_ids=("999",)),
    }
    write_data(root, logs, [crossing_map(), straight_map()])
    return root


def _score(
    root: Path, table: TrajectoryTable, options: ScoringOptions | None = None, cache: Path | None = None
) -> ScoredTable:
    logs = next((root / "navsim_logs").iterdir())
    return score_trajectories(table, logs, root / "maps", options, cache)


def _table(*rows: tuple[str, str, float]) -> TrajectoryTable:
    """Rows of token, name and speed, straight on."""
    tokens, names, speeds = zip(*rows, strict=True)
    poses = torch.zeros(len(rows), 8, 3, dtype=torch.float64)
    poses[..., 0] = torch.tensor(speeds)[:, None] * 0.5 * torch.arange(1, 9)
    return TrajectoryTable(tokens, names, poses, 0.5)


def test_rows_come_back_in_the_order_of_the_file(root: Path) -> None:
    table = _table((RED.token, "fast", 8.0), (EMPTY.token, "fast", 8.0), (RED.token, "slow", 1.0))
    frame = _score(root, table).frame
    assert list(frame.columns) == ["token", "name", *OFFICIAL_COLUMNS.values(), "score"]
    assert list(zip(frame["token"], frame["name"], strict=True)) == list(zip(table.tokens, table.names))
    alone = score_scene(prepare_scene(RED), table.poses[[0, 2]], 0.5, ScorerConfig()).sub_scores
    np.testing.assert_allclose(frame["score"].to_numpy()[[0, 2]], alone.epdms().numpy(), atol=1e-9)
    assert frame["two_frame_extended_comfort"].isna().all()


def test_a_scene_without_agents_is_scored(root: Path) -> None:
    row = _score(root, _table((EMPTY.token, "", 8.0))).frame.iloc[0]
    assert (row["no_at_fault_collisions"], row["time_to_collision_within_bound"]) == (1.0, 1.0)
    assert 0.9 < row["score"] < 1.0


def test_comfort_is_extended_to_the_same_name_half_a_second_before(root: Path) -> None:
    earlier = EMPTY.frames[HISTORY_FRAMES - 1].token
    later = EMPTY.frames[HISTORY_FRAMES].token
    table = _table((later, "a", 8.0), (earlier, "b", 3.0), (earlier, "a", 8.0), (later, "c", 8.0))
    comfort = _score(root, table).frame["two_frame_extended_comfort"].to_numpy()
    assert np.isnan(comfort[[1, 2, 3]]).all()
    now, before = (
        score_scene(prepare_scene(scene), table.poses[:1], 0.5, ScorerConfig()).states
        for scene in (replace(EMPTY, frames=EMPTY.frames[1:]), EMPTY)
    )
    assert comfort[0] == extended_comfort(now, before).item()


def test_both_conventions_show_the_same_columns(root: Path) -> None:
    """The human ran the red light, which is forgiven: after issue 151 in the score, too."""
    table = _table((RED.token, "", 6.0))
    after, before, strict = (
        _score(root, table, ScoringOptions(ScorerConfig(human_filter=filtered), convention)).frame.iloc[0]
        for filtered, convention in (
            (True, Convention.AFTER),
            (True, Convention.BEFORE),
            (False, Convention.AFTER),
        )
    )
    assert (after["traffic_light_compliance"], before["traffic_light_compliance"]) == (1.0, 1.0)
    assert after["score"] > 0.0
    assert (before["score"], strict["score"]) == (0.0, 0.0)


def test_a_cache_gives_the_same_and_is_added_to(root: Path, tmp_path: Path) -> None:
    first, both = _table((RED.token, "a", 6.0)), _table((RED.token, "a", 6.0), (EMPTY.token, "a", 6.0))
    once = _score(root, first, cache=tmp_path)
    written = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    again = _score(root, both, cache=tmp_path).frame
    assert again.iloc[:1].equals(once.frame)
    assert again.equals(_score(root, both).frame)
    assert len(list(tmp_path.iterdir())) == 2
    assert {path: path.stat().st_mtime_ns for path in written} == written


def test_several_processes_and_many_trajectories_give_the_same(root: Path, monkeypatch) -> None:
    rows = [(token, f"{speed}", speed) for token in (RED.token, EMPTY.token) for speed in (1.0, 5.0, 9.0)]
    expected = _score(root, _table(*rows)).frame
    monkeypatch.setattr("navsim_agent.evaluation.score_trajectories.CHUNK", 2)
    assert _score(root, _table(*rows)).frame.equals(expected)
    logs = next((root / "navsim_logs").iterdir())
    options = ScoringOptions(ScorerConfig())
    parallel = score_trajectories(_table(*rows), logs, root / "maps", options, workers=2)
    assert parallel.frame.equals(expected)


@pytest.mark.parametrize(
    ("token", "message"),
    [
        ("stranger", "1 of 1 tokens are in no log, first 'stranger'"),
        (EMPTY.frames[1].token, "has 1 frames before it"),
        (EMPTY.frames[-2].token, "has 1 frames after it"),
        (worlds.straight_road(name="no_route").token, "has no route"),
        (worlds.straight_road(name="strange_route").token, "999"),
    ],
)
def test_scenes_that_cannot_be_scored_are_named(root: Path, token: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        _score(root, _table((token, "", 8.0)))


def test_a_folder_without_logs(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no log"):
        score_trajectories(_table(("a", "", 1.0)), tmp_path, tmp_path, ScoringOptions(ScorerConfig()))


def test_no_proposals_have_no_scores() -> None:
    scores = score_scene(prepare_scene(EMPTY), torch.zeros(0, 8, 3), 0.5, ScorerConfig())
    assert scores.sub_scores.epdms().shape == (0,)
    assert isinstance(scores.sub_scores, SubScores)
