"""The library of the kernel: where it lies, whether it is used, and by which instructions."""

from __future__ import annotations

import ctypes
import os
import platform
import sys
from functools import cache
from pathlib import Path
from typing import Any

VARIABLE = "SKAUDIO_KERNEL"
_LIBRARY = Path(__file__).with_name("_kernel.dll" if sys.platform == "win32" else "_kernel.so")
_VERSION = 2  # of what `kernel.h` declares
_NO_MEMORY = 1
# Numbers that a vector of the processor holds, by the name of its instructions.
_WIDTHS = {"avx512": 16, "avx2": 8, "neon" if platform.machine().lower() in ("arm64", "aarch64") else "sse2": 4}


def kernel() -> str:
    """Return what computes mel spectra here: the kernel in C, or NumPy.

    The environment variable ``SKAUDIO_KERNEL`` forces either, or the instructions by which the kernel computes
    (``sse2``, ``avx2``, ``avx512``; ``neon``), which change no bit.

    Returns
    -------
    {"native", "numpy"}
        The kernel wherever it was built, NumPy elsewhere.

    Raises
    ------
    ValueError
        If the variable is no such word, or asks for what this machine does not have.

    Examples
    --------
    >>> kernel() in ("native", "numpy")
    True
    """
    return _choose_kernel(os.environ.get(VARIABLE, ""))


def describe_kernel() -> str:
    """Return the answer of `kernel` and the reason for it, as text for people.

    Examples
    --------
    >>> describe_kernel().split()[0] in ("native", "numpy")
    True
    """
    asked = os.environ.get(VARIABLE, "")
    name = _choose_kernel(asked)
    if name == "native":
        words = next(each for each, width in _WIDTHS.items() if width == _width())
    else:
        words = f"{VARIABLE}={asked}" if asked else _why_no_kernel()
    return f"{name} ({words})"


def call(function: str, *arguments: Any) -> None:
    """Call one of the kernel's functions.

    Raises
    ------
    MemoryError
        If there is not enough.
    RuntimeError
        If this process has no kernel, and the process that planned the work had one. Or if the kernel does not compute
        for such arguments, which is no fault of a clip.
    """
    found = _library()
    if isinstance(found, str):
        raise RuntimeError(
            f"the numbers were to be computed by the native kernel, and here is none ({found}); install skaudio alike "
            f"wherever it works, or set {VARIABLE}=numpy where the work is started"
        )
    outcome = getattr(found, f"skaudio_{function}")(_width(), *arguments)
    if outcome == _NO_MEMORY:
        raise MemoryError
    if outcome:
        raise RuntimeError("the native kernel was asked for what it does not compute")


@cache
def _width() -> int:
    """Return how many numbers this process computes at a time: told by the variable once, since it changes no bit."""
    found = _library()
    assert not isinstance(found, str)
    return min(found.skaudio_widest(), _WIDTHS.get(os.environ.get(VARIABLE, ""), max(_WIDTHS.values())))


@cache
def _choose_kernel(asked: str) -> str:
    words = ("native", "numpy", *_WIDTHS)
    if asked not in ("", *words):
        raise ValueError(f"{VARIABLE}={asked!r} is none of {', '.join(words)}")
    found = _library()
    if asked == "numpy" or (not asked and isinstance(found, str)):
        return "numpy"
    if isinstance(found, str):
        raise ValueError(f"{VARIABLE}={asked}, and there is no native kernel: {found}")
    if _WIDTHS.get(asked, 0) > found.skaudio_widest():
        raise ValueError(f"{VARIABLE}={asked}, and this processor has no such instructions")
    return "native"


def _why_no_kernel() -> str:
    found = _library()
    return found if isinstance(found, str) else ""


@cache
def _library() -> ctypes.CDLL | str:
    """Return the library, or why there is none."""
    if not _LIBRARY.exists():
        return "it was not built: a C compiler, and installing again, make it"
    try:
        functions = ctypes.CDLL(os.fspath(_LIBRARY))
    except OSError as error:
        return f"it cannot be loaded: {error}"
    known = all(
        hasattr(functions, f"skaudio_{name}") for name in ("version", "widest", "log_mel", "log_mel_of_files", "halve")
    )
    if not known or functions.skaudio_version() != _VERSION:
        return "it is of another version: installing again makes it anew"
    pointer, number, size = ctypes.c_void_p, ctypes.c_int, ctypes.c_int64
    functions.skaudio_log_mel.argtypes = [number, *4 * [pointer], *4 * [size], pointer]
    functions.skaudio_log_mel_of_files.argtypes = [number, pointer, size, pointer, size, size, *3 * [pointer]]
    functions.skaudio_halve.argtypes = [number, pointer, pointer, number, size, pointer, size]
    return functions
