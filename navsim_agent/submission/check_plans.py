"""Each plan of a submission: its class, shape, sampling and numbers; then how a car could drive it."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from navsim_agent.submission.check_structure import PredictionTable
from navsim_agent.submission.official_objects import HORIZON_S, Trajectory, TrajectorySampling
from navsim_agent.submission.open_submission import type_name
from navsim_agent.submission.plausibility import ODDITIES, same_everywhere
from navsim_agent.submission.problem import Problem, Severity
from navsim_agent.submission.stored_arrays import StoredArray

FIELDS = {"poses", "trajectory_sampling"}
SAMPLING = {"num_poses": int, "time_horizon": float, "interval_length": float}
"""Fields, and the plain types that the devkit gives them."""
TOLERANCE_S = 1e-6
MOST = 0.5
"""Where more than this share of all plans is odd, the file is not what a planner wrote."""


@dataclass(frozen=True)
class Fault:
    """What is wrong with a plan; plans with the same fault share a line."""

    severity: Severity
    what: str
    cure: str


def check_plans(tables: Sequence[PredictionTable]) -> list[Problem]:
    """Faults of the single plans, then what is odd about those that have poses."""
    plans = [(table, token, plan) for table in tables for token, plan in table.plans.items()]
    places: dict[Fault, list[str]] = defaultdict(list)
    for table, token, plan in plans:
        for fault in _faults(plan):
            places[fault].append(f"{table.where}, token {token}")
    problems = [
        Problem(fault.severity, fault.what, _place(found, len(plans)), fault.cure)
        for fault, found in places.items()
    ]
    return [*problems, *_check_plausibility(plans)]


def _faults(plan: Any) -> Iterator[Fault]:
    if not isinstance(plan, Trajectory):
        what = f"a plan is a {type_name(plan)}, not a Trajectory"
        yield Fault(Severity.ERROR, what, "store navsim.common.dataclasses.Trajectory")
        return
    missing = sorted(FIELDS - vars(plan).keys())
    if missing:
        yield Fault(Severity.ERROR, f"a plan has no {missing[0]}", "store a whole Trajectory")
        return
    yield from _pose_faults(plan["poses"])
    yield from _sampling_faults(plan["trajectory_sampling"], _array(plan["poses"]))


def _pose_faults(stored: Any) -> Iterator[Fault]:
    poses = _array(stored)
    if poses is None:
        what = f"poses are a {type_name(stored)}, not a numpy array of float32"
        yield Fault(Severity.ERROR, what, "poses.detach().cpu().numpy(), or np.array(poses, np.float32)")
        return
    if poses.ndim != 2 or poses.shape[1] != 3 or not len(poses):
        what = f"poses have shape {poses.shape}, not (n, 3)"
        cure = "a row is x, y, heading" + (": drop the batch dimension" if poses.ndim > 2 else "")
        yield Fault(Severity.ERROR, what, cure)
    if poses.dtype.kind != "f":
        yield Fault(Severity.ERROR, f"poses are {poses.dtype}", "poses.astype(np.float32)")
    elif not np.isfinite(poses).all():
        cure = "mend the planner: one such plan spoils the score of all"
        yield Fault(Severity.ERROR, "poses hold NaN or infinite values", cure)
    elif poses.dtype.itemsize < 4:
        yield Fault(Severity.WARNING, f"poses are {poses.dtype}, centimetres are lost", "use np.float32")


def _array(stored: Any) -> np.ndarray | None:
    return stored.read() if isinstance(stored, StoredArray) else None


def _sampling_faults(sampling: Any, poses: np.ndarray | None) -> Iterator[Fault]:
    if not isinstance(sampling, TrajectorySampling):
        what = f"trajectory_sampling is a {type_name(sampling)}"
        yield Fault(Severity.ERROR, what, "use nuplan's TrajectorySampling")
        return
    values = [vars(sampling).get(name) for name in SAMPLING]
    for (name, kind), value in zip(SAMPLING.items(), values, strict=True):
        if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
            what = f"{name} is a {type_name(value)}"
            yield Fault(Severity.ERROR, what, "let TrajectorySampling fill it in")
            return
        if not abs(value) < np.iinfo(np.int32).max:
            yield Fault(Severity.ERROR, f"{name} is no such number", "let TrajectorySampling fill it in")
            return
        if not isinstance(value, kind) or isinstance(value, np.generic):
            what = f"{name} is a {type_name(value)}, not {kind.__name__}"
            yield Fault(Severity.WARNING, what, "use plain numbers")
    count, horizon, interval = (float(value) for value in values if value is not None)
    if poses is not None and poses.ndim == 2 and len(poses) != count:
        what = f"{len(poses)} poses, but num_poses={count:g}"
        yield Fault(Severity.ERROR, what, "the devkit would cut or stretch the plan: make them agree")
    spans = {f"num_poses * interval_length is {count * interval:g} s": count * interval}
    spans[f"time_horizon is {horizon:g} s"] = horizon
    for what, span in spans.items():
        if not abs(span - HORIZON_S) < TOLERANCE_S:
            cure = f"plan {HORIZON_S:g} s: 8 poses every 0.5 s, or 40 every 0.1 s"
            yield Fault(Severity.ERROR, f"{what}, not {HORIZON_S:g} s", cure)


def _check_plausibility(plans: Sequence[tuple[PredictionTable, Any, Any]]) -> list[Problem]:
    """Of plans without fault; what most of them have is an error, what some have a warning.

    Each plan counts for the first oddity it has: the others are most often of the same cause.
    """
    sound = [
        (f"{table.where}, token {token}", np.asarray(_array(plan["poses"]), np.float64))
        for table, token, plan in plans
        if _is_sound(plan)
    ]
    shapes: dict[int, list[int]] = defaultdict(list)
    for row, (_, poses) in enumerate(sound):
        shapes[len(poses)].append(row)
    odd: dict[str, list[int]] = defaultdict(list)
    for count, rows in shapes.items():
        poses = np.stack([sound[row][1] for row in rows])
        innocent = np.ones(len(rows), dtype=bool)
        for oddity in ODDITIES:
            mask = innocent & oddity.finds(poses, HORIZON_S / count)
            odd[oddity.what] += [rows[place] for place in np.flatnonzero(mask)]
            innocent &= ~mask
        if same_everywhere(poses):
            odd["the plans of all scenes are the same"] += rows
    cures = {oddity.what: oddity.cure for oddity in ODDITIES}
    return [
        Problem(
            Severity.ERROR if len(rows) > MOST * len(sound) else Severity.WARNING,
            what,
            _place([sound[row][0] for row in sorted(rows)], len(sound)),
            cures.get(what, "does the planner get another observation for every scene?"),
        )
        for what, rows in odd.items()
        if rows
    ]


def _is_sound(plan: Any) -> bool:
    return not any(fault.severity is Severity.ERROR for fault in _faults(plan))


def _place(found: Sequence[str], count: int) -> str:
    return f"in {len(found)} of {count} plans, first {found[0]}"
