"""Sane plans are never odd; each mistake is recognised as what it is."""

import numpy as np
import pytest

from navsim_agent.submission.plausibility import ODDITIES, same_everywhere

SECONDS = np.arange(1, 9) * 0.5


def plan(x: np.ndarray, y: np.ndarray | float = 0.0, heading: np.ndarray | float = 0.0) -> np.ndarray:
    return np.stack(np.broadcast_arrays(x, y, heading), axis=-1).astype(np.float64)


def turn(radius_m: float, speed_mps: float, seconds: np.ndarray = SECONDS) -> np.ndarray:
    """Along a circle, to the left."""
    angle = speed_mps * seconds / radius_m
    return plan(radius_m * np.sin(angle), radius_m * (1 - np.cos(angle)), angle)


def oddities(poses: np.ndarray, interval_s: float = 0.5) -> set[str]:
    return {oddity.what for oddity in ODDITIES if oddity.finds(poses[None], interval_s).item()}


SANE = {
    "straight on": plan(10.0 * SECONDS),
    "fast": plan(33.0 * SECONDS),
    "a tight turn": turn(6.0, 4.0),
    "round the corner": turn(15.0, 8.0),
    "a U turn": turn(7.0, 6.0),
    "emergency braking": plan(
        np.minimum(10.0 * SECONDS - 4.0 * SECONDS**2, 6.25) * (SECONDS < 1.2) + 6.25 * (SECONDS >= 1.2)
    ),
    "starting": plan(1.5 * SECONDS**2),
    "almost still": plan(0.001 * SECONDS, 0.0005, 0.01),
}


@pytest.mark.parametrize("poses", SANE.values(), ids=SANE.keys())
def test_what_cars_do_is_not_odd(poses: np.ndarray) -> None:
    assert oddities(poses) == set()


def test_ten_poses_a_second_are_not_odd() -> None:
    assert oddities(turn(20.0, 9.0, np.arange(1, 41) * 0.1), 0.1) == set()


TURN = turn(15.0, 8.0)
MISTAKES = {
    "in the map frame": (TURN + [331_000.0, 4_690_000.0, 0.0], "poses lie more than 500 m away"),
    "degrees": (TURN * [1, 1, 180 / np.pi], "headings look like degrees"),
    "degrees, on a slight bend": (turn(150.0, 8.0) * [1, 1, 180 / np.pi], "headings look like degrees"),
    "x and y swapped": (turn(60.0, 8.0)[:, [1, 0, 2]], "the car starts sideways"),
    "x is backward": (TURN * [-1, 1, 1], "the car drives backwards"),
    "reversed order": (TURN[::-1], "the car drives backwards"),
    "a missing pose": (
        plan(5.0 * np.array([1, 2, 3, 4, 14, 15, 16, 17])),
        "a pose jumps away from the one before",
    ),
    "feet": (TURN * [10, 10, 1], "faster than 45 m/s"),
    "jerky": (plan(np.array([5, 6, 11, 12, 17, 18, 23, 24.0])), "speed changes by more than 12 m/s2"),
    "spinning": (turn(15.0, 8.0) * [1, 1, 7], "turns tighter than a car can"),
    "zeros": (plan(0 * SECONDS), "all poses are exactly zero"),
}


@pytest.mark.parametrize(("poses", "what"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_recognised(poses: np.ndarray, what: str) -> None:
    assert what in oddities(poses)


def test_one_plan_for_all_is_noticed_but_not_one_plan_alone() -> None:
    assert same_everywhere(np.stack([TURN, TURN, TURN]))
    assert not same_everywhere(np.stack([TURN, TURN, TURN * 0.99]))
    assert not same_everywhere(TURN[None])
