"""What a worker may use, its share of the cores and the free memory; and its end when its parent ends."""

import multiprocessing
import os
import threading
import time
from functools import cache

from joblib.parallel import get_active_backend


def share_of_cores() -> int | None:
    """Return how many cores this joblib worker may use, or None outside of a worker.

    joblib tells a worker process its share through the environment, for the libraries that read it there. Worker
    threads are as many as their caller asked for: each has one core.
    """
    backend, _ = get_active_backend()
    if not getattr(backend, "nesting_level", None):
        return None
    if threading.current_thread() is not threading.main_thread():
        return 1
    share = os.environ.get("OMP_NUM_THREADS", "")
    return max(1, int(share)) if share.isdecimal() else 1


def end_with_parent() -> None:
    """In a worker process, end with the process that started it: one that was killed cannot tell its workers."""
    if multiprocessing.parent_process() is not None:
        _watch(os.getpid())


@cache
def _watch(process: int) -> None:
    """Watch the parent, in one thread for each process."""
    above = os.getppid()

    def watch() -> None:
        while os.getppid() == above and _parent_is_there():
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, name="skaudio-parent", daemon=True).start()


def _parent_is_there() -> bool:
    """Tell whether the process that started this one is there; it may have been killed before it was watched."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return True
    try:
        return parent.is_alive()
    except (TypeError, ValueError):  # loky's parent on Linux and macOS has no such state, and is the direct parent
        return os.getppid() == parent.pid


def free_memory() -> int | None:
    """Return how many bytes of memory this machine has free, or None where psutil is not installed."""
    try:
        import psutil
    except ModuleNotFoundError:
        return None
    return int(psutil.virtual_memory().available)
