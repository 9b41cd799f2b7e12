"""Independent jobs in several processes, which Ctrl-C ends at once."""

import multiprocessing
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import TypeVar

import torch

from driving.errors import DataError

JobT = TypeVar("JobT")
ResultT = TypeVar("ResultT")


def outcomes(
    function: Callable[[JobT], ResultT], jobs: Sequence[JobT], workers: int
) -> Iterator[tuple[JobT, ResultT | Exception]]:
    """(job, its result or the exception that ended it), in order of completion.

    One worker, or one job, stays in this process; else ``function`` and jobs must be picklable. Where
    the caller stops iterating, or Ctrl-C is pressed, nothing more is started and the processes end.
    """
    if workers <= 1 or len(jobs) <= 1:
        for job in jobs:
            try:
                yield job, function(job)
            except Exception as error:
                yield job, error
        return
    with _pool(min(workers, len(jobs))) as pool:
        with _deaf_to_ctrl_c():
            futures = {pool.submit(function, job): job for job in jobs}
        for future in as_completed(futures):
            error = future.exception()
            if isinstance(error, BrokenProcessPool):
                error = DataError("a worker process died, perhaps for want of memory; workers=1 needs least")
            if error is not None and not isinstance(error, Exception):
                raise error
            yield futures[future], error or future.result()


def results(
    function: Callable[[JobT], ResultT], jobs: Sequence[JobT], workers: int
) -> Iterator[tuple[JobT, ResultT]]:
    """(job, its result) in order of completion; raises what the first failing job raised."""
    for job, outcome in outcomes(function, jobs, workers):
        if isinstance(outcome, Exception):
            raise outcome
        yield job, outcome


@contextmanager
def _pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    others = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _prepare_worker)
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for process in set(multiprocessing.active_children()) - others:
            process.terminate()
        raise
    pool.shutdown()


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """Processes started in this block ignore Ctrl-C until they are ready for it, and so print nothing."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _prepare_worker() -> None:
    """One thread a process, and a silent end on Ctrl-C, which the terminal sends to all of them."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    torch.set_num_threads(1)
