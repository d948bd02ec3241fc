"""The step from spectra to the mel spectrogram."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from skaudio.dsp import (
    LONG_SERIES,
    FrameStream,
    KeptParts,
    Series,
    can_compute_log_mel,
    decibels,
    mel_power,
    n_frames,
    native_log_mel,
)
from skaudio.extraction._spectra import Spectra
from skaudio.extraction._step import TOO_LOUD, Flow, Step

_AT_ONCE = 4096  # frames


@dataclass(frozen=True)
class LogMel(Step):
    """The mel spectrogram in decibels; gives it at the end, as one `skaudio.dsp.Series`.

    The native kernel computes the spectra along with the bands. The step `of` is then not run: it only says which
    spectra are meant, and the blocks come from the step before it.
    """

    of: Spectra
    sample_rate: float
    n_fft: int
    n_mels: int
    fmin: float
    fmax: float | None
    htk: bool
    mel_norm: str | float | None
    power: float
    top_db: float | None
    kernel: str = "numpy"  # or "native", wherever the step works

    @property
    def takes(self) -> Step | None:
        """The spectra, or what they are of."""
        return self.of.of if self.is_native else self.of

    @property
    def takes_quick(self) -> bool:
        """Whether the native kernel may resample the waveform: its rounding errors do not show in mel bands."""
        return self.is_native

    @property
    def is_native(self) -> bool:
        """Whether the native kernel computes it."""
        return self.kernel == "native" and can_compute_log_mel(self.n_fft, self.of.dtype, self.power)

    def start(self) -> Flow:
        """Begin with a clip."""
        return _NativeBands(self) if self.is_native else _Bands(self)

    def bands(self) -> dict[str, Any]:
        """Return the parameters of the filters."""
        return {
            name: getattr(self, name) for name in ("sample_rate", "n_fft", "n_mels", "fmin", "fmax", "htk", "mel_norm")
        }


class _Levels(Flow):
    """Decibels that are kept until all are there."""

    def __init__(self, top_db: float | None) -> None:
        self._top_db = top_db
        self._parts = KeptParts()
        self._highest = -np.float32(np.inf)

    def _keep(self, group: np.ndarray) -> None:
        highest = group.max()
        if not np.isfinite(highest):  # which a median would not show
            raise ValueError(TOO_LOUD)
        self._parts.append(group)
        self._highest = max(self._highest, highest)

    def end(self) -> Iterable[Series]:
        series = Series(self._parts, self._parts.n_frames)
        if self._top_db is None:
            yield series
            return
        lowest = self._highest - np.float32(self._top_db)
        if series.n_frames > LONG_SERIES:
            yield series.floored(lowest)
            return
        parts = list(self._parts)  # one, which may have been read back from a file, and which nobody else has seen
        for part in parts:
            np.maximum(part, lowest, out=part)
        yield Series(parts, series.n_frames)


class _Bands(_Levels):
    """Of spectra, by NumPy."""

    def __init__(self, step: LogMel) -> None:
        super().__init__(step.top_db)
        self._power, self._bands = step.power, step.bands()

    def add(self, block: np.ndarray) -> Iterable[Series]:
        self._keep(decibels(mel_power(block, power=self._power, **self._bands)))
        return ()


class _NativeBands(_Levels):
    """Of the waveform, by the native kernel: most clips come in one piece, whose frames need no copy."""

    def __init__(self, step: LogMel) -> None:
        super().__init__(step.top_db)
        sys.audit("skaudio.spectra", step.n_fft, step.of.hop_length)
        self._n_fft, self._hop_length, self._center = step.n_fft, step.of.hop_length, step.of.center
        self._taper, self._bands = step.of.taper, step.bands()
        self._whole: np.ndarray | None = None
        self._frames: FrameStream | None = None

    def add(self, block: np.ndarray) -> Iterable[Series]:
        if self._frames is None and self._whole is None:
            self._whole = block
            return ()
        if self._frames is None:
            self._frames = FrameStream(self._n_fft, hop_length=self._hop_length, center=self._center)
            assert self._whole is not None
            self._keep_groups(self._frames.add(self._whole))
        self._keep_groups(self._frames.add(block))
        return ()

    def end(self) -> Iterable[Series]:
        if self._frames is not None:
            self._keep_groups(self._frames.end())
        else:
            whole = np.empty(0, np.float32) if self._whole is None else self._whole
            n = n_frames(len(whole), n_fft=self._n_fft, hop_length=self._hop_length, center=self._center)
            first = -(self._n_fft // 2) if self._center else 0
            for start in range(0, n, _AT_ONCE):
                n_now = min(_AT_ONCE, n - start)
                self._keep_frames(whole, first + start * self._hop_length, n_now)
        return super().end()

    def _keep_groups(self, groups: Iterable[np.ndarray]) -> None:
        for frames in groups:
            n = (len(frames) - 1) * self._hop_length + self._n_fft
            samples = np.lib.stride_tricks.as_strided(frames, (n,), frames.strides[1:])  # they overlap in memory
            self._keep_frames(samples, 0, len(frames))

    def _keep_frames(self, samples: np.ndarray, first: int, n: int) -> None:
        levels = native_log_mel(
            samples, taper=self._taper, first=first, hop_length=self._hop_length, n_frames=n, **self._bands
        )
        self._keep(levels)
