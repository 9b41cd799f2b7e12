"""A world is deterministic, resumable, split by town; a town that fails is reported and the others go on."""

import hashlib
import json
import shutil
from pathlib import Path

import yaml

from driving.data.assemble import load_scenes
from driving.data.splits import find_data, read_split
from driving.synth.build_town import TownManifest, TownOrder, build_one_town, manifest_path
from driving.synth.build_world import build_world, town_orders
from driving.synth.config import WorldConfig
from driving.synth.sumo import SumoError


def _digests(root: Path) -> dict[str, str]:
    files = [path for path in sorted(root.rglob("*")) if path.is_file()]
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_same_seed_gives_the_same_bytes(toy_world, tmp_path):
    build_world(toy_world.config, tmp_path, quiet=True)
    assert _digests(tmp_path) == _digests(toy_world.out)


def test_a_finished_town_is_not_built_again(toy_world, tmp_path):
    shutil.copytree(toy_world.out, tmp_path, dirs_exist_ok=True)
    before = _digests(tmp_path)
    manifest_path(tmp_path, toy_world.orders[0]).unlink()
    built = []

    def build(order: TownOrder, config: WorldConfig, out: Path) -> TownManifest:
        built.append(order.name)
        return build_one_town(order, config, out)

    report = build_world(toy_world.config, tmp_path, build, quiet=True)
    assert built == [toy_world.orders[0].name]
    assert len(report.towns) == 2
    assert _digests(tmp_path) == before


def test_a_town_that_fails_is_reported_and_leaves_nothing(toy_world, tmp_path):
    shutil.copytree(toy_world.out, tmp_path, dirs_exist_ok=True)
    manifest_path(tmp_path, toy_world.orders[1]).unlink()

    def build(order: TownOrder, config: WorldConfig, out: Path) -> TownManifest:
        raise SumoError("no such net")

    report = build_world(toy_world.config, tmp_path, build, quiet=True)
    assert report.failures == {toy_world.orders[1].name: "SumoError: no such net"}
    assert f"FAILED {toy_world.orders[1].name}" in report.summary()
    assert [town.name for town in report.towns] == [toy_world.orders[0].name]
    assert not list(tmp_path.glob(f"navsim_logs/*/{toy_world.orders[1].name}_*"))


def test_districts_and_seeds_are_never_shared():
    orders = town_orders(WorldConfig(train_towns=12, test_towns=3))
    assert len({(order.location, order.district) for order in orders}) == 15
    assert len({order.seed for order in orders}) == 15
    assert [order.split for order in orders].count("test") == 3


def test_more_training_towns_change_no_test_town():
    few, many = (town_orders(WorldConfig(train_towns=n, test_towns=2)) for n in (2, 20))
    assert few[:2] == many[:2]


def test_the_index_and_the_scene_filters_agree(toy_world):
    index = json.loads((toy_world.out / "towns.json").read_text())
    for split in ("train", "test"):
        scene_filter = yaml.safe_load(
            (toy_world.out / "train_test_split/scene_filter" / f"{split}.yaml").read_text()
        )
        header = yaml.safe_load((toy_world.out / "train_test_split" / f"{split}.yaml").read_text())
        logs = sorted(path.stem for path in (toy_world.out / "navsim_logs" / split).glob("*.pkl"))
        assert header["data_split"] == split
        assert scene_filter["log_names"] == logs
        assert len(scene_filter["tokens"]) == toy_world.report.scenes(split)
        assert logs == sorted(
            log for town in index["towns"] if town["split"] == split for log in town["logs"]
        )


def test_every_benchmark_frame_has_a_lidar_sweep(toy_world):
    split = read_split(toy_world.out / "train_test_split" / "train.yaml")
    folders = find_data(split, toy_world.out, toy_world.out / "maps")
    scenes = list(load_scenes(split, folders))
    assert scenes
    for scene in scenes:
        sweep = (folders.sensors / scene.current.lidar_path).read_bytes()
        assert sweep.startswith(b"# .PCD v0.7") and len(sweep) > 10_000 * 6 * 4
