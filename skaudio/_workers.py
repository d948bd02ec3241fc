"""What the code at hand may use: all cores or a joblib worker's share, and the memory that is free; and its end."""

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
    parent = multiprocessing.parent_process()
    if parent is not None and parent.pid is not None:
        _watch(os.getpid(), parent.pid)


@cache
def _watch(process: int, parent: int) -> None:
    """Watch the parent, in one thread for each process.

    Another process may stand in for it, which starts the others (forkserver), or has inherited them: it is gone then.
    """
    above = os.getppid()

    def watch() -> None:
        while os.getppid() == above and (above == parent or _exists(parent)):
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, name="skaudio-parent", daemon=True).start()


def _exists(process: int) -> bool:
    if os.name != "posix":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def free_memory() -> int | None:
    """Return how many bytes of memory this machine has free, or None where psutil is not installed."""
    try:
        import psutil
    except ModuleNotFoundError:
        return None
    return int(psutil.virtual_memory().available)
