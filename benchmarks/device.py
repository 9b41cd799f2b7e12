"""The exact EPDMS of many scenes at once on a device: agreement with the CPU, rate, memory, parts.

    python -m benchmarks.device LOGS MAPS [device [scenes [proposals]]]

``device`` is cuda (if there is one, else cpu), scenes are 64 and proposals 256 unless told. Times are
wall-clock times: nothing else should use the device. The first call compiles the kernels and is not counted.
"""

import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from pathlib import Path

import torch
from torch import Tensor

import driving  # noqa: F401, first of all: it makes torchvision importable (see driving.torch_setup)
from benchmarks.epdms import draw
from benchmarks.measure import peak_bytes, table
from driving.data.assemble import load_log
from driving.data.splits import SceneFilter
from driving.scores import OFFICIAL_COLUMNS
from driving.trajectory import Trajectory
from reward_wm.epdms import PackedScenes, PreparedScene, ScorerConfig, pack_scenes, prepare_scene, score
from reward_wm.epdms.judge import judge
from reward_wm.epdms.metrics.driving_direction_compliance import driving_direction_compliance
from reward_wm.epdms.metrics.ego_progress import raw_progress
from reward_wm.epdms.metrics.history_comfort import history_comfort
from reward_wm.epdms.metrics.lane_keeping import lane_keeping
from reward_wm.epdms.metrics.no_at_fault_collision import no_at_fault_collision
from reward_wm.epdms.metrics.time_to_collision import time_to_collision
from reward_wm.epdms.metrics.traffic_light_compliance import traffic_light_compliance
from reward_wm.epdms.rollout import Rollout
from reward_wm.epdms.score_packed import drive_packed

CONFIG = ScorerConfig()
REPEATS = 10
CHECKED = 8
"""Scenes that are scored on the CPU, too, one by one."""


def main(logs: str, maps: str, device: str = "", scenes: str = "64", proposals: str = "256") -> None:
    """Print all tables."""
    warnings.filterwarnings("ignore")
    device = device or ("cuda" if torch.cuda.is_available() else "cpu")
    prepared = _prepare(Path(logs), Path(maps), int(scenes))
    poses = torch.stack([torch.from_numpy(draw(int(proposals), seed)) for seed in range(len(prepared))])
    start = time.perf_counter()
    packed = pack_scenes(prepared, device)
    seconds, trajectories = time.perf_counter() - start, Trajectory(poses.to(device))
    name = torch.cuda.get_device_name() if packed.device.type == "cuda" else "cpu"
    print(f"{name}: {len(prepared)} scenes x {proposals} proposals; packed in {seconds:.2f} s")
    print(f"{_bytes(packed) / len(prepared) / 1e3:.0f} kB a scene on the device\n")
    print(_agreement(prepared[:CHECKED], poses[:CHECKED], device), "\n")
    print(_rate(packed, trajectories), "\n")
    print(_stages(packed, trajectories))


def _prepare(logs: Path, maps: Path, count: int) -> list[PreparedScene]:
    """So many scenes; the logs' own over and over, if there are fewer."""
    every = SceneFilter(frame_interval=1)
    found = [scene for path in sorted(logs.glob("*.pkl")) for scene in load_log(path, maps, every)]
    step = max(len(found) // count, 1)
    prepared = [prepare_scene(scene) for scene in found[::step][:count]]
    return [prepared[i % len(prepared)] for i in range(count)]


def _agreement(prepared: list[PreparedScene], poses: Tensor, device: str) -> str:
    """The greatest difference from the CPU's scores scene by scene, and how many differ by more than 1e-6."""
    theirs = score(prepared, Trajectory(poses), CONFIG).stacked()
    ours = score(pack_scenes(prepared, device), Trajectory(poses.to(device)), CONFIG).stacked().cpu()
    difference = (ours - theirs).abs().flatten(0, 1)[:, :-1]
    rows = [
        (name, float(column.max()), int((column > 1e-6).sum()), len(column))
        for name, column in zip(OFFICIAL_COLUMNS, difference.T, strict=False)
    ]
    return table(("sub-score", "greatest difference", "differ", "of"), rows)


def _rate(packed: PackedScenes, trajectories: Trajectory) -> str:
    """Trajectories a second of whole calls, and the memory that a call takes on top of the scenes."""
    count = trajectories.poses.shape[0] * trajectories.poses.shape[1]

    def call() -> None:
        score(packed, trajectories, CONFIG)

    seconds = _seconds(call, packed.device)
    if packed.device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(packed.device)
        before = torch.cuda.memory_allocated(packed.device)
        call()
        peak = torch.cuda.max_memory_allocated(packed.device) - before
    else:
        peak = peak_bytes(call)
    header = ("trajectories", "ms", "a second", "peak kB each")
    return table(header, [(count, seconds * 1e3, count / seconds, peak / count / 1e3)])


def _stages(packed: PackedScenes, trajectories: Trajectory) -> str:
    """What the parts of a call cost, each measured alone."""
    proposals = trajectories.poses.shape[1]
    states = drive_packed(packed, trajectories)
    worlds = packed.worlds.owned_by(packed.rows.repeat_interleave(proposals))
    rollout, pasts = Rollout.of(states, worlds), packed.pasts(proposals)
    stages: dict[str, Callable[[], object]] = {
        "drive": lambda: drive_packed(packed, trajectories),
        "boxes and areas": lambda: Rollout.of(states, worlds),
        "NC": lambda: no_at_fault_collision(rollout),
        "DDC": lambda: driving_direction_compliance(rollout),
        "TLC": lambda: traffic_light_compliance(rollout),
        "TTC": lambda: time_to_collision(rollout),
        "LK": lambda: lane_keeping(rollout),
        "HC": lambda: history_comfort(rollout, pasts),
        "progress": lambda: raw_progress(rollout),
        "all sub-scores": lambda: judge(rollout, pasts),
    }
    rows = [(name, _seconds(call, packed.device) * 1e3) for name, call in stages.items()]
    return table(("part", "ms"), rows)


def _seconds(call: Callable[[], object], device: torch.device) -> float:
    """Median wall-clock time of a call, everything on the device done."""
    times = []
    for _ in range(REPEATS + 1):
        start = time.perf_counter()
        call()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        times.append(time.perf_counter() - start)
    return sorted(times[1:])[REPEATS // 2]


def _bytes(value: object) -> int:
    """Of all tensors in a dataclass."""
    if isinstance(value, Tensor):
        return value.numel() * value.element_size()
    return sum(_bytes(getattr(value, one.name)) for one in fields(value)) if is_dataclass(value) else 0


if __name__ == "__main__":
    main(*sys.argv[1:])
