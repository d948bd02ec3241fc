"""The content of a sound file, on disk or in memory: read at any position, or as a file object."""

from __future__ import annotations

import io
import os
from typing import Any, BinaryIO


class Content:
    """Bytes, or a descriptor of the file they are in.

    Parameters
    ----------
    source : int or bytes
        Either of them. A descriptor is not closed, and where it stands does not matter.
    size : int
        How many bytes there are.
    """

    __slots__ = ("size", "source")

    def __init__(self, source: int | bytes, size: int) -> None:
        self.source = source
        self.size = size

    def read(self, position: int, n: int) -> bytes:
        """Return the `n` bytes from `position` on; fewer at the end."""
        if isinstance(self.source, bytes):
            return self.source[position : position + n]
        if hasattr(os, "pread"):
            return os.pread(self.source, n, position)
        os.lseek(self.source, position, os.SEEK_SET)
        return os.read(self.source, n)

    def part(self, start: int, end: int) -> Content:
        """Return the content from byte `start` to `end`; in memory, unless it is all of it."""
        if not start and end >= self.size:
            return self
        held = self.read(start, end - start)
        return Content(held, len(held))

    def descriptor(self) -> int | None:
        """Return the descriptor, at its start; None where the bytes are in memory."""
        if isinstance(self.source, bytes):
            return None
        os.lseek(self.source, 0, os.SEEK_SET)
        return self.source

    def file(self, *, endless: bool = False) -> BinaryIO:
        """Return a file object that stands at its start; an `endless` one claims to be far longer than it is."""
        if isinstance(self.source, bytes):
            return _EndlessBytes(self.source) if endless else io.BytesIO(self.source)
        self.descriptor()
        raw = io.FileIO(self.source, closefd=False)
        return _EndlessFile(raw) if endless else io.BufferedReader(raw)


class _Endless:
    """A file object whose bytes are read without a step in Python; only the question for the size is answered here.

    A position before the end is the true one, since tags stand there.
    """

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        above: Any = super()
        if whence != os.SEEK_END:
            return above.seek(offset, whence)
        size = above.seek(0, whence)
        return above.seek((size << 6) + (1 << 20) if offset >= 0 else max(0, size + offset))


class _EndlessBytes(_Endless, io.BytesIO):
    pass


class _EndlessFile(_Endless, io.BufferedReader):
    pass
