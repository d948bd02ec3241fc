"""What tests of the native kernel share: which kernel computes, noise, and its spectrum."""

import ctypes
import os

import numpy as np
import pytest

from skaudio.dsp._native import _library
from skaudio.extraction import LogMel, Spectra

NATIVE = isinstance(_library._library(), ctypes.CDLL)
built = pytest.mark.skipif(not NATIVE, reason=f"there is no native kernel: {_library._library()}")
WIDTHS = {"avx512": 16, "avx2": 8, "sse2": 4, "neon": 4}


def names_of_instructions():
    """Return the names of all instructions that this processor has."""
    widest = _library._library().skaudio_widest() if NATIVE else 0
    return [name for name, width in WIDTHS.items() if name in _library._WIDTHS and width <= widest]


def noise(n, seed=0, scale=0.5):
    return np.random.default_rng(seed).uniform(-scale, scale, n).astype(np.float32)


def with_environment(name, function):
    """Return what a function gives where the variable says `name`."""
    before = os.environ.get(_library.VARIABLE)
    os.environ[_library.VARIABLE] = name
    _library._width.cache_clear()
    try:
        return function()
    finally:
        _library._width.cache_clear()
        del os.environ[_library.VARIABLE]
        if before is not None:
            os.environ[_library.VARIABLE] = before


def spectrum_of(name, waveform, *, n_fft=2048, hop_length=512, center=True, top_db=80.0, **bands):
    """Return the log-mel spectrum that the step gives with a kernel."""
    spectra = Spectra.of_window(
        None, window="hann", win_length=None, n_fft=n_fft, hop_length=hop_length, center=center, dtype=np.float32
    )
    parameters = {"n_mels": 40, "fmin": 0.0, "fmax": None, "htk": False, "mel_norm": "slaney"} | bands
    step = LogMel(spectra, 22050.0, n_fft, **parameters, power=2.0, top_db=top_db, kernel=name)
    pieces = waveform if isinstance(waveform, list) else [waveform]
    flows = [step.start()] if step.takes is None else [spectra.start(), step.start()]
    blocks = pieces
    for flow in flows:
        blocks = [given for block in blocks for given in map(np.copy, flow.add(block))] + list(
            flow.end() if flow is flows[-1] else map(np.copy, flow.end())
        )
    (series,) = blocks
    return series.whole()
