"""What the MPEG decoder prints on standard error by itself, kept from there.

libmpg123 tells of damage by lines that name no file, and libsndfile does not pass on its setting for silence. The error
and the report of what is lost say the same with the clip's name.
"""

from __future__ import annotations

import ctypes
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock

_lock = Lock()
_n_inside = 0


@contextmanager
def silenced_stderr() -> Iterator[None]:
    """Have C's `stderr` lead nowhere; Python's own standard error, and the descriptor, stay what they are.

    Where the C library is not glibc, whose `stderr` is a variable, nothing is changed.
    """
    _change(1)
    try:
        yield
    finally:
        _change(-1)


def _change(n: int) -> None:
    global _n_inside
    with _lock:  # which also has one thread alone ask what the variable holds
        streams = _streams()
        if streams is None:
            return
        variable, own, nowhere = streams
        _n_inside += n
        variable.value = nowhere if _n_inside else own


@cache
def _streams() -> tuple[ctypes.c_void_p, int | None, int] | None:
    """Return the C library's variable, the stream it holds, and one that leads nowhere; None without them."""
    if platform.libc_ver()[0] != "glibc":
        return None
    library = ctypes.CDLL(None)
    library.fopen.restype = ctypes.c_void_p
    nowhere = library.fopen(os.devnull.encode(), b"w")
    variable = ctypes.c_void_p.in_dll(library, "stderr")
    return (variable, variable.value, nowhere) if nowhere else None


def _reset() -> None:
    """Give a child its standard error back, whatever the other threads of its parent were at."""
    global _lock, _n_inside
    _lock, _n_inside = Lock(), 0
    if _streams.cache_info().currsize:
        _change(0)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_reset)
