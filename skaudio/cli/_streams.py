"""What a process is given: stdout and stderr, also where they are closed or narrow, and the signal to end."""

from __future__ import annotations

import os
import signal
import sys
import threading
from typing import Any


class ReaderGoneError(Exception):
    """Who reads stdout has had enough; `main` ends the process. No OSError, which typer would answer by itself."""


def open_streams() -> None:
    """Have stdout and stderr take any text: also where they are closed, or know no more than ASCII."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - for the process's life
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


_terminated: list[int] = []


def heed_sigterm() -> None:
    """Have SIGTERM end the command as Ctrl-C does: what was begun is cleared away, and no worker is left."""
    _terminated.clear()
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _end)


def was_terminated() -> bool:
    """Tell whether SIGTERM has come."""
    return bool(_terminated)


def _end(number: int, _: Any) -> None:
    _terminated.append(number)
    raise KeyboardInterrupt
