"""The native kernel: log-mel spectra and the halving of a sampling rate in C, where it was built."""

from skaudio.dsp._native._files import FileLevels, native_log_mel_of_files
from skaudio.dsp._native._halving import can_halve, halve
from skaudio.dsp._native._library import describe_kernel, kernel
from skaudio.dsp._native._log_mel import can_compute_log_mel, native_log_mel

__all__ = [
    "FileLevels",
    "can_compute_log_mel",
    "can_halve",
    "describe_kernel",
    "halve",
    "kernel",
    "native_log_mel",
    "native_log_mel_of_files",
]
