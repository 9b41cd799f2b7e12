"""The cache of `irl-vla cache`: unfinished, cut short, of another split."""

import shutil
from pathlib import Path

import pytest

from driving.data.build_cache import build_cache
from driving.data.data_config import DataConfig
from navsim_agent.doctor.finding import Level
from navsim_agent.doctor.tensor_cache import SCORER, tensor_cache_findings
from reward_wm.epdms.prepared_logs import prepare_logs
from tests.navsim_agent.doctor.conftest import DataSet
from tests.navsim_agent.doctor.findings import levels, told


@pytest.fixture(scope="module")
def pristine(pristine_data_set: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    data_set, out = DataSet(pristine_data_set), tmp_path_factory.mktemp("pristine") / "cache"
    build_cache(data_set.split, data_set.folders, DataConfig(cameras=[]), out, show_progress=False)
    prepare_logs(data_set.split, data_set.folders, out / SCORER)
    return out


@pytest.fixture
def cache(pristine: Path, tmp_path: Path) -> Path:
    shutil.copytree(pristine, tmp_path / "cache")
    return tmp_path / "cache"


@pytest.fixture
def tokens(pristine_data_set: Path) -> list[str]:
    return DataSet(pristine_data_set).split.scene_filter.tokens or []


def found(cache: Path, tokens: list[str]) -> list:
    return list(tensor_cache_findings(cache, tokens, samples=5))


def test_a_whole_cache_is_ok(cache: Path, tokens: list[str]) -> None:
    assert levels(found(cache, tokens)) == {Level.OK}
    told(found(cache, tokens), Level.OK, "6 scenes of 2 logs of split test")
    told(found(cache, tokens), Level.OK, "has all 6 scenes")
    told(found(cache, tokens), Level.OK, "2 logs prepared")


def test_no_cache_and_an_unfinished_one(cache: Path, tokens: list[str], tmp_path: Path) -> None:
    told(found(tmp_path / "none", tokens), Level.ERROR, "no such cache", "give the folder")
    (cache / "index.json").unlink()
    told(found(cache, tokens), Level.ERROR, "unfinished cache", "`irl-vla cache` again")


def test_half_written_files_are_told(cache: Path, tokens: list[str]) -> None:
    (cache / ".red_light.safetensors.4711.partial").write_bytes(b"")
    told(found(cache, tokens), Level.WARNING, "half-written", "4711.partial", "find")


def test_a_shard_that_was_cut_short_or_garbled(cache: Path, tokens: list[str]) -> None:
    path = cache / "red_light.safetensors"
    content = path.read_bytes()
    path.write_bytes(bytes(100) + content[100:])
    told(found(cache, tokens), Level.ERROR, str(path), "cannot be opened")
    path.write_bytes(content[:1000])
    told(found(cache, tokens), Level.ERROR, str(path), "1000 bytes")


def test_the_scorers_part(cache: Path, tokens: list[str]) -> None:
    path = cache / SCORER / "red_light.safetensors"
    path.write_bytes(path.read_bytes()[:1000])
    told(found(cache, tokens), Level.ERROR, str(path), "cannot be read")
    path.unlink()
    told(found(cache, tokens), Level.ERROR, "1 of 2 logs not prepared, first red_light")
    shutil.rmtree(cache / SCORER)
    told(found(cache, tokens), Level.ERROR, "scorer/index.json cannot be read")


def test_the_cache_of_another_split(cache: Path, tokens: list[str]) -> None:
    told(found(cache, ["a" * 16]), Level.ERROR, "none of the 1 scenes")
    told(found(cache, [*tokens, "a" * 16]), Level.ERROR, "lacks 1 of the 7 scenes", "a" * 16)
    told(found(cache, tokens[:5]), Level.OK, "all 5 scenes", "1 that are not asked for")
