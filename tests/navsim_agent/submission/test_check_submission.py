"""Every kind of broken file has its line, and a sound one has none."""

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from driving.errors import DataError
from navsim_agent.submission.check_submission import check_submission
from navsim_agent.submission.leaderboard_split import LeaderboardSplit
from navsim_agent.submission.official_objects import trajectory
from navsim_agent.submission.problem import Severity, has_errors
from tests.navsim_agent.submission.toy_files import official_content, write_file
from tests.navsim_agent.submission.toy_splits import FIRST, SECOND, TEAM, one_stage, two_stages

Content = dict[str, Any]
ONE, TWO = "first_stage_predictions", "second_stage_predictions"
TOKEN = FIRST[1]


def lines(path: Path, split: LeaderboardSplit) -> list[str]:
    return [str(problem) for problem in check_submission(path, split)]


def spoiled(spoil: Callable[[Content], None], split: LeaderboardSplit, folder: Path) -> list[str]:
    content = official_content(split)
    spoil(content)
    return lines(write_file(folder / "submission.pkl", content), split)


def set_poses(change: Callable[[np.ndarray], Any]) -> Callable[[Content], None]:
    """Spoil the poses of one plan."""

    def spoil(content: Content) -> None:
        plan = content[ONE][0][TOKEN]
        vars(plan)["poses"] = change(plan["poses"].copy())

    return spoil


def set_sampling(**fields: Any) -> Callable[[Content], None]:
    """Spoil the sampling of one plan."""

    def spoil(content: Content) -> None:
        vars(content[ONE][0][TOKEN]["trajectory_sampling"]).update(fields)

    return spoil


def with_nan(poses: np.ndarray) -> np.ndarray:
    poses[3, 1] = np.nan
    return poses


def split_up(content: Content) -> None:
    plans = content[TWO][0]
    tokens = list(plans)
    content[TWO] = [{token: plans[token] for token in part} for part in (tokens[:5], tokens[4:])]


def swap_stages(content: Content) -> None:
    content[ONE], content[TWO] = content[TWO], content[ONE]


def lose_half(content: Content) -> None:
    for token in FIRST[::2]:
        del content[ONE][0][token]


def rename(old: str, new: str) -> Callable[[Content], None]:
    def spoil(content: Content) -> None:
        content[new] = content.pop(old)

    return spoil


BROKEN: list[tuple[str, Callable[[Content], None], str]] = [
    ("missing token", lambda c: c[ONE][0].pop(TOKEN), f"error: 1 of 4 tokens are missing (first {TOKEN})"),
    ("every second scene", lose_half, "error: 2 of 4 tokens are missing"),
    (
        "extra token",
        lambda c: c[ONE][0].update(stranger=c[ONE][0][TOKEN]),
        "error: 1 tokens are not of toy_two_stage (first stranger), in first_stage_predictions",
    ),
    ("stages swapped", swap_stages, "8 of them belong to the other stage"),
    (
        "token in both stages",
        lambda c: c[TWO][0].update({TOKEN: c[ONE][0][TOKEN]}),
        f"error: 1 tokens occur twice (first {TOKEN}), in both stages",
    ),
    ("token twice", split_up, "error: 1 tokens occur twice, in second_stage_predictions"),
    ("several dicts", split_up, "error: second_stage_predictions holds 2 dicts, the server takes one"),
    (
        "token no text",
        lambda c: c[ONE][0].update({7: c[ONE][0][TOKEN]}),
        "error: 1 tokens are no text but int",
    ),
    ("stage missing", lambda c: c.pop(TWO), "error: 'second_stage_predictions' is missing"),
    ("dict not in a list", lambda c: c.update({ONE: c[ONE][0]}), "is a dict, not a list of one dict"),
    ("empty list", lambda c: c.update({ONE: []}), "error: first_stage_predictions is empty"),
    ("list of lists", lambda c: c.update({ONE: [[1]]}), "error: first_stage_predictions is no list of dicts"),
    ("key of v1", rename(ONE, "predictions"), "error: 'predictions' is of another leaderboard"),
    ("misspelled key", rename("country / region", "country"), "error: 'country / region' is missing"),
    ("unread key", lambda c: c.update(model="mine"), "warning: nobody reads 'model'"),
    ("empty team", lambda c: c.update(team_name=""), "error: team_name is empty"),
    ("placeholder", lambda c: c.update(institution="MUST_SET"), "error: institution is still 'MUST_SET'"),
    ("team no text", lambda c: c.update(email=None), "error: email is a NoneType, not text"),
    ("authors a list", lambda c: c.update(authors=["Ada"]), "warning: authors is a list of texts"),
    (
        "a plan is an array",
        lambda c: c[ONE][0].update({TOKEN: np.zeros((8, 3))}),
        "error: a plan is a numpy array of float64",
    ),
    ("a plan without poses", lambda c: vars(c[ONE][0][TOKEN]).pop("poses"), "error: a plan has no poses"),
    ("batch dimension", set_poses(lambda p: p[None]), "error: poses have shape (1, 8, 3), not (n, 3)"),
    ("no heading", set_poses(lambda p: p[:, :2]), "error: poses have shape (8, 2), not (n, 3)"),
    ("NaN", set_poses(with_nan), f"NaN or infinite values, in 1 of 12 plans, first in {ONE}, token {TOKEN}"),
    ("integers", set_poses(lambda p: p.astype(int)), "error: poses are int64, in 1 of 12 plans"),
    ("half precision", set_poses(lambda p: p.astype(np.float16)), "warning: poses are float16"),
    (
        "list of lists",
        set_poses(lambda p: p.tolist()),
        "error: poses are a list, not a numpy array of float32",
    ),
    ("objects", set_poses(lambda p: p.astype(object)), "error: poses are a numpy array of object"),
    ("torch tensor", set_poses(torch.from_numpy), "error: poses are a torch._utils._rebuild_tensor_v2"),
    ("six poses", set_poses(lambda p: p[:6]), "error: 6 poses, but num_poses=8"),
    ("sampling missing", lambda c: vars(c[ONE][0][TOKEN]).update(trajectory_sampling=None), "is a NoneType"),
    ("five seconds", set_sampling(time_horizon=5.0), "error: time_horizon is 5 s, not 4 s"),
    (
        "wrong interval",
        set_sampling(interval_length=0.1),
        "error: num_poses * interval_length is 0.8 s, not 4 s",
    ),
    ("no number", set_sampling(interval_length=float("nan")), "error: interval_length is no such number"),
    ("too large a number", set_sampling(num_poses=10**400), "error: num_poses is no such number"),
    ("numpy numbers", set_sampling(num_poses=np.int64(8)), "warning: num_poses is a int64, not int"),
]


@pytest.mark.parametrize(("spoil", "line"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_a_broken_file_has_its_line(spoil: Callable[[Content], None], line: str, tmp_path: Path) -> None:
    found = spoiled(spoil, two_stages(), tmp_path)
    assert any(line in one for one in found), found
    assert all(one.startswith(("error: ", "warning: ")) and "\n" not in one for one in found)


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    def spoil(content: Content) -> None:
        lose_half(content)
        content.update(team_name="", email="nobody", extra=1)
        set_poses(with_nan)(content)

    found = spoiled(spoil, two_stages(), tmp_path)
    assert len(found) == 5
    assert [one.split(":")[0] for one in found].count("warning") == 1


def test_plans_of_the_same_fault_share_a_line(tmp_path: Path) -> None:
    def spoil(content: Content) -> None:
        for plan in content[TWO][0].values():
            vars(plan)["poses"] = plan["poses"][None]

    (line,) = spoiled(spoil, two_stages(), tmp_path)
    assert f"in 8 of 12 plans, first in {TWO}, token {SECOND[0]}" in line


def test_names_of_numpy_2_are_refused(tmp_path: Path) -> None:
    path = write_file(tmp_path / "submission.pkl", official_content(one_stage()))
    path.write_bytes(path.read_bytes().replace(b"cnumpy.core.", b"cnumpy._core."))
    (line,) = lines(path, one_stage())
    assert "names numpy._core.multiarray._reconstruct, which numpy 1.23 on the server does not have" in line


def test_objects_of_foreign_classes_are_named(tmp_path: Path) -> None:
    found = spoiled(lambda c: c.update(authors=Path("Ada")), one_stage(), tmp_path)
    assert any("names pathlib.PosixPath, which the server may not have" in one for one in found)


def test_protocol_5_is_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "submission.pkl"
    content = {**dict.fromkeys(TEAM, "x"), "predictions": [{}]}
    path.write_bytes(pickle.dumps(content, protocol=5))
    assert any(one.startswith("warning: pickle protocol 5") for one in lines(path, one_stage()))


def test_another_file_name_is_a_warning(tmp_path: Path) -> None:
    path = write_file(tmp_path / "mine.pkl", official_content(one_stage()))
    (problem,) = check_submission(path, one_stage())
    assert problem.severity is Severity.WARNING and "rename it to submission.pkl" in str(problem)


def test_several_seeds_are_welcome_in_one_stage_if_each_is_whole(tmp_path: Path) -> None:
    assert spoiled(lambda c: c.update(predictions=c["predictions"] * 3), one_stage(), tmp_path) == []
    (line,) = spoiled(lambda c: c["predictions"].append({}), one_stage(), tmp_path)
    assert "4 of 4 tokens are missing" in line and "in predictions[1]" in line


@pytest.mark.parametrize("content", [b"", b"no pickle", pickle.dumps([1, 2])[:-3]])
def test_what_is_no_pickle_is_one_error(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "submission.pkl"
    path.write_bytes(content)
    (problem,) = check_submission(path, one_stage())
    assert problem.severity is Severity.ERROR and "truncated or not a pickle" in problem.what


def test_a_list_is_no_submission(tmp_path: Path) -> None:
    path = write_file(tmp_path / "submission.pkl", [1, 2])
    assert lines(path, one_stage())[0].startswith("error: holds a list, not a dict")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.pkl: no such file"):
        check_submission(tmp_path / "none.pkl", one_stage())


def some(count: int, poses: np.ndarray) -> Callable[[Content], None]:
    """Spoil so many plans, of twelve."""

    def spoil(content: Content) -> None:
        places = [(key, token) for key in (ONE, TWO) for token in content[key][0]]
        for key, token in places[:count]:
            content[key][0][token] = trajectory(poses, 0.5)

    return spoil


def test_odd_plans_are_a_warning_and_an_error_where_most_are_odd(tmp_path: Path) -> None:
    still = np.zeros((8, 3))
    (few,), (most,) = (spoiled(some(count, still), two_stages(), tmp_path) for count in (3, 7))
    assert few.startswith("warning: all poses are exactly zero, in 3 of 12 plans")
    assert most.startswith("error: all poses are exactly zero, in 7 of 12 plans")


def test_a_plan_that_is_odd_in_two_ways_counts_for_the_first_only(tmp_path: Path) -> None:
    in_map = np.stack([5e5 + np.arange(8), np.full(8, 4e6), np.zeros(8)], axis=1)
    (line,) = spoiled(some(1, in_map), two_stages(), tmp_path)
    assert line.startswith("warning: poses lie more than 500 m away, in 1 of 12 plans")


def test_a_file_of_a_gigabyte_is_not_even_opened(tmp_path: Path) -> None:
    path = tmp_path / "submission.pkl"
    with path.open("wb") as file:
        file.truncate(1_100_000_000)
    (line,) = lines(path, one_stage())
    assert line.startswith("error: 1100 MB is no submission")


def test_one_plan_for_all_scenes_is_an_error(tmp_path: Path) -> None:
    poses = np.stack([np.arange(1, 9) * 2.0, np.zeros(8), np.zeros(8)], axis=1)
    (line,) = spoiled(some(12, poses), two_stages(), tmp_path)
    assert line.startswith("error: the plans of all scenes are the same, in 12 of 12 plans")


def test_a_strangers_text_stays_on_its_line_and_steers_no_terminal(tmp_path: Path) -> None:
    def spoil(content: Content) -> None:
        content[ONE][0]["\x1b[2J\n" + 10**6 * "x"] = content[ONE][0].pop(TOKEN)

    found = spoiled(spoil, two_stages(), tmp_path)
    assert all(len(line) < 700 and line.isprintable() for line in found)


def test_errors_come_before_warnings(tmp_path: Path) -> None:
    def spoil(content: Content) -> None:
        content.update(model="mine")
        lose_half(content)

    assert [line.split(":")[0] for line in spoiled(spoil, two_stages(), tmp_path)] == ["error", "warning"]


def test_warnings_do_not_forbid_the_upload(tmp_path: Path) -> None:
    path = write_file(tmp_path / "mine.pkl", official_content(one_stage()))
    assert not has_errors(check_submission(path, one_stage()))
