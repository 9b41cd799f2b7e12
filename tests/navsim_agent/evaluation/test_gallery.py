"""Which scenes the report shows, and that they can be drawn."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from driving.errors import DataError
from navsim_agent.agents.constant_velocity import ConstantVelocityAgent
from navsim_agent.evaluation.evaluate import EvaluationConfig, evaluate
from navsim_agent.evaluation.gallery import GalleryConfig, choose_rows, make_gallery
from reward_wm.epdms import ScorerConfig, prepare_scene
from tests import worlds
from tests.navsim_agent.results import evaluation
from tests.navsim_agent.splits import HandMadeSplit


def test_worst_first_best_first_and_no_scene_twice():
    result = evaluation([0.5, 0.1, 0.9, 0.3, 1.0, 0.7], [f"log{i}" for i in range(6)])
    worst, best, drawn = choose_rows(result, GalleryConfig(scenes=2))
    assert (worst, best) == ([1, 3], [4, 2])
    assert sorted(drawn) == [0, 5]


def test_logs_are_varied_as_long_as_there_are_any():
    result = evaluation([0.0, 0.1, 0.2, 0.3], ["a", "a", "a", "b"])
    assert choose_rows(result, GalleryConfig(scenes=2))[0] == [0, 3]
    assert choose_rows(result, GalleryConfig(scenes=3))[0] == [0, 1, 3]


def test_failed_scenes_have_nothing_to_show():
    result = evaluation([1.0, 0.5, 0.7], failed=(0,))
    worst, best, drawn = choose_rows(result, GalleryConfig(scenes=3))
    assert sorted([*worst, *best, *drawn]) == [1, 2]


def test_the_seed_decides():
    result = evaluation([1.0] * 30, [f"log{i}" for i in range(30)])
    one, again, other = (choose_rows(result, GalleryConfig(3, seed)) for seed in (0, 0, 1))
    assert one == again != other


def test_draws_picture_and_map_of_every_chosen_scene(tmp_path: Path):
    split = HandMadeSplit([worlds.straight_road(), worlds.crossing_with_red_light()])
    scenes = {scene.token: scene for scene in split.scenes}
    prepared = {token: prepare_scene(scene) for token, scene in scenes.items()}
    scorer = ScorerConfig()
    result = evaluate(ConstantVelocityAgent(), split, prepared, scorer, EvaluationConfig())
    config = GalleryConfig(scenes=1)
    with pytest.raises(DataError, match=r"\.jpg"):
        make_gallery(result, scenes, prepared, tmp_path, scorer, config)
    for scene in split.scenes:
        path = tmp_path / scene.current.cameras["CAM_F0"].path
        path.parent.mkdir(parents=True)
        Image.fromarray(np.full((270, 480, 3), 90, dtype=np.uint8)).save(path)
    gallery = make_gallery(result, scenes, prepared, tmp_path, scorer, config)
    assert gallery.random == ()
    assert gallery.worst[0].epdms <= gallery.best[0].epdms
    for shown in (*gallery.worst, *gallery.best):
        assert Image.open(io.BytesIO(shown.front)).format == "JPEG"
        assert Image.open(io.BytesIO(shown.bev)).format == "PNG"
        assert shown.sub_scores[0].name == "nc"
