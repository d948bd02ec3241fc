"""The content of a sound file, on disk or in memory: read at any position, or as a file object."""

from __future__ import annotations

import io
import os
from typing import Any, BinaryIO

_FARTHEST = 1 << 42  # bytes; file systems refuse to go further


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
        """Return the `n` bytes from `position` on; fewer at the end, and none where nothing is."""
        if not 0 <= position < self.size:
            return b""
        if isinstance(self.source, bytes):
            return self.source[position : position + n]
        if hasattr(os, "pread"):
            return os.pread(self.source, n, position)
        os.lseek(self.source, position, os.SEEK_SET)
        return os.read(self.source, n)

    def view(self, position: int, n: int) -> memoryview:
        """Return what `read` does, without a copy of what is in memory."""
        if isinstance(self.source, bytes) and position >= 0:
            return memoryview(self.source)[position : position + n]
        return memoryview(self.read(position, n))

    def part(self, start: int, end: int) -> Content:
        """Return the content from byte `start` to `end`; in memory, unless it is all of it."""
        if not start and end >= self.size:
            return self
        held = self.read(start, end - start)
        return Content(held, len(held))

    def file(self, *, endless: bool = False) -> BinaryIO:
        """Return a file object that stands at its start; an `endless` one claims to be far longer than it is.

        A decoder is given nothing else, so that a path and its bytes are read in one way.
        """
        if isinstance(self.source, bytes):
            return _EndlessBytes(self.source) if endless else _Bytes(self.source)
        os.lseek(self.source, 0, os.SEEK_SET)
        raw = io.FileIO(self.source, closefd=False)
        return _EndlessFile(raw) if endless else _File(raw)


class _Steady:
    """A file object on which a seek to where nothing is goes to the end: the headers of damaged files ask for such."""

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        above: Any = super()
        base = 0 if whence == os.SEEK_SET else above.tell() if whence == os.SEEK_CUR else above.seek(0, os.SEEK_END)
        position = base + offset
        return above.seek(position) if 0 <= position < _FARTHEST else above.seek(0, os.SEEK_END)


class _Bytes(_Steady, io.BytesIO):
    pass


class _File(_Steady, io.BufferedReader):
    pass


class _Endless(_Steady):
    """A file object that claims to be far longer than it is, and reads its bytes without Python code of ours.

    A seek to the end goes to a false end far beyond the true one. A seek to a place before the end, where decoders look
    for tags, counts from the true end.
    """

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        if whence != os.SEEK_END:
            return super().seek(offset, whence)
        size = super().seek(0, whence)
        return super().seek((size << 6) + (1 << 20) if offset >= 0 else max(0, size + offset))


class _EndlessBytes(_Endless, io.BytesIO):
    pass


class _EndlessFile(_Endless, io.BufferedReader):
    pass
