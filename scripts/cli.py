"""``irl-vla <verb> key=value ...``: the one program of the project."""

import importlib
import os
import sys
from collections.abc import Sequence

from scripts.compose import UsageError, compose_config
from scripts.help_text import verb_help

VERBS = {
    "demo": "run the whole loop on the embedded world: towns, three trainings, evaluation, report",
    "world": "write synthetic towns in NAVSIM's on-disk format",
    "cache": "prepare a split: tensors for training, constants for the exact scorer",
    "imitate": "stage 1: train a planner to drive as the log does",
    "label": "score candidate trajectories exactly, as labels for the reward world model",
    "reward": "stage 2: train the reward world model and measure it on held-out towns",
    "ppo": "stage 3: refine a planner by PPO against a reward",
    "evaluate": "score an agent on a split: one CSV row a scene, and a summary",
    "score": "score any planner's trajectories exactly: an npz file in, a CSV row each out",
    "compare": "compare our evaluation CSV with the devkit's, column by column",
    "report": "one self-contained HTML page of evaluations, curves and scenes",
    "submit": "write a leaderboard submission, or check one before it is uploaded",
    "doctor": "say what is missing or broken before hours are lost",
    "export": "write a planner for other runtimes: ONNX or torch.export",
    "publish": "make a checkpoint fit for others: weights and a model card; to the hub if asked",
}
RESUMABLE = ("demo", "world", "cache", "imitate", "label", "reward", "ppo", "submit")
"""Verbs that keep what they have done."""
EXIT_OK, EXIT_FAILED, EXIT_USAGE, EXIT_INTERRUPTED = 0, 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; returns the exit status.

    1: the verb failed on its input (one line says on what); 2: wrong usage; 130: Ctrl-C.
    ``IRL_VLA_TRACEBACK=1`` shows where an error came from.
    """
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(general_help())
        return EXIT_OK
    verb, overrides = arguments[0], arguments[1:]
    if verb not in VERBS:
        return _complain(f"unknown verb {verb!r}; one of: {', '.join(VERBS)}", EXIT_USAGE)
    try:
        return _run(verb, overrides)
    except KeyboardInterrupt:
        goes_on = "; the same command goes on from here" if verb in RESUMABLE else ""
        return _complain(f"interrupted{goes_on}", EXIT_INTERRUPTED)
    except UsageError as error:
        return _complain(f"{verb}: {error}", EXIT_USAGE)
    except (ValueError, OSError, FloatingPointError) as error:
        if os.environ.get("IRL_VLA_TRACEBACK"):
            raise
        return _complain(f"{verb}: {_one_line(error)}", EXIT_FAILED)


def general_help() -> str:
    """The text of ``irl-vla --help``."""
    width = max(map(len, VERBS))
    lines = ["usage: irl-vla <verb> [key=value ...]", "       irl-vla <verb> --help", ""]
    lines += [f"  {verb:{width}}  {summary}" for verb, summary in VERBS.items()]
    lines += ["", "Start with `irl-vla demo`; it needs no data and at most a quarter of an hour."]
    return "\n".join(lines)


def _run(verb: str, overrides: list[str]) -> int:
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # idle threads sleep: spinning ones starve others
    importlib.import_module("driving")  # first of all, see driving.torch_setup
    module = importlib.import_module(f"scripts.{verb}")
    if any(argument in ("-h", "--help") for argument in overrides):
        print(verb_help(verb, VERBS[verb], module))
        return EXIT_OK
    groups = getattr(module, "GROUPS", None)
    module.run(compose_config(verb, module.Config, overrides, groups))
    return EXIT_OK


def _complain(message: str, status: int) -> int:
    print(f"irl-vla: {message}", file=sys.stderr)
    return status


def _one_line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return text or type(error).__name__


if __name__ == "__main__":
    sys.exit(main())
