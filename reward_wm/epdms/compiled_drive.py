"""The compiled drive: a controller that follows reference poses, and the kinematic bicycle it steers.

Reproduces the devkit's batch LQR tracker and motion model. The controller solves two one-step LQR
problems, along and across. Quirks: its look-ahead stays one second although the reference index stops at
the last step; near standstill a proportional controller brakes and does not steer; position and heading
advance with the speed and the steering angle from before the step, speed with the acceleration after its
low-pass filter; the lateral acceleration becomes zero; speed may become negative.

Nothing is frozen in from other files, and what the GPU needs, see ``compiled``. Times in s, angles in rad,
proposals first.
"""

import math
from typing import no_type_check

from numba import njit

INTERVAL_S = 0.1
STEP_S = 100_000 * 1e-6  # the devkit multiplies microseconds; not quite 0.1
HORIZON = 10
STOPPING_SPEED_MPS = 0.2
STOPPING_GAIN = 0.5
SPEED_WEIGHT, LATERAL_WEIGHT, HEADING_WEIGHT = 10.0, 1.0, 10.0
HORIZON_S = HORIZON * INTERVAL_S
LONGITUDINAL_GAIN = HORIZON_S * SPEED_WEIGHT / (HORIZON_S**2 * SPEED_WEIGHT + 1.0)
MAX_STEER_RAD = math.pi / 3
ACCELERATION_SHARE = STEP_S / (STEP_S + 0.2)
STEER_SHARE = STEP_S / (STEP_S + 0.05)
"""How much of the way to the command a low-pass filter goes in one step."""


@njit(cache=True)
@no_type_check
def drive(count, *arguments):
    """``drive_one`` of every proposal."""
    for p in range(count):
        drive_one(p, *arguments)


@njit(cache=True)
@no_type_check
def drive_one(p, states, poses, speeds, curvatures, start, wheel_base_m):
    """Fill states (P, T, S), zero so far, of proposal p from ``start`` (P, S).

    It tracks poses (P, T, 3) of fitted profiles (P, T - 1). A state is pose, velocity and acceleration
    (x, y each), steer, steer rate, yaw rate and acceleration.
    """
    for field in range(start.shape[1]):
        states[p, 0, field] = start[p, field]
    heading = start[p, 2]  # not limited to one turn
    for t in range(poses.shape[1] - 1):
        now, after = states[p, t], states[p, t + 1]
        acceleration, rate = _command(poses[p], speeds[p], curvatures[p], t, now, heading, wheel_base_m)
        filtered = now[5] + ACCELERATION_SHARE * (acceleration - now[5])
        steer_rate = STEER_SHARE * rate
        after[0] = now[0] + STEP_S * now[3] * math.cos(heading)
        after[1] = now[1] + STEP_S * now[3] * math.sin(heading)
        heading += STEP_S / wheel_base_m * now[3] * math.tan(now[7])
        after[2] = _wrap(heading)
        after[3] = now[3] + STEP_S * filtered
        after[5] = filtered
        after[7] = _limited(now[7] + STEP_S * steer_rate, MAX_STEER_RAD)
        after[8] = steer_rate
        after[9] = after[3] * math.tan(after[7]) / wheel_base_m
        after[10] = (after[9] - now[9]) / STEP_S


@njit(cache=True)
@no_type_check
def _command(poses, speeds, curvatures, step, state, heading, wheel_base_m):
    """Commanded acceleration [m/s^2] and steering rate [rad/s].

    The rate, held for the horizon, best cancels lateral and heading error at its end. Linearised:
    d(lateral) = v heading, d(heading) = v (steer / wheel base - curvature). A change of heading at one
    step moves the car sideways by the distance travelled at all later steps.
    """
    last = len(speeds) - 1
    wanted = speeds[step + HORIZON if step + HORIZON < last else last]
    if wanted <= STOPPING_SPEED_MPS and state[3] <= STOPPING_SPEED_MPS:
        return -STOPPING_GAIN * (state[3] - wanted), 0.0
    acceleration = -LONGITUDINAL_GAIN * (state[3] - wanted)
    dx, dy = state[0] - poses[step, 0], state[1] - poses[step, 1]
    lateral = dy * math.cos(poses[step, 2]) - dx * math.sin(poses[step, 2])
    error = _wrap(heading - poses[step, 2])
    steered = state[7] / wheel_base_m
    to_go, turn, shift, heading_gain, lateral_gain = 0.0, 0.0, 0.0, 0.0, 0.0
    for k in range(HORIZON - 1, -1, -1):
        ahead_s = INTERVAL_S * k
        travel = INTERVAL_S * (state[3] + acceleration * ahead_s)
        free = travel * (steered - curvatures[step + k if step + k < last else last])
        forced = travel * (ahead_s / wheel_base_m)
        turn += free
        shift += free * to_go
        heading_gain += forced
        lateral_gain += forced * to_go
        to_go += travel
    heading_at_end = _wrap(error + turn)
    lateral_at_end = lateral + error * to_go + shift
    lateral_pull, heading_pull = LATERAL_WEIGHT * lateral_gain, HEADING_WEIGHT * heading_gain
    wrong = lateral_pull * lateral_at_end + heading_pull * heading_at_end
    return acceleration, -wrong / (lateral_pull * lateral_gain + heading_pull * heading_gain + 1.0)


@njit(cache=True)
@no_type_check
def fit_curvature(count, *arguments):
    """``fit_one`` of every proposal."""
    for p in range(count):
        fit_one(p, *arguments)


@njit(cache=True)
@no_type_check
def fit_one(p, curvature, excess, distance, turns, first_excess, stiffness):
    """Curvatures c (P, n) of least |distance c - turn|^2 + stiffness |change of c|^2, of proposal p.

    With the stiffness divided out, the normal equations are (W + D'D) c = r with W diagonal and D the
    first difference: elimination keeps each pivot as 1 + ``excess`` (P, n), which never cancels.
    ``first_excess`` holds the first curvature.
    """
    count, carried, over = distance.shape[1], curvature[p], excess[p]
    for i in range(count):
        over[i] = distance[p, i] ** 2 / stiffness
        carried[i] = distance[p, i] * turns[p, i] / stiffness
        if i == 0:
            over[i] += first_excess
        else:
            pivot = 1.0 + over[i - 1]
            carried[i] += carried[i - 1] / pivot
            over[i] += over[i - 1] / pivot
    carried[count - 1] /= over[count - 1]  # the last row has no neighbour after it
    for i in range(count - 2, -1, -1):
        carried[i] = (carried[i] + carried[i + 1]) / (1.0 + over[i])


@njit(cache=True)
@no_type_check
def _limited(value, bound):
    if value < -bound:
        return -bound
    return bound if value > bound else value


@njit(cache=True)
@no_type_check
def _wrap(angle):
    return (angle + math.pi) % (2 * math.pi) - math.pi
