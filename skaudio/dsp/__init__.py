"""Pure functions from samples to features: arrays in, arrays out.

Arrays of frames have shape (n_frames, n_values): time runs down the rows. No threaded BLAS is called, because its
sums differ in their last bits with the number of threads; the same samples give the same bits everywhere.
"""

from skaudio.dsp._cepstrum import cepstrum, delta
from skaudio.dsp._filters import mel_filters, mel_frequencies, mel_matrix
from skaudio.dsp._frames import n_frames, padded_window
from skaudio.dsp._mel import decibels, log_mel, mel_power, spectrum_dtype
from skaudio.dsp._series import Series
from skaudio.dsp._spectra import SpectraStream, fft_fingerprint
from skaudio.dsp._statistics import STATISTICS, is_statistic, summarise, summarise_rows

__all__ = [
    "STATISTICS",
    "Series",
    "SpectraStream",
    "cepstrum",
    "decibels",
    "delta",
    "fft_fingerprint",
    "is_statistic",
    "log_mel",
    "mel_filters",
    "mel_frequencies",
    "mel_matrix",
    "mel_power",
    "n_frames",
    "padded_window",
    "spectrum_dtype",
    "summarise",
    "summarise_rows",
]
