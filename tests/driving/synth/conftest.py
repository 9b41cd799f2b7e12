"""A toy world, built once for all tests of this folder."""

import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from driving.synth.build_town import TownOrder
from driving.synth.build_world import WorldReport, build_world, town_orders
from driving.synth.config import WorldConfig, WorldSize, preset
from driving.synth.expert import Drive, refit
from driving.synth.fleet import EGO_TYPE
from driving.synth.roads import build_net
from driving.synth.stage import Stage
from driving.synth.static_objects import draw_static_objects
from driving.synth.sumo import sumo_home
from driving.synth.town_from_net import build_town
from driving.synth.traffic import run_traffic


@dataclass(frozen=True)
class ToyWorld:
    config: WorldConfig
    out: Path
    report: WorldReport
    orders: list[TownOrder]


@dataclass(frozen=True)
class ToyStage:
    stage: Stage
    drives: list[Drive]


@pytest.fixture(scope="session", autouse=True)
def sumo() -> None:
    """Skips the folder where SUMO can't start: its wheel lacks system libraries."""
    program = sumo_home() / "bin" / "sumo"
    done = subprocess.run([str(program), "--version"], capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"sumo can't start: {done.stderr.strip()}")


@pytest.fixture(scope="session")
def toy_config() -> WorldConfig:
    config = preset(WorldSize.TOY)
    config.workers = 1
    config.logs_per_town = 2
    config.sensors = replace(config.sensors, lidar=True, history=False)
    config.traffic = replace(config.traffic, duration_s=55.0, vehicles=20, pedestrians=20, egos=4)
    return config


@pytest.fixture(scope="session")
def toy_world(toy_config: WorldConfig, tmp_path_factory: pytest.TempPathFactory) -> ToyWorld:
    out = tmp_path_factory.mktemp("world")
    report = build_world(toy_config, out, quiet=True)
    assert not report.failures, report.failures
    return ToyWorld(toy_config, out, report, town_orders(toy_config))


@pytest.fixture(scope="session")
def toy_stage(toy_config: WorldConfig, tmp_path_factory: pytest.TempPathFactory) -> ToyStage:
    scratch = tmp_path_factory.mktemp("sumo")
    net = build_net(toy_config.roads, 0, scratch)
    town = build_town(net, "toy", 0)
    record = run_traffic(net, town, toy_config.traffic, 0, scratch)
    stage = Stage(town, record, draw_static_objects(town, toy_config.traffic, 0))
    tracks = [track for track in record.vehicles.values() if track.type_id == EGO_TYPE]
    return ToyStage(stage, [drive for track in tracks if (drive := refit(track, town))])
