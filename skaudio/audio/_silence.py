"""What decoders print by themselves, kept from standard output and standard error.

libmpg123 tells of damage by lines that name no file, libsndfile's ALAC prints among what a command prints, and neither
can be told not to. The error and the report of what is lost say the same with the clip's name.
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
def silenced() -> Iterator[None]:
    """Have C's `stdout` and `stderr` lead nowhere; Python's own, and the descriptors, stay what they are.

    Where the C library is not glibc, in which they are variables, nothing is changed.
    """
    _change(1)
    try:
        yield
    finally:
        _change(-1)


def _change(n: int) -> None:
    global _n_inside
    with _lock:  # also so that _streams is filled while the variables still hold the true streams
        _n_inside += n
        for variable, own, nowhere in _streams():
            variable.value = nowhere if _n_inside else own


@cache
def _streams() -> list[tuple[ctypes.c_void_p, int | None, int]]:
    """Return the C library's variables, the stream that each holds, and one that leads nowhere."""
    if platform.libc_ver()[0] != "glibc":
        return []
    library = ctypes.CDLL(None)
    library.fopen.restype = ctypes.c_void_p
    nowhere = library.fopen(os.devnull.encode(), b"w")
    variables = [ctypes.c_void_p.in_dll(library, name) for name in ("stdout", "stderr")]
    return [(variable, variable.value, nowhere) for variable in variables if nowhere]


def _reset() -> None:
    """Give a child its streams back, whatever the other threads of its parent were at."""
    global _lock, _n_inside
    _lock, _n_inside = Lock(), 0
    if _streams.cache_info().currsize:
        _change(0)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_reset)
