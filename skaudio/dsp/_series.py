"""`Series`: values of a clip over time, in parts, so that a long clip needs no memory for all at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np


class Series:
    """Frames of values.

    Parameters
    ----------
    parts : sequence of ndarray of shape (n, n_values), float32
        The frames in their order. They are not to be changed: several features may read them.

    Examples
    --------
    >>> import numpy as np
    >>> series = Series([np.ones((3, 2), np.float32), np.zeros((1, 2), np.float32)])
    >>> series.n_frames, series.mean
    (4, array([0.75, 0.75]))
    """

    def __init__(self, parts: Sequence[np.ndarray]) -> None:
        self._parts = parts
        self.n_frames = sum(map(len, parts))

    @property
    def parts(self) -> Sequence[np.ndarray]:
        """The frames in their order."""
        return self._parts

    @cached_property
    def mean(self) -> np.ndarray:
        """The mean over time, float64, of shape (n_values,)."""
        total = sum(np.add.reduce(part, axis=0, dtype=np.float64) for part in self.parts)
        return np.asarray(total) / self.n_frames

    def rows(self, start: int, stop: int) -> np.ndarray:
        """Return the values from `start` to `stop`, one row each, of shape (stop - start, n_frames), float32."""
        return np.ascontiguousarray(np.concatenate([part[:, start:stop] for part in self.parts]).T)

    def whole(self) -> np.ndarray:
        """Return all frames in one array of shape (n_frames, n_values)."""
        return self.parts[0] if len(self.parts) == 1 else np.concatenate(self.parts)

    def mapped(self, linear: Callable[[np.ndarray], np.ndarray]) -> Series:
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


class _Mapped(Series):
    def __init__(self, source: Series, linear: Callable[[np.ndarray], np.ndarray]) -> None:
        self._source = source
        self._linear = linear
        self.n_frames = source.n_frames

    @cached_property
    def parts(self) -> Sequence[np.ndarray]:
        return [self._linear(part) for part in self._source.parts]

    @cached_property
    def mean(self) -> np.ndarray:
        return self._linear(self._source.mean[None])[0]
