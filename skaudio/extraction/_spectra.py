"""The steps from samples to spectra."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from skaudio.dsp import SpectraStream, padded_window
from skaudio.extraction._step import Flow, Step


@dataclass(frozen=True)
class Padded(Step):
    """The waveform cut or padded with silence to `n_samples`; gives it in one piece."""

    n_samples: int

    def start(self) -> Flow:
        """Begin with a clip."""
        return _Padding(self.n_samples)


class _Padding(Flow):
    def __init__(self, n_samples: int) -> None:
        self._n_left = n_samples
        self._pieces: list[np.ndarray] = []

    def add(self, block: np.ndarray) -> Iterable[np.ndarray]:
        self._pieces.append(block[: self._n_left])
        self._n_left -= len(self._pieces[-1])
        return ()

    def end(self) -> Iterable[np.ndarray]:
        yield np.concatenate([*self._pieces, np.zeros(self._n_left, np.float32)])


@dataclass(frozen=True)
class Spectra(Step):
    """Power spectra of frames; gives groups of shape (n, 1 + n_fft // 2) that are overwritten by the next one."""

    taper: bytes  # the window, as numbers of `dtype`
    hop_length: int
    center: bool
    dtype: str

    @classmethod
    def of_window(
        cls,
        of: Step | None,
        *,
        window: Any,
        win_length: int | None,
        n_fft: int,
        hop_length: int,
        center: bool,
        dtype: Any,
    ) -> Spectra:
        """Return the step for a window as `skaudio.dsp.padded_window` takes it, and a precision."""
        taper = padded_window(window, win_length, n_fft).astype(dtype)
        return cls(of, taper.tobytes(), int(hop_length), bool(center), taper.dtype.name)

    def start(self) -> Flow:
        """Begin with a clip."""
        taper = np.frombuffer(self.taper, self.dtype)
        return SpectraStream(taper, hop_length=self.hop_length, center=self.center)
