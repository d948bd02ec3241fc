"""The step from spectra to the mel spectrogram."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from skaudio.dsp import KeptParts, Series, decibels, mel_power
from skaudio.extraction._step import Flow, Step

_PART_GROUPS = 16  # groups of frames that are joined to a part of a long spectrogram


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
        self._groups: list[np.ndarray] = []
        self._parts = KeptParts()
        self._n_frames = 0
        self._highest = -np.float32(np.inf)

    def add(self, block: np.ndarray) -> Iterable[Series]:
        self._groups.append(mel_power(block, **self._bands))
        if len(self._groups) == _PART_GROUPS:
            self._join()
        return ()

    def end(self) -> Iterable[Series]:
        self._join()
        series = Series(self._parts, self._n_frames)
        yield series if self._top_db is None else series.floored(self._highest - np.float32(self._top_db))

    def _join(self) -> None:
        if self._groups:
            groups = self._groups[0] if len(self._groups) == 1 else np.concatenate(self._groups)
            part = decibels(groups)
            self._parts.append(part)
            self._n_frames += len(part)
            self._highest = max(self._highest, part.max())
            self._groups.clear()
