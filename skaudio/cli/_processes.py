"""The worker processes of a command: they start quietly, and Ctrl-C is its own matter, not theirs."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker
from threading import RLock
from typing import Any

import joblib
from joblib.externals.loky import reusable_executor
from joblib.externals.loky.backend.resource_tracker import ensure_running
from joblib.parallel import LokyBackend
from tqdm import tqdm

from skaudio._workers import end_with_parent
from skaudio.cli._quiet import import_keras_quietly

_CAN_BLOCK = hasattr(signal, "pthread_sigmask")


class _SteadyWorkers(LokyBackend):
    """joblib's worker processes, started with Ctrl-C blocked, since a terminal sends Ctrl-C to all processes.

    A worker that Ctrl-C reaches while it starts would print a traceback. The command's own process ends its workers.
    """

    def configure(self, *args: Any, **kwargs: Any) -> int:
        if _CAN_BLOCK:  # each of these would unblock Ctrl-C if it started in the block below
            ensure_running()
            resource_tracker.ensure_running()
        with _ctrl_c_blocked():
            n_jobs: int = super().configure(*args, **kwargs)
        return n_jobs

    def submit(self, func: Any, callback: Any = None) -> Any:
        with _ctrl_c_blocked():
            return super().submit(func, callback)


@contextmanager
def _ctrl_c_blocked() -> Iterator[None]:
    """Have the processes that are started inside never see Ctrl-C; this one sees it afterwards."""
    if not _CAN_BLOCK:
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def quiet_workers(*, networks: bool) -> Any:
    """Return a context of joblib's worker processes; for networks they import Keras quietly before their first task."""
    if networks:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    return joblib.parallel_config(_SteadyWorkers(initializer=_start_with_networks if networks else _start))


def _start() -> None:
    end_with_parent()
    # tqdm's own lock is one between processes, which a worker that is killed leaves behind.
    tqdm.set_lock(RLock())


def _start_with_networks() -> None:
    _start()
    import_keras_quietly()


def end_workers() -> None:
    """End the worker processes that there are, and what belongs to them: a command that was interrupted leaves none."""
    executor = reusable_executor._executor
    if executor is not None:
        executor.shutdown(wait=True, kill_workers=True)
