"""`beside`: files that are whole or not there at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def beside(path: str | os.PathLike[str]) -> Iterator[str]:
    """Give a name to write to; what is written there replaces `path` in one step, if nothing goes wrong."""
    folder, name = os.path.split(os.path.abspath(path))
    with tempfile.TemporaryDirectory(prefix=".skaudio-", dir=folder) as temporary:
        written = os.path.join(temporary, name)
        yield written
        os.replace(written, path)
