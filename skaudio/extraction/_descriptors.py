"""The steps from spectra, or from frames of samples, to descriptors of each frame."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

import numpy as np

from skaudio import dsp
from skaudio.dsp import FrameStream, KeptParts, Series
from skaudio.extraction._step import Flow, MapFlow, Step


@dataclass(frozen=True)
class Magnitudes(Step):
    """The roots of power spectra; gives a group for each group."""

    def start(self) -> Flow:
        """Begin with a clip."""
        return MapFlow(np.sqrt)


@dataclass(frozen=True)
class Samples(Step):
    """Frames of samples, neither weighed nor transformed; gives groups of shape (n, n_fft), views."""

    n_fft: int
    hop_length: int
    center: bool
    edge: bool  # whether the first and the last sample go on around the waveform, and not silence

    def start(self) -> Flow:
        """Begin with a clip."""
        return FrameStream(self.n_fft, hop_length=self.hop_length, center=self.center, edge=self.edge)


@dataclass(frozen=True)
class FrameValues(Step):
    """A function of `skaudio.dsp` of each group of frames; gives all its values at the end, as one `Series`."""

    function: str
    arguments: tuple[tuple[str, float], ...] = ()

    def start(self) -> Flow:
        """Begin with a clip."""
        return _Collecting(partial(getattr(dsp, self.function), **dict(self.arguments)))


class _Collecting(Flow):
    def __init__(self, function: partial[np.ndarray]) -> None:
        self._function = function
        self._parts = KeptParts()

    def add(self, block: np.ndarray) -> Iterable[Series]:
        self._parts.append(self._function(block))
        return ()

    def end(self) -> Iterable[Series]:
        yield Series(self._parts, self._parts.n_frames)


@dataclass(frozen=True)
class Contrast(Step):
    """The contrast of octave bands, of the series of their levels."""

    def start(self) -> Flow:
        """Begin with a clip."""
        return MapFlow(_contrast)


def _contrast(levels: Series) -> Series:
    most = np.max([part.max(axis=0) for part in levels.parts], axis=0)
    n = len(most) // 2
    loudest = float(most[:n].max()), float(most[n:].max())
    return levels.map_parts(partial(dsp.contrast, loudest=loudest))
