"""What a process is given: stdout and stderr, also where they are closed or narrow."""

from __future__ import annotations

import os
import sys


class ReaderGoneError(Exception):
    """The reader of stdout has closed it; `main` ends the process. No OSError, since typer would handle one itself."""


def open_streams() -> None:
    """Have stdout and stderr take any text: also where they are closed, or know no more than ASCII."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - for the process's life
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
