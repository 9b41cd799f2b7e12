"""The simulation of one proposal with plain matrices: least squares by ``lstsq``, LQR by 3 x 3 steps."""

import math

import numpy as np

DT = 0.1
WHEEL_BASE = 3.089


def slow_simulate(poses: np.ndarray, start: np.ndarray) -> np.ndarray:
    """States (T, S) of a car that tracks poses (T, 3)."""
    speeds, curvatures = slow_profiles(poses)
    states = [np.array(start)]
    for step in range(len(poses) - 1):
        states.append(_advance(states[-1], *_command(poses, speeds, curvatures, step, states[-1])))
    return np.stack(states)


def slow_profiles(poses: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Speeds and curvatures, from first values and increments, as rows of one least-squares problem."""
    count = len(poses) - 1
    rows, right = [], []
    for i in range(count):
        for axis, component in ((0, math.cos(poses[i, 2])), (1, math.sin(poses[i, 2]))):
            rows.append([component * DT] + [component * DT**2 * (j < i) for j in range(count - 1)])
            right.append(poses[i + 1, axis] - poses[i, axis])
    for j in range(count - 2):
        row = np.zeros(count)
        row[1 + j] = -1e-2
        row[count - 1] = 1e-2 * (j == count - 3)
        rows.append(row)
        right.append(0.0)
    solution = np.linalg.lstsq(np.array(rows), np.array(right), rcond=None)[0]
    speeds = solution[0] + DT * np.concatenate([[0.0], np.cumsum(solution[1:])])
    rows, right = [], []
    for i in range(count):
        rows.append([speeds[i] * DT] + [speeds[i] * DT**2 * (j < i) for j in range(count - 1)])
        right.append(_wrap(poses[i + 1, 2] - poses[i, 2]))
    penalties = np.diag([1e-5] + [1e-1] * (count - 1))
    design = np.concatenate([np.array(rows), penalties])
    solution = np.linalg.lstsq(design, np.array(right + [0.0] * count), rcond=None)[0]
    return speeds, solution[0] + DT * np.concatenate([[0.0], np.cumsum(solution[1:])])


def _command(
    poses: np.ndarray, speeds: np.ndarray, curvatures: np.ndarray, step: int, state: np.ndarray
) -> tuple[float, float]:
    wanted = speeds[min(step + 10, len(speeds) - 1)]
    if wanted <= 0.2 and state[3] <= 0.2:
        return -0.5 * (state[3] - wanted), 0.0
    acceleration = -10.0 / 11.0 * (state[3] - wanted)
    transition, push, drift = np.eye(3), np.zeros(3), np.zeros(3)
    for k in range(10):
        travel = (state[3] + k * DT * acceleration) * DT
        curvature = curvatures[min(step + k, len(curvatures) - 1)]
        one = np.array([[1.0, travel, 0.0], [0.0, 1.0, travel / WHEEL_BASE], [0.0, 0.0, 1.0]])
        transition = one @ transition
        push = one @ push + np.array([0.0, 0.0, DT])
        drift = one @ drift + np.array([0.0, -travel * curvature, 0.0])
    dx, dy, heading = state[0] - poses[step, 0], state[1] - poses[step, 1], poses[step, 2]
    lateral = dy * math.cos(heading) - dx * math.sin(heading)
    error = transition @ np.array([lateral, _wrap(state[2] - heading), state[7]]) + drift
    error[1] = _wrap(error[1])
    weights = np.array([1.0, 10.0, 0.0])
    return acceleration, float(-(push * weights) @ error / ((push * weights) @ push + 1.0))


def _advance(state: np.ndarray, acceleration: float, steering_rate: float) -> np.ndarray:
    after = np.zeros(11)
    new_acceleration = state[5] + DT / (DT + 0.2) * (acceleration - state[5])
    new_rate = DT / (DT + 0.05) * steering_rate
    after[0] = state[0] + DT * state[3] * math.cos(state[2])
    after[1] = state[1] + DT * state[3] * math.sin(state[2])
    after[2] = _wrap(state[2] + DT * state[3] * math.tan(state[7]) / WHEEL_BASE)
    after[3] = state[3] + DT * new_acceleration
    after[5] = new_acceleration
    after[7] = min(max(state[7] + DT * new_rate, -math.pi / 3), math.pi / 3)
    after[8] = new_rate
    after[9] = after[3] * math.tan(after[7]) / WHEEL_BASE
    after[10] = (after[9] - state[9]) / DT
    return after


def _wrap(angle: float) -> float:
    return math.atan2(math.sin(angle), math.cos(angle))
