"""Features of how fast values rise and fall."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from skaudio.dsp import Series, log_energies, modulation_energies
from skaudio.extraction._step import Feature, Flow, MapFlow

_MOST_TRANSFORMED = 1 << 23  # numbers at a time: of a long clip there is no room for all


@dataclass(frozen=True)
class Modulation(Feature):
    """The energy of each value's modulation in bands of its frequency, in decibels; a row runs band by band."""

    labels: tuple[str, ...]  # of the values
    frame_rate: float
    bands: tuple[float, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """One row."""
        return (len(self.bands) * len(self.labels),)

    def names(self) -> list[str]:
        """Return the names: of the value and the lower edge of the band in Hz."""
        return [f"{label}_mod{edge:g}" for edge in self.bands for label in self.labels]

    def start(self) -> Flow:
        """Begin with a clip."""
        return MapFlow(self._energies)

    def _energies(self, series: Series) -> np.ndarray:
        n_values = len(self.labels)
        result = np.empty((len(self.bands), n_values), np.float32)
        step = max(1, _MOST_TRANSFORMED // series.n_frames)
        for start in range(0, n_values, step):
            rows = series.rows(start, min(start + step, n_values))
            energies = modulation_energies(rows, frame_rate=self.frame_rate, bands=self.bands)
            result[:, start : start + step] = log_energies(energies)
        return result.ravel()
