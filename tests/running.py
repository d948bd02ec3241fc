"""The command as a user runs it: a process of its own."""

import os
import subprocess
import sys


def skaudio_command(*arguments, cwd=None):
    # Wide, so that no table folds a name in two.
    return subprocess.run(
        [sys.executable, "-m", "skaudio.cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        cwd=cwd,
        env={**os.environ, "COLUMNS": "250", "PYTHONIOENCODING": "utf-8"},
    )
