"""`load_audio`: any clip becomes float32 mono samples at a declared rate."""

from __future__ import annotations

from typing import Any

import numpy as np

from skaudio.audio import check_res_type
from skaudio.clips._parameters import check_parameters
from skaudio.clips._reader import Reader
from skaudio.clips._recognition import as_clip


def load_audio(
    source: Any,
    *,
    sample_rate: float | None = 22050,
    offset: float = 0.0,
    duration: float | None = None,
    channel: str | int = "mean",
    res_type: str = "soxr_hq",
) -> tuple[np.ndarray, float]:
    """Read one clip as float32 mono samples.

    The numbers are those of ``librosa.load``: decode, mix to mono, resample. An MP3 is
    read to its end, also where no header tells its length, or several were joined; a part of it is a cut of the whole.

    Parameters
    ----------
    source : str, PathLike, bytes, binary file object, ndarray, tuple or dict
        A path; the content of a sound file, as bytes, as a file object (read from its start; a stream that cannot go
        back there, from where it is and once) or as a ``zipfile.Path``; a waveform of shape (n,) or (channels, n) at
        `sample_rate`; a ``(waveform, rate)`` pair; a segment ``(path, offset, duration)``, in seconds; or a clip as
        Hugging Face's datasets give it, ``{"array", "sampling_rate"}`` or ``{"bytes", "path"}``.
        WAV, FLAC, Ogg, Opus and MP3 are decoded, and whatever else libsndfile reads; m4a, mp4, aac, webm, wma, AMR,
        AC-3, WavPack and the like where PyAV is installed (``pip install "skaudio[av]"``). The content tells which it
        is, and never the name.
        Integer samples are scaled by the range of their type to [-1, 1], in any byte order, unsigned ones around its
        middle; those of 64 bits, and in lists, have no known scale and are refused.
    sample_rate : float or None, default=22050
        Rate of the result in Hz; None keeps the source's own.
    offset : float, default=0.0
        Where to start, in seconds.
    duration : float or None, default=None
        How much to read at most, in seconds; None reads to the end.
    channel : "mean" or int, default="mean"
        The mean of all channels, or the 0-based channel to take.
    res_type : str, default="soxr_hq"
        The resampler: one of soxr's (``"soxr_vhq"``, ``"soxr_hq"``, ``"soxr_mq"``, ``"soxr_lq"``, ``"soxr_qq"``), or
        any other that ``librosa.resample`` knows, such as ``"kaiser_fast"`` (which needs the package resampy).

    Returns
    -------
    waveform : ndarray of shape (n,), float32
        The samples, full scale at 1.
    sample_rate : float
        Their rate in Hz.

    Raises
    ------
    AudioReadError
        If the source is missing, unreadable or empty, holds NaN or infinite samples, does not fit in memory, or has a
        rate so low that resampling would make gigabytes of it. A missing file is a `FileNotFoundError` too.
    ValueError
        If a parameter is out of its range.
    ImportError
        If `res_type` needs a package that is not installed.

    Examples
    --------
    >>> import numpy as np
    >>> from skaudio import load_audio
    >>> tone = np.sin(2 * np.pi * 440 * np.arange(44100) / 44100)
    >>> waveform, sample_rate = load_audio((tone, 44100), sample_rate=22050)
    >>> waveform.shape, waveform.dtype, sample_rate
    ((22050,), dtype('float32'), 22050)
    """
    check_parameters(sample_rate, offset, duration, channel)
    check_res_type(res_type)
    reader = Reader(sample_rate, offset, duration, None, channel, res_type)
    return reader.read(as_clip(source))
