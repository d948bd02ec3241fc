"""Files that are whole or not there at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[str]:
    """Give a name to write to; what is written there replaces `path` in one step, if nothing goes wrong."""
    folder, name = os.path.split(os.path.abspath(path))
    with tempfile.TemporaryDirectory(prefix=".skaudio-", dir=folder) as temporary:
        written = os.path.join(temporary, name)
        yield written
        os.replace(written, path)


def check_output(path: str | os.PathLike[str]) -> None:
    """Raise, before the work, where a file could not be written to `path` after it."""
    path = Path(path)
    if path.is_dir():
        raise IsADirectoryError(f"{str(path)!r} is a folder; the name of a file to write is expected")
    if not path.absolute().parent.is_dir():
        raise FileNotFoundError(f"there is no folder {str(path.parent)!r} to write {path.name!r} to")
    if not os.access(path.absolute().parent, os.W_OK):
        raise PermissionError(f"{str(path.parent)!r} cannot be written to")
