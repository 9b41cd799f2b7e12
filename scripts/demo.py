"""The whole loop on the embedded world, in one command and about a quarter of an hour on two cores.

world -> imitation -> reward world model -> PPO -> EPDMS on a town nobody trained on. Leaves report.html and
table.csv in out=. What exists is kept: after Ctrl-C the same command goes on.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts import cache, evaluate, imitate, label, ppo, report, reward, world
from scripts.compose import compose_config

VERB_MODULES = {
    "world": world,
    "cache": cache,
    "imitate": imitate,
    "label": label,
    "reward": reward,
    "ppo": ppo,
    "evaluate": evaluate,
    "report": report,
}


CAMERAS = "cameras=[CAM_L0,CAM_F0,CAM_R0]"


@dataclass
class Config:
    """Keys of ``irl-vla demo``."""

    out: str = "runs/demo"
    """Folder for everything."""
    size: str = "MINI"
    """Size of the world: TOY, MINI or SMALL."""
    seed: int = 0
    """Decides the world and the trainings."""
    imitation_steps: int = 250
    """Steps of stage 1."""
    reward_steps: int = 300
    """Steps of stage 2."""
    ppo_steps: int = 40
    """Steps of stage 3."""
    ego_status_steps: int = 1000
    """Steps of the ego-status baseline."""
    batch_size: int = 16
    """Scenes in a batch."""
    planner: str = "tiny"
    """Size of the planner: debug or tiny."""
    cells: int = 32
    """Cells along each axis of the planner's BEV grid, and of its training targets."""
    vocabulary_size: int = 256
    """Trajectories in the vocabulary that labels draw from."""
    workers: int = 2
    """Processes for data."""


@dataclass(frozen=True)
class Step:
    """One command of the loop."""

    title: str
    verb: str
    overrides: tuple[str, ...]

    @property
    def command(self) -> str:
        return " ".join(("irl-vla", self.verb, *self.overrides))


def run(config: Config) -> None:
    steps = demo_steps(config)
    for number, step in enumerate(steps, start=1):
        print(f"\n[{number}/{len(steps)}] {step.title}\n  {step.command}", flush=True)
        started = time.monotonic()
        module = VERB_MODULES[step.verb]
        groups = getattr(module, "GROUPS", None)
        composed = compose_config(step.verb, module.Config, step.overrides, groups)
        if step.verb == "report":
            composed.commands = [one.command for one in steps]
        module.run(composed)
        print(f"  {time.monotonic() - started:.0f} s", flush=True)


def demo_steps(config: Config) -> list[Step]:
    """The commands, in order; each of them can be typed by hand."""
    out = Path(config.out)
    steps = _data_steps(config, out) + _training_steps(config, out)
    evaluations = _evaluation_steps(out)
    return [*steps, *evaluations, _report_step(config, out, [*steps, *evaluations])]


def _data_steps(config: Config, out: Path) -> list[Step]:
    data, workers = f"data={out}/world", f"workers={config.workers}"
    made = ("world", (f"out={out}/world", f"size={config.size}", CAMERAS, f"seed={config.seed}", workers))
    caches = [
        Step(
            f"read the {split} split",
            "cache",
            (
                data,
                f"split={split}",
                f"out={out}/cache/{split}",
                f"examples.bev_cells={config.cells}",
                workers,
            ),
        )
        for split in ("train", "test")
    ]
    return [Step("make towns with traffic, cameras and maps", *made), *caches]


def _training_steps(config: Config, out: Path) -> list[Step]:
    seed, train, planner = f"seed={config.seed}", f"cache={out}/cache/train", f"planner={config.planner}"
    imitation, batch = f"planner={out}/imitation/checkpoint", f"batch_size={config.batch_size}"
    cells = f"planner.encoder.bev.cells={config.cells}"
    label_keys = (f"data={out}/world", imitation, f"collect.workers={config.workers}")
    test_labels = f"vocabulary_from={out}/labels/train"
    held_out = (f"test_cache={out}/cache/test", f"test_labels={out}/labels/test")
    light = ("model.decoder.width=64", "model.decoder.samples=8", "training.candidates=16")
    learn = (
        train,
        f"labels={out}/labels/train",
        imitation,
        *held_out,
        f"steps={config.reward_steps}",
        batch,
        seed,
    )
    return [
        Step(
            "baseline: an MLP on the ego status",
            "imitate",
            (
                train,
                "model=EGO_STATUS",
                f"out={out}/ego_status",
                f"steps={config.ego_status_steps}",
                "batch_size=64",
                "log_every=50",
                seed,
            ),
        ),
        Step(
            "stage 1: imitation",
            "imitate",
            (train, planner, cells, f"out={out}/imitation", f"steps={config.imitation_steps}", batch, seed),
        ),
        Step(
            "label candidates with the exact scorer",
            "label",
            (
                "split=train",
                train,
                f"out={out}/labels/train",
                f"vocabulary_size={config.vocabulary_size}",
                *label_keys,
            ),
        ),
        Step(
            "label the test town, to measure the reward",
            "label",
            ("split=test", f"cache={out}/cache/test", f"out={out}/labels/test", test_labels, *label_keys),
        ),
        Step("stage 2: reward world model", "reward", (f"out={out}/reward", *learn, *light)),
        Step(
            "stage 3: PPO against the reward world model",
            "ppo",
            (
                train,
                imitation,
                f"reward=[{out}/reward/checkpoint]",
                f"out={out}/ppo",
                f"steps={config.ppo_steps}",
                batch,
                seed,
            ),
        ),
    ]


AGENTS: Sequence[tuple[str, tuple[str, ...]]] = (
    ("constant_velocity", ("agent=CONSTANT_VELOCITY",)),
    ("ego_status", ("agent=EGO_STATUS", "checkpoint={out}/ego_status/checkpoint")),
    ("imitation", ("agent=VLA", "checkpoint={out}/imitation/checkpoint")),
    ("ppo", ("agent=VLA", "checkpoint={out}/ppo/checkpoint", "name='imitation + PPO'")),
    ("pdm_closed", ("agent=PDM_CLOSED",)),
    ("human", ("agent=HUMAN",)),
)


def _evaluation_steps(out: Path) -> list[Step]:
    return [
        Step(
            f"evaluate {name}",
            "evaluate",
            (
                f"cache={out}/cache/test",
                f"out={out}/evaluation/{name}",
                *(key.format(out=out) for key in keys),
            ),
        )
        for name, keys in AGENTS
    ]


def _report_step(config: Config, out: Path, before: Sequence[Step]) -> Step:
    folders = [f"{out}/evaluation/{name}" for name, _ in AGENTS]
    gain = f"{out}/evaluation/ppo:{out}/evaluation/imitation"
    blind = f"{out}/evaluation/imitation:{out}/evaluation/ego_status"
    trainings = ",".join(f"{out}/{name}" for name in ("imitation", "reward", "ppo"))
    return Step(
        "report",
        "report",
        (
            f"data={out}/world",
            "split=test",
            f"cache={out}/cache/test",
            f"out={out}",
            "title='IRL-VLA on the embedded world'",
            f"evaluations=[{','.join(folders)}]",
            f"gallery={out}/evaluation/ppo",
            f"gains=['{gain}','{blind}']",
            f"trainings=[{trainings}]",
            f"reward_measures={out}/reward/reward_measures.json",
        ),
    )
