"""The step from spectra to the mel spectrogram."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from skaudio.dsp import KeptParts, Series, decibels, mel_power
from skaudio.extraction._step import Flow, Step


@dataclass(frozen=True)
class LogMel(Step):
    """The mel spectrogram in decibels; gives it at the end, as one `skaudio.dsp.Series`."""

    sample_rate: float
    n_fft: int
    n_mels: int
    fmin: float
    fmax: float | None
    htk: bool
    mel_norm: str | float | None
    power: float
    top_db: float | None

    def start(self) -> Flow:
        """Begin with a clip."""
        return _Bands(self)


class _Bands(Flow):
    def __init__(self, step: LogMel) -> None:
        self._top_db = step.top_db
        self._bands = {
            name: getattr(step, name)
            for name in ("sample_rate", "n_fft", "n_mels", "fmin", "fmax", "htk", "mel_norm", "power")
        }
        self._parts = KeptParts()
        self._highest = -np.float32(np.inf)

    def add(self, block: np.ndarray) -> Iterable[Series]:
        group = decibels(mel_power(block, **self._bands))
        self._parts.append(group)
        self._highest = max(self._highest, group.max())
        return ()

    def end(self) -> Iterable[Series]:
        series = Series(self._parts, self._parts.n_frames)
        yield series if self._top_db is None else series.floored(self._highest - np.float32(self._top_db))
