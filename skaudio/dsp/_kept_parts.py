"""`KeptParts`: arrays that are kept for later, those of very long clips in a temporary file."""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Iterable, Iterator
from typing import IO, NamedTuple

import numpy as np

_MOST_HELD = 1 << 25  # bytes in memory: 128 mel bands of twenty minutes
_PART = 4096  # frames, 16 groups of them


class _Place(NamedTuple):
    """Where in the file an array is."""

    position: int
    shape: tuple[int, ...]


class KeptParts(Iterable[np.ndarray]):
    """Groups of frames in their order, joined to parts of 4096 frames, to be gone through several times.

    A clip of at most 4096 frames is one part. Groups may have 256 frames each or 4096, and only the last one fewer: the
    parts are the same, and so are sums over them.

    Parameters
    ----------
    most_held : int, default=33554432
        Bytes that are kept in memory. What is more goes to a temporary file; where there is no room for it, to memory.

    Examples
    --------
    >>> import numpy as np
    >>> kept = KeptParts(most_held=20)
    >>> for k in range(3):
    ...     kept.append(np.full((1, 2), k, np.float32))
    >>> [part.tolist() for part in kept], kept.n_frames
    ([[[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]]], 3)
    """

    def __init__(self, most_held: int = _MOST_HELD) -> None:
        self.n_frames = 0
        self._groups: list[np.ndarray] = []
        self._parts: list[np.ndarray | _Place] = []
        self._n_left = most_held
        self._file: IO[bytes] | None = None

    def append(self, group: np.ndarray) -> None:
        """Keep an array of shape (n, n_values), float32, which is not to be changed any more."""
        self.n_frames += len(group)
        self._groups.append(group)
        if self.n_frames % _PART == 0:
            self._join()

    def _join(self) -> None:
        if not self._groups:
            return
        part = self._groups[0] if len(self._groups) == 1 else np.concatenate(self._groups)
        self._groups.clear()
        self._n_left -= part.nbytes
        place = self._write(part) if self._n_left < 0 else None
        self._parts.append(part if place is None else place)

    def _write(self, part: np.ndarray) -> _Place | None:
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(prefix="skaudio-", buffering=0)  # noqa: SIM115 - it lives as long as this
                weakref.finalize(self, self._file.close)
            position = self._file.seek(0, 2)
            if self._file.write(part.tobytes()) < part.nbytes:
                return None
        except OSError:
            return None
        return _Place(position, part.shape)

    def __iter__(self) -> Iterator[np.ndarray]:
        self._join()
        for part in self._parts:
            yield self._read(part) if isinstance(part, _Place) else part

    def _read(self, place: _Place) -> np.ndarray:
        assert self._file is not None
        part = np.empty(place.shape, np.float32)
        self._file.seek(place.position)
        view = memoryview(part).cast("B")
        while view:
            n = self._file.readinto(view)  # type: ignore[attr-defined]
            if not n:
                raise OSError("the temporary file of a long clip's features was cut")
            view = view[n:]
        return part
