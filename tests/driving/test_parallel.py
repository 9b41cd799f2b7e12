"""Jobs in several processes: what comes back, what a failure does, and how Ctrl-C ends them."""

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from driving.errors import DataError
from driving.parallel import outcomes, results

WORKERS = pytest.mark.parametrize("workers", [1, 2])


def _square(number: int) -> int:
    if number < 0:
        raise ValueError(f"{number} is negative")
    return number * number


def _die(number: int) -> int:
    os._exit(number)


def _write_pid_and_sleep(folder: Path) -> None:
    (folder / f"{os.getpid()}").touch()
    time.sleep(60)


@WORKERS
def test_every_job_has_its_result(workers: int) -> None:
    assert dict(results(_square, [1, 2, 3], workers)) == {1: 1, 2: 4, 3: 9}


@WORKERS
def test_a_failure_is_an_outcome_of_its_own(workers: int) -> None:
    found = dict(outcomes(_square, [2, -1, 3], workers))
    assert found[2] == 4 and found[3] == 9
    assert isinstance(found[-1], ValueError)


@WORKERS
def test_results_raise_the_failure(workers: int) -> None:
    with pytest.raises(ValueError, match="-1 is negative"):
        list(results(_square, [-1, 2], workers))


def test_a_worker_that_dies_is_told_in_a_line() -> None:
    with pytest.raises(DataError, match="worker process died"):
        list(results(_die, [3, 4], 2))


def test_ctrl_c_ends_main_process_and_workers(tmp_path: Path) -> None:
    program = (
        "from pathlib import Path\n"
        "from driving.parallel import results\n"
        "from tests.driving.test_parallel import _write_pid_and_sleep as job\n"
        "if __name__ == '__main__':\n"
        f"    list(results(job, [Path({str(tmp_path / 'pids')!r})] * 5, 2))\n"
    )
    script, pids = tmp_path / "program.py", tmp_path / "pids"
    script.write_text(program)
    pids.mkdir()
    root = Path(__file__).parents[2]
    environment = os.environ | {"PYTHONPATH": str(root)}
    process = subprocess.Popen(
        [sys.executable, str(script)],
        env=environment,
        stderr=subprocess.PIPE,
        preexec_fn=partial(
            signal.signal, signal.SIGINT, signal.SIG_DFL
        ),  # a job in the background ignores it
    )
    deadline = time.monotonic() + 60
    while len(list(pids.iterdir())) < 2 and time.monotonic() < deadline:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, message = process.communicate(timeout=30)
    assert b"KeyboardInterrupt" in message
    started = [int(path.name) for path in pids.iterdir()]
    assert len(started) == 2
    deadline = time.monotonic() + 10
    while any(map(_alive, started)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(map(_alive, started))


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
