"""Collecting labels: complete files, exact resume."""

from pathlib import Path

import pytest
import torch

from driving.errors import DataError
from reward_wm.labels.collect import CollectConfig, OpenLog, collect
from reward_wm.labels.label_file import SUFFIX, read_scene, read_tokens
from reward_wm.labels.proposals import ProposalConfig
from reward_wm.labels.scene_facts import scene_facts
from tests import worlds
from tests.reward_wm.labels.test_proposals import vocabulary
from tests.reward_wm.rough_judge import rough_judge

SCENES = {scene.log_name: scene for scene in (worlds.straight_road(), worlds.stopped_car_ahead())}
SMALL = CollectConfig(ProposalConfig(4, 2, 3, 8))


def open_log(name: str) -> OpenLog:
    return OpenLog([scene_facts(SCENES[name])], rough_judge(SCENES[name]), {})


def run(root: Path, config: CollectConfig = SMALL, opener=open_log) -> Path:
    return collect(root, list(SCENES), opener, vocabulary(), {"scorer": "rough"}, config)


def test_labels_are_read_back_as_judged(tmp_path: Path) -> None:
    folder = run(tmp_path)
    path = folder / f"stopped_car_ahead{SUFFIX}"
    (token,) = read_tokens(path)
    labels = read_scene(path, 0, token)
    scene = SCENES["stopped_car_ahead"]
    scores = rough_judge(scene)(scene.token, labels.candidates.poses.double())
    assert token == scene.token
    assert torch.equal(labels.unfiltered[:, 0], scores.unfiltered.nc.float())
    assert torch.equal(labels.raw_progress_m, scores.raw_progress_m)
    assert labels.reference_progress_m.item() == scores.reference_progress_m


def test_a_second_run_labels_nothing_and_a_broken_end_is_mended(tmp_path: Path) -> None:
    opened: list[str] = []

    def counting(name: str) -> OpenLog:
        opened.append(name)
        return open_log(name)

    folder = run(tmp_path, opener=counting)
    before = {path.name: path.read_bytes() for path in folder.glob(f"*{SUFFIX}")}
    run(tmp_path, opener=counting)
    assert opened == list(SCENES)

    (folder / f"straight_road{SUFFIX}").rename(folder / "straight_road.labels.partial")
    run(tmp_path, opener=counting)
    assert opened == [*SCENES, "straight_road"]
    assert before == {path.name: path.read_bytes() for path in folder.glob(f"*{SUFFIX}")}


def test_a_crash_keeps_the_logs_before_it(tmp_path: Path) -> None:
    def failing(name: str) -> OpenLog:
        if name == "stopped_car_ahead":
            raise RuntimeError("no such scene")
        return open_log(name)

    with pytest.raises(RuntimeError):
        run(tmp_path, opener=failing)
    assert len(list(tmp_path.glob(f"*/*{SUFFIX}"))) == 1
    run(tmp_path)
    assert len(list(tmp_path.glob(f"*/*{SUFFIX}"))) == 2


def test_another_configuration_is_another_folder(tmp_path: Path) -> None:
    assert run(tmp_path) != run(tmp_path, CollectConfig(ProposalConfig(4, 2, 3, 9)))


def test_a_truncated_file_is_named(tmp_path: Path) -> None:
    folder = run(tmp_path)
    path = folder / f"straight_road{SUFFIX}"
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(DataError, match="straight_road"):
        run(tmp_path)
