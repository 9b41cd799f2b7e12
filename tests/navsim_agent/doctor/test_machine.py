"""Disk, memory and shared memory: enough, tight, full."""

import os
import shutil
from collections import namedtuple
from pathlib import Path

import pytest
import torch

from driving.data.data_config import DataConfig
from navsim_agent.doctor.finding import Level, size_text
from navsim_agent.doctor.machine import (
    Destination,
    available_memory,
    cache_bytes,
    destinations,
    disk_finding,
    machine_findings,
    memory_finding,
    shared_memory_finding,
)
from tests.navsim_agent.doctor.findings import told

Usage = namedtuple("Usage", "total used free")


def with_free(monkeypatch: pytest.MonkeyPatch, size: float) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(1e12, 1e12 - size, size))


@pytest.mark.parametrize(
    ("free", "needed", "level"),
    [
        (0.0, 0.0, Level.ERROR),
        (2e9, 3e9, Level.ERROR),
        (4e9, 3e9, Level.WARNING),
        (5e8, 0.0, Level.WARNING),
        (5e9, 3e9, Level.OK),
    ],
)
def test_room_on_a_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: float, needed: float, level: Level
) -> None:
    with_free(monkeypatch, free)
    finding = disk_finding(Destination("a cache of 9 scenes", tmp_path / "not" / "yet", needed))
    told([finding], level, f"free at {tmp_path}", "3.0 GB needed for a cache" if needed else "")


def test_a_disk_that_cannot_be_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    told(
        [disk_finding(Destination("irl-vla demo", tmp_path))],
        Level.ERROR,
        str(tmp_path),
        "cannot be written to",
    )


def test_what_a_cache_needs_grows_with_its_pictures() -> None:
    blind, seeing = DataConfig(cameras=[]), DataConfig(cameras=["CAM_F0"])
    assert cache_bytes(10, seeing) - cache_bytes(10, blind) == 10 * 3 * 128 * 224


def test_where_will_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    environment = {"NAVSIM_EXP_ROOT": "/exp"}
    to_cache, devkit = destinations(environment, None, 1000, DataConfig())
    assert to_cache == Destination("a cache of 1,000 scenes", tmp_path, cache_bytes(1000, DataConfig()))
    assert devkit.folder == Path("/exp")
    (cached,) = destinations({"NAVSIM_EXP_ROOT": "~/exp"}, tmp_path / "cache", 1000, DataConfig())
    assert cached.what == "irl-vla demo"


def test_memory_and_shared_memory() -> None:
    total, free = available_memory()
    assert 0 < free <= total
    told([memory_finding((64e9, 32e9))], Level.OK, "32 GB of 64 GB")
    told([memory_finding((64e9, 2e9))], Level.WARNING, "2.0 GB", "killed", "workers=1")
    told([shared_memory_finding(64e6)], Level.WARNING, "64 MB", "bus error", "--shm-size")
    told([shared_memory_finding(8e9)], Level.OK, "8.0 GB")


@pytest.mark.parametrize(("free", "level"), [(70e9, Level.OK), (1e9, Level.WARNING)])
def test_the_memory_of_a_gpu(monkeypatch: pytest.MonkeyPatch, free: float, level: Level) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda index: "H100")
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda index: (free, 80e9))
    told(machine_findings([]), level, "GPU 0", "H100", f"{size_text(free)} of 80 GB")


def test_a_full_disk_is_on_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_free(monkeypatch, 1e7)
    found = list(machine_findings([Destination("irl-vla demo", tmp_path, 5e8)]))
    told(found, Level.ERROR, "10 MB free", "0.5 GB needed", "make room")
    told(found, Level.OK, "cores")
