"""Features of what varies over time: statistics of it, or all of its frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from skaudio.dsp import LONG_SERIES, STATISTICS, STREAMED_STATISTICS, Series, delta, summarise_parts, summarise_rows
from skaudio.extraction._step import Feature, Flow, MapFlow

_MOST_SORTED = 1 << 23  # numbers of a long clip that are in memory at a time for its median and percentiles


@dataclass(frozen=True)
class Statistics(Feature):
    """Statistics over time of the first `n_values` values of a series, and of their derivatives.

    A row runs statistic by statistic, within it derivative by derivative, within it value by value. The same bits come
    out for a value and a statistic whatever else is asked for.
    """

    labels: tuple[str, ...]  # of the values
    n_all: int  # values the series has
    statistics: tuple[str, ...]
    orders: tuple[int, ...]  # of derivatives, 0 for the values themselves

    @property
    def shape(self) -> tuple[int, ...]:
        """One row."""
        return (len(self.statistics) * len(self.orders) * len(self.labels),)

    def names(self) -> list[str]:
        """Return the names: of the value, the derivative and the statistic."""
        values = _value_names(self.labels, self.orders)
        return [f"{value}_{statistic}" for statistic in self.statistics for value in values]

    def start(self) -> Flow:
        """Begin with a clip."""
        return MapFlow(self._summary)

    def _summary(self, series: Series) -> np.ndarray:
        n_values = len(self.labels)
        result = np.empty((len(self.statistics), len(self.orders), n_values), np.float32)
        for k, order in enumerate(self.orders):
            if order == 0 and self.statistics == ("mean",):
                result[0, k] = series.mean[:n_values]
                continue
            if series.n_frames > LONG_SERIES:
                result[:, k] = self._summary_of_long(series.derivative(order) if order else series)
            else:
                rows = series.rows(0, n_values)
                if order:
                    rows = np.ascontiguousarray(delta(rows.T, order).T)
                result[:, k] = summarise_rows(rows, self.statistics)
            if order == 0 and "mean" in self.statistics:
                # The mean of the series replaces the one just computed, so that its bits do not depend on the other
                # statistics that are asked for.
                result[self.statistics.index("mean"), k] = series.mean[:n_values]
        return result.ravel()

    def _summary_of_long(self, series: Series) -> np.ndarray:
        """Return the statistics, of shape (n_statistics, n_values), of a series that is never whole in memory."""
        n_values = len(self.labels)
        result = np.empty((len(self.statistics), n_values), np.float32)
        is_streamed = np.array([name in STREAMED_STATISTICS for name in self.statistics])
        streamed = [name for name in self.statistics if name in STREAMED_STATISTICS]
        others = [name for name in self.statistics if name not in STREAMED_STATISTICS]
        if streamed:
            parts = series.map_parts(lambda part: part[:, :n_values]).parts
            result[is_streamed] = summarise_parts(parts, streamed)
        if others:
            step = max(1, _MOST_SORTED // series.n_frames)
            for start in range(0, n_values, step):
                stop = min(start + step, n_values)
                result[~is_streamed, start:stop] = summarise_rows(series.rows(start, stop), others)
        return result

    def parts(self) -> tuple[Feature, ...]:
        """Return all seven statistics of all values, an order a part, and each percentile that is asked for.

        They are what a search over statistics, values and derivatives may ask for next.
        """
        labels = tuple(f"{k}" for k in range(self.n_all))
        percentiles = [(name,) for name in self._percentiles()]
        return tuple(
            replace(self, labels=labels, statistics=statistics, orders=(order,))
            for order in self.orders
            for statistics in (STATISTICS, *percentiles)
        )

    def select(self, parts: Sequence[np.ndarray]) -> np.ndarray:
        """Return the rows of some clips."""
        n_clips, n_values = len(parts[0]), len(self.labels)
        percentiles = self._percentiles()
        n_parts = 1 + len(percentiles)  # of an order
        result = np.empty((n_clips, len(self.statistics), len(self.orders), n_values), np.float32)
        for k in range(len(self.orders)):
            all_seven = parts[k * n_parts].reshape(n_clips, len(STATISTICS), self.n_all)
            for i, name in enumerate(self.statistics):
                if name in STATISTICS:
                    values = all_seven[:, STATISTICS.index(name)]
                else:
                    values = parts[k * n_parts + 1 + percentiles.index(name)]
                result[:, i, k] = values[:, :n_values]
        return result.reshape(n_clips, -1)

    def _percentiles(self) -> list[str]:
        return [name for name in self.statistics if name not in STATISTICS]


@dataclass(frozen=True)
class Frames(Feature):
    """All frames of the first values of a series, and of their derivatives: all values, then all derivatives."""

    labels: tuple[str, ...]
    orders: tuple[int, ...]
    n_frames: int

    @property
    def shape(self) -> tuple[int, ...]:
        """A row a frame."""
        return (self.n_frames, len(self.orders) * len(self.labels))

    def names(self) -> list[str]:
        """Return the names: of the value and the derivative."""
        return _value_names(self.labels, self.orders)

    def start(self) -> Flow:
        """Begin with a clip."""
        return MapFlow(self._matrix)

    def _matrix(self, series: Series) -> np.ndarray:
        values = series.whole()[:, : len(self.labels)]
        return np.hstack([delta(values, order) if order else values for order in self.orders])


def _value_names(labels: Sequence[str], orders: Sequence[int]) -> list[str]:
    return [f"{label}_delta{order}" if order else label for order in orders for label in labels]


def numbered(name: str, n: int) -> tuple[str, ...]:
    """Return `n` labels of `name` and a number of at least two digits.

    Examples
    --------
    >>> numbered("mfcc", 2)
    ('mfcc_00', 'mfcc_01')
    """
    width = max(2, len(str(n - 1)))
    return tuple(f"{name}_{k:0{width}d}" for k in range(n))
