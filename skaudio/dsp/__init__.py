"""Pure functions from samples to features: arrays in, arrays out.

Arrays of frames have shape (n_frames, n_values): time runs down the rows. No threaded BLAS is called, because its
sums differ in their last bits with the number of threads; the same samples give the same bits everywhere.
"""

from skaudio.dsp._cepstrum import cepstrum, delta, delta_weights, derivatives
from skaudio.dsp._chroma import chroma, chroma_filters
from skaudio.dsp._contrast import contrast, contrast_levels, octaves
from skaudio.dsp._descriptors import (
    bandwidth,
    centroid,
    flatness,
    frequencies,
    rms,
    rolloff,
    zero_crossing_rate,
)
from skaudio.dsp._filters import mel_filters, mel_frequencies, mel_matrix
from skaudio.dsp._frames import n_frames, padded_window
from skaudio.dsp._framing import FrameStream
from skaudio.dsp._kept_parts import KeptParts
from skaudio.dsp._landmarks import LANDMARK_RATE, LANDMARK_STEP, landmarks
from skaudio.dsp._mel import decibels, log_mel, mel_power, spectrum_dtype
from skaudio.dsp._modulation import log_energies, modulation_energies
from skaudio.dsp._native import (
    FileLevels,
    can_compute_log_mel,
    can_halve,
    describe_kernel,
    halve,
    kernel,
    native_log_mel,
    native_log_mel_of_files,
)
from skaudio.dsp._series import LONG_SERIES, Series
from skaudio.dsp._spectra import SpectraStream, fft_fingerprint
from skaudio.dsp._statistics import (
    STATISTICS,
    STREAMED_STATISTICS,
    is_statistic,
    summarise,
    summarise_parts,
    summarise_rows,
)

__all__ = [
    "FileLevels",
    "FrameStream",
    "KeptParts",
    "LANDMARK_RATE",
    "LANDMARK_STEP",
    "LONG_SERIES",
    "STATISTICS",
    "STREAMED_STATISTICS",
    "Series",
    "SpectraStream",
    "bandwidth",
    "can_compute_log_mel",
    "can_halve",
    "centroid",
    "cepstrum",
    "chroma",
    "chroma_filters",
    "contrast",
    "contrast_levels",
    "decibels",
    "delta",
    "delta_weights",
    "derivatives",
    "describe_kernel",
    "fft_fingerprint",
    "flatness",
    "frequencies",
    "halve",
    "is_statistic",
    "kernel",
    "landmarks",
    "log_energies",
    "log_mel",
    "mel_filters",
    "mel_frequencies",
    "mel_matrix",
    "mel_power",
    "modulation_energies",
    "n_frames",
    "native_log_mel",
    "native_log_mel_of_files",
    "octaves",
    "padded_window",
    "rms",
    "rolloff",
    "spectrum_dtype",
    "summarise",
    "summarise_parts",
    "summarise_rows",
    "zero_crossing_rate",
]
