"""Points in a graph that is searched approximately: for a million of them and more on one machine."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import numpy as np


class UsearchEngine:
    """Points in an index of USearch: quick and not exact, for millions of sounds on one machine.

    Parameters
    ----------
    path : str or PathLike
        The index's file; it is made where there is none, and written after each change.

    Examples
    --------
    >>> from skaudio.library import SoundLibrary, UsearchEngine
    >>> library = SoundLibrary("sounds.library", engine=UsearchEngine("sounds.usearch"))  # doctest: +SKIP
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.path.abspath(os.fspath(path))
        self._index: Any = None
        self._state: tuple[int, int] | None = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.path!r})"

    def __getstate__(self) -> dict[str, Any]:
        return {"path": self.path, "_index": None, "_state": None}

    def add(self, ids: np.ndarray, points: np.ndarray, payloads: Sequence[dict[str, Any]]) -> None:
        """Add points, or replace those of the same ids."""
        index = self._opened(points.shape[1])
        index.remove(np.asarray(ids, np.uint64))
        index.add(np.asarray(ids, np.uint64), np.asarray(points, np.float32))
        self._save()

    def remove(self, ids: np.ndarray) -> None:
        """Remove points, as `VectorEngine.remove`."""
        index = self._opened(None)
        if index is not None and len(ids):
            index.remove(np.asarray(ids, np.uint64))
            self._save()

    def count(self) -> int:
        """Return how many points there are."""
        index = self._opened(None)
        return 0 if index is None else len(index)

    def clear(self) -> None:
        """Remove all points."""
        with suppress(FileNotFoundError):
            os.remove(self.path)
        self._index = None

    def query(self, point: np.ndarray, k: int, ids: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Find points near one, as `VectorEngine.query`: most of the nearest, as a rule all."""
        index = self._opened(None)
        if index is None or not len(index):
            return np.empty(0, np.int64), np.empty(0, np.float32)
        n = min(k if ids is None else 4 * k, len(index))
        while True:
            matches = index.search(np.asarray(point, np.float32), n)
            keys = np.asarray(matches.keys).astype(np.int64)
            similarities = 1 - np.asarray(matches.distances, np.float32)
            if ids is not None:
                kept = np.isin(keys, ids)
                keys, similarities = keys[kept], similarities[kept]
            if len(keys) >= k or n == len(index):
                return keys[:k], similarities[:k]
            n = min(4 * n, len(index))

    def _opened(self, n_values: int | None) -> Any:
        from usearch.index import Index

        state = _state(self.path)
        if state is None:
            if self._state is not None:  # it was deleted
                self._index = self._state = None
            if self._index is None and n_values is not None:
                self._index = Index(ndim=n_values, metric="ip", dtype="f32")
        elif state != self._state:  # another process has written it
            self._index, self._state = Index.restore(self.path), state
        return self._index

    def _save(self) -> None:
        from skaudio._writing import replacing

        with replacing(self.path) as name:
            self._index.save(name)
        self._state = _state(self.path)


def _state(path: str) -> tuple[int, int] | None:
    """Return what changes where a file does; None where there is none."""
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_mtime_ns
