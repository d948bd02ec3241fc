"""One call's batches in the threads of this process: whether they are to go on, and an end that leaves none at work."""

from __future__ import annotations

import os
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

# Drawn by each process for itself: process ids repeat, two containers may both be number 1.
_process = uuid.uuid4().hex


def _draw_again() -> None:
    global _process
    _process = uuid.uuid4().hex


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_draw_again)


class StoppedError(Exception):
    """The call a batch belongs to has ended: nobody waits for it."""


class Run:
    """The batches of one call that threads of this process have in work."""

    def __init__(self) -> None:
        self._stopped = False
        self._n_active = 0
        self._changed = threading.Condition()

    @contextmanager
    def active(self) -> Iterator[None]:
        """Count the caller as at work."""
        with self._changed:
            self._n_active += 1
        try:
            yield
        finally:
            with self._changed:
                self._n_active -= 1
                self._changed.notify_all()

    def go_on(self) -> None:
        """Raise StoppedError where the call has ended."""
        if self._stopped:
            raise StoppedError

    def stop(self) -> None:
        """Have the batches in work end at their next block of samples, and wait for them."""
        self._stopped = True
        with self._changed:
            self._changed.wait_for(lambda: not self._n_active)


_runs: dict[str, Run] = {}  # by name, since they are not to be sent to other processes


@contextmanager
def new_run() -> Iterator[str]:
    """Give a name for one call's run, and leave no thread at work behind it: it would crash the interpreter's end."""
    name = f"{_process}-{uuid.uuid4().hex}"
    run = _runs[name] = Run()
    try:
        yield name
    finally:
        run.stop()
        del _runs[name]


def run_named(name: str) -> Run:
    """Return the run of a name; in another process than the one that gave it, one that is never stopped.

    Raises
    ------
    StoppedError
        If it was given in this process, and has ended.
    """
    run = _runs.get(name)
    if run is not None:
        return run
    if name.startswith(f"{_process}-"):
        raise StoppedError
    return Run()
