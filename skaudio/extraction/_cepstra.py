"""The step from the mel spectrogram to cepstral coefficients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from skaudio.dsp import Series, cepstrum
from skaudio.extraction._step import Flow, MapFlow, Step


@dataclass(frozen=True)
class Cepstra(Step):
    """The cosine transform of each frame of a mel spectrogram; turns a series into one of as many coefficients."""

    dct_type: int
    norm: str | None
    lifter: float

    def start(self) -> Flow:
        """Begin with a clip."""
        return MapFlow(self._of_series)

    def _of_series(self, series: Series) -> Series:
        return series.map_linear(self._of_frames)

    def _of_frames(self, frames: np.ndarray) -> np.ndarray:
        return cepstrum(frames, frames.shape[1], dct_type=self.dct_type, norm=self.norm, lifter=self.lifter)
