"""What answers which points are near: one protocol, and the exact search in memory that needs nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

_ROWS = 4096  # whose squares are in memory at a time


class VectorEngine(Protocol):
    """An engine that keeps points, and finds those nearest to one. Whatever has these three methods is one."""

    def add(self, ids: np.ndarray, points: np.ndarray, payloads: Sequence[dict[str, Any]]) -> None:
        """Add points, or replace those of the same ids.

        Parameters
        ----------
        ids : ndarray of shape (n,), int64
            The sounds' ids.
        points : ndarray of shape (n, n_values), float32
            Of unit length.
        payloads : sequence of dict
            What the catalogue says of each: ``path``, ``start`` and ``end``.
        """

    def remove(self, ids: np.ndarray) -> None:
        """Remove points; an id that is not there is no error.

        Parameters
        ----------
        ids : ndarray of shape (n,), int64
            The sounds' ids.
        """

    # An engine may also have the methods `count`, which returns the number of its points, and `clear`. The library then
    # notices if this is not the number of points that it has added, and fills the engine anew.

    def query(self, point: np.ndarray, k: int, ids: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Find the points nearest to one.

        Parameters
        ----------
        point : ndarray of shape (n_values,), float32
            Of unit length.
        k : int
            How many to find, at most.
        ids : ndarray of int64, or None
            Find only some of these.

        Returns
        -------
        ids : ndarray of shape (n,), int64
            The nearest first.
        similarities : ndarray of shape (n,), float32
            Cosines.
        """


class ExactEngine:
    """Exact search in memory: every point is compared, which is quick to a million.

    Parameters
    ----------
    ids : ndarray of shape (n,), int64
        In ascending order.
    points : ndarray of shape (n, n_values), float32
        Of unit length.
    """

    def __init__(self, ids: np.ndarray, points: np.ndarray) -> None:
        self.ids = ids
        self.points = points

    def add(self, ids: np.ndarray, points: np.ndarray, payloads: Sequence[dict[str, Any]]) -> None:
        """Add points, or replace those of the same ids."""
        kept = ~np.isin(self.ids, ids)
        all_ids, all_points = np.r_[self.ids[kept], ids], np.concatenate([self.points[kept], points])
        order = np.argsort(all_ids)
        self.ids, self.points = all_ids[order], all_points[order]

    def remove(self, ids: np.ndarray) -> None:
        """Remove points."""
        kept = ~np.isin(self.ids, ids)
        self.ids, self.points = self.ids[kept], self.points[kept]

    def query(self, point: np.ndarray, k: int, ids: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Find the points nearest to one."""
        return self.nearest(self.points @ point, k, ids)

    def query_weighted(
        self, point: np.ndarray, factors: np.ndarray, k: int, ids: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Find the points nearest to one where each value counts as much as its factor says."""
        squares = factors**2
        parts = [self.points[start : start + _ROWS] for start in range(0, len(self.points), _ROWS)]
        lengths = np.sqrt(np.concatenate([part**2 @ squares for part in parts]) * (point**2 @ squares))
        products = self.points @ (point * squares)
        return self.nearest(np.divide(products, lengths, out=np.zeros_like(products), where=lengths > 0), k, ids)

    def nearest(self, similarities: np.ndarray, k: int, ids: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
        """Return the `k` largest of similarities and their ids, the smaller id first where they are equal."""
        among = np.arange(len(self.ids)) if ids is None else np.flatnonzero(np.isin(self.ids, ids))
        k = min(k, len(among))
        if not k:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        values = similarities[among]
        if k < len(values):
            least = np.partition(values, len(values) - k)[len(values) - k]
            among, values = among[values >= least], values[values >= least]
        order = np.lexsort((among, -values))[:k]
        return self.ids[among[order]], np.minimum(values[order], np.float32(1))
