"""`Series`: values of a clip over time, in parts, so that a long clip needs no memory for all at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property, partial

import numpy as np

from skaudio.dsp._cepstrum import derivatives

LONG_SERIES = 4096  # frames
"""Of a longer series, values that follow from others are computed each time they are asked for, and not kept."""


class Series:
    """Frames of values.

    Parameters
    ----------
    parts : iterable of ndarray of shape (n, n_values), float32
        The frames in their order, to be gone through several times. They are not to be changed: several features may
        read them.
    n_frames : int or None, default=None
        How many frames there are; None to count them.

    Examples
    --------
    >>> import numpy as np
    >>> series = Series([np.ones((3, 2), np.float32), np.zeros((1, 2), np.float32)])
    >>> series.n_frames, series.mean
    (4, array([0.75, 0.75]))
    """

    def __init__(self, parts: Iterable[np.ndarray], n_frames: int | None = None) -> None:
        self._parts = parts
        self.n_frames = sum(map(len, parts)) if n_frames is None else n_frames

    @property
    def parts(self) -> Iterable[np.ndarray]:
        """The frames in their order."""
        return self._parts

    @cached_property
    def mean(self) -> np.ndarray:
        """The mean over time, float64, of shape (n_values,)."""
        total = sum(np.add.reduce(part, axis=0, dtype=np.float64) for part in self.parts)
        return np.asarray(total) / self.n_frames

    def rows(self, start: int, stop: int) -> np.ndarray:
        """Return the values from `start` to `stop`, one row each, of shape (stop - start, n_frames), float32."""
        # Each block is a copy: a view would keep its whole part in memory until the last part is made.
        return np.concatenate([np.ascontiguousarray(part[:, start:stop].T) for part in self.parts], axis=1)

    def whole(self) -> np.ndarray:
        """Return all frames in one array of shape (n_frames, n_values)."""
        parts = list(self.parts)
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def map_linear(self, linear: Callable[[np.ndarray], np.ndarray]) -> Series:
        """Return the series whose frames are a linear map of these.

        Parameters
        ----------
        linear : callable
            From frames of shape (n, n_values) to as many others.

        Returns
        -------
        Series
            Its mean is the map of the mean, and its frames are computed only where more than the mean is wanted.
        """
        return _Mapped(self, linear)

    def map_parts(self, function: Callable[[np.ndarray], np.ndarray]) -> Series:
        """Return the series whose parts are a function of these; of a long one computed each time they are wanted."""
        parts = _Recomputed(lambda: map(function, self.parts))
        return Series(parts if self.n_frames > LONG_SERIES else list(parts), self.n_frames)

    def derivative(self, order: int) -> Series:
        """Return the series of what `delta` makes of all frames; computed each time they are wanted."""
        return Series(_Recomputed(lambda: derivatives(self.parts, order)), self.n_frames)

    def floored(self, lowest: np.floating) -> Series:
        """Return the series in which nothing is below `lowest`."""
        return self.map_parts(partial(np.maximum, lowest))


class _Mapped(Series):
    def __init__(self, source: Series, linear: Callable[[np.ndarray], np.ndarray]) -> None:
        self._source = source
        self._linear = linear
        self.n_frames = source.n_frames

    @cached_property
    def parts(self) -> Iterable[np.ndarray]:
        parts = _Recomputed(lambda: map(self._linear, self._source.parts))
        return parts if self.n_frames > LONG_SERIES else list(parts)

    @cached_property
    def mean(self) -> np.ndarray:
        return self._linear(self._source.mean[None])[0]


class _Recomputed(Iterable[np.ndarray]):
    """Arrays that are made anew each time they are gone through."""

    def __init__(self, make: Callable[[], Iterator[np.ndarray]]) -> None:
        self._make = make

    def __iter__(self) -> Iterator[np.ndarray]:
        return self._make()
