"""Processes forked from one that had used TensorFlow, which hangs in them."""

from __future__ import annotations

import os
import sys
from contextlib import suppress


def refuse_forked() -> None:
    """Raise RuntimeError in a process forked from one that had used TensorFlow, where it would hang."""
    if is_forked():
        raise RuntimeError(
            "this process was forked from one that had used TensorFlow, which would hang here; start workers by "
            "joblib's backend 'loky', its default, or by multiprocessing's start method 'spawn'"
        )


def is_forked() -> bool:
    """Tell whether this process was forked from one that had used TensorFlow.

    If the parent had imported this module, a hook noted the fork. If not, the threads that Linux lists tell: the child
    has TensorFlow's state but none of its threads, since a fork keeps only the thread that forks.
    """
    global _has_threads_in
    if _forked_from_tensorflow or not _is_started() or _has_threads_in == os.getpid():
        return _forked_from_tensorflow
    names = []
    with suppress(OSError):
        for task in os.listdir("/proc/self/task"):
            with suppress(OSError), open(f"/proc/self/task/{task}/comm") as file:  # it may have ended
                names.append(file.read())
    if names and not any(name.startswith("tf_") for name in names):
        return True
    _has_threads_in = os.getpid()
    return False


def _is_started() -> bool:
    """Tell whether TensorFlow has been used in this process, or before it was forked."""
    eager = sys.modules.get("tensorflow.python.eager.context")
    context = None if eager is None else eager.context_safe()
    return context is not None and context._context_handle is not None


def _note_fork() -> None:
    global _forked_from_tensorflow
    _forked_from_tensorflow = _is_started()


_forked_from_tensorflow = False
_has_threads_in = 0  # the process in which TensorFlow's threads were seen
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_note_fork)
