"""Pure functions from samples to features: arrays in, arrays out.

Arrays of frames have shape (n_frames, n_values): time runs down the rows. No threaded BLAS is called, because its
sums differ in their last bits with the number of threads; the same samples give the same bits everywhere.
"""

from skaudio.dsp._cepstrum import cepstrum, delta
from skaudio.dsp._filters import mel_filters, mel_frequencies
from skaudio.dsp._frames import n_frames, padded_window
from skaudio.dsp._mel import log_mel, log_mel_parts
from skaudio.dsp._mfcc import mfcc_sequence, mfcc_statistics, transform_bits
from skaudio.dsp._statistics import STATISTICS, summarise

__all__ = [
    "STATISTICS",
    "cepstrum",
    "delta",
    "log_mel",
    "log_mel_parts",
    "mel_filters",
    "mel_frequencies",
    "mfcc_sequence",
    "mfcc_statistics",
    "n_frames",
    "padded_window",
    "summarise",
    "transform_bits",
]
