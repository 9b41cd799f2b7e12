"""The mapping between stages: from a split's YAML, and beside a cache."""

from pathlib import Path

import pytest
import yaml

from driving.data.splits import find_data, read_split
from driving.data.two_stage import TwoStageMapping, load_mappings, parse_mappings, save_mappings
from driving.data.write_splits import write_two_stage_filter
from driving.errors import DataError
from tests.driving.data.conftest import DiskWorld

MAPPING = TwoStageMapping("a" * 16, "b" * 16, (("c" * 17, "d" * 17), ("e" * 17, "f" * 17)))
NUMBER = TwoStageMapping("1234567890123456", "12345678e9012345", (("0" * 17, "1" * 16 + "e"),))


def test_a_split_is_read_back_and_its_numbers_stay_text(tmp_path: Path) -> None:
    write_two_stage_filter("hard", "test", {"log_b": [MAPPING], "log_a": [NUMBER], "log_c": []}, tmp_path)
    split = read_split(tmp_path / "train_test_split" / "hard.yaml")
    assert (split.name, split.data_split) == ("hard", "test")
    assert split.two_stage == (NUMBER, MAPPING)
    chosen = split.scene_filter
    assert chosen.log_names == ["log_a", "log_b"]
    assert chosen.tokens == [NUMBER.now, NUMBER.before, MAPPING.now, MAPPING.before]
    assert chosen.include_synthetic_scenes and chosen.num_future_frames == 8
    assert chosen.reactive_synthetic_initial_tokens == [
        *NUMBER.second_stage_tokens,
        *MAPPING.second_stage_tokens,
    ]
    assert "'12345678e9012345'" in (tmp_path / "train_test_split" / "hard.yaml").read_text()


def test_mappings_stay_beside_a_cache(tmp_path: Path) -> None:
    assert load_mappings(tmp_path) == ()
    save_mappings([MAPPING, NUMBER], tmp_path)
    assert load_mappings(tmp_path) == (MAPPING, NUMBER)
    save_mappings([], tmp_path)
    assert load_mappings(tmp_path) == ()
    (tmp_path / "two_stage.json").write_text("{")
    with pytest.raises(DataError, match=r"two_stage.json: not the mappings of a cache"):
        load_mappings(tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([["a", "b"]], "holds ..a., .b.."),
        (5, "reactive_all_mapping is 5, not a list"),
        ([["a", "b", []]], "no second stage for 'a'"),
        ([["a", "b", [["c", "d", "e"]]]], "reactive_all_mapping holds"),
        ([["a", "b", [["c", 5]]]], "holds 5, which is not text: quote it"),
        ([["a", "b", [["c", "d"]]], ["e", "a", [["f", "g"]]]], "names a twice"),
    ],
)
def test_a_bad_mapping_is_one_line(content: object, message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        parse_mappings(content, Path("split.yaml"))
    assert str(caught.value).startswith("split.yaml: ")


def test_synthetic_scenes_lie_below_the_name_of_the_split(disk_world: DiskWorld, monkeypatch) -> None:
    root = disk_world.root
    write_two_stage_filter("hard", "test", {"red_light": [MAPPING]}, root)
    split = read_split(root / "train_test_split" / "hard.yaml")
    with pytest.raises(DataError, match=r"hard/synthetic_scene_pickles: no such folder"):
        find_data(split, root, root / "maps")
    (root / "hard" / "synthetic_scene_pickles").mkdir(parents=True)
    folders = find_data(split, root, root / "maps")
    assert folders.pictures(is_synthetic=True) == root / "hard" / "sensor_blobs"
    assert folders.pictures(is_synthetic=False) == root / "sensor_blobs" / "test"
    monkeypatch.setenv("SYNTHETIC_SENSOR_PATH", "/elsewhere")
    assert find_data(split, root, root / "maps").pictures(is_synthetic=True) == Path("/elsewhere")
    with pytest.raises(DataError, match="has no synthetic scenes"):
        disk_world.folders.pictures(is_synthetic=True)


def test_the_yaml_is_what_omegaconf_and_the_devkit_read(tmp_path: Path) -> None:
    omegaconf = pytest.importorskip("omegaconf")
    write_two_stage_filter("hard", "test", {"log": [NUMBER]}, tmp_path)
    path = tmp_path / "train_test_split" / "hard.yaml"
    mapping = omegaconf.OmegaConf.to_container(omegaconf.OmegaConf.load(path))["reactive_all_mapping"]
    assert mapping == yaml.safe_load(path.read_text())["reactive_all_mapping"]
    assert mapping == [[NUMBER.now, NUMBER.before, [list(NUMBER.pairs[0])]]]
