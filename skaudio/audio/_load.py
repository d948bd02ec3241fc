"""`load_audio`: any source becomes float32 mono samples at a declared rate."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from numbers import Integral, Real
from typing import Any

import numpy as np

from skaudio.audio._convert import check_res_type, cut, is_streamable, resample, resample_stream
from skaudio.audio._decode import mono_blocks, open_bytes, open_path
from skaudio.exceptions import AudioFileNotFoundError, AudioReadError

_LONG = 1 << 22  # samples; a longer clip (95 s at 44.1 kHz) is not held in memory whole


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

    The numbers are those of ``librosa.load``: decode, mix to mono, resample.

    Parameters
    ----------
    source : str, PathLike, bytes, binary file object, ndarray or tuple
        A path; the content of a sound file, as bytes or as a file object (rewound before it is read); a waveform of
        shape (n,) or (channels, n) at `sample_rate`; a ``(waveform, rate)`` pair; or a segment
        ``(path, offset, duration)``, in seconds. WAV, FLAC, Ogg, Opus and MP3 are decoded, and whatever else
        libsndfile reads. Samples of type uint8 (around 128), int16 and int32 are scaled by their range to [-1, 1].
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
        If the source is missing, unreadable or empty, or holds NaN or infinite samples. A missing file is a
        `FileNotFoundError` too.
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
    return read_clip(
        source,
        sample_rate=sample_rate,
        offset=offset,
        duration=duration,
        max_duration=None,
        channel=channel,
        res_type=res_type,
    )


def read_clip(
    source: Any,
    *,
    sample_rate: float | None,
    offset: float,
    duration: float | None,
    max_duration: float | None,
    channel: str | int,
    res_type: str,
) -> tuple[np.ndarray, float]:
    """Do what `load_audio` says, with parameters already validated and a bound on the length.

    Whatever goes wrong with the clip comes out as an `AudioReadError`.
    """
    blocks, rate = [], 0.0
    with read_errors(source):
        for block, its_rate in _read(source, sample_rate, offset, duration, max_duration, channel):
            blocks.append(block)
            rate = its_rate
        waveform = _joined(blocks)
        if sample_rate is None or rate == sample_rate:
            return waveform, rate
        return resample(waveform, rate, sample_rate, res_type), sample_rate


def stream_clip(
    source: Any,
    *,
    sample_rate: float,
    offset: float,
    duration: float | None,
    max_duration: float | None,
    channel: str | int,
    res_type: str,
) -> Iterator[np.ndarray]:
    """Yield what `read_clip` returns, in one piece, or in several where it is long.

    How long a clip is tells alone which of the two: so its numbers are always the same.
    """
    with read_errors(source):
        blocks: list[np.ndarray] = []
        n, rate = 0, 0.0
        reader = _read(source, sample_rate, offset, duration, max_duration, channel)
        for block, its_rate in reader:
            blocks.append(block)
            rate = its_rate
            n += len(block)
            if n > _LONG:
                break
        if n <= _LONG or (rate != sample_rate and not is_streamable(res_type)):
            blocks += [block for block, _ in reader]
            waveform = _joined(blocks)
            yield waveform if rate == sample_rate else resample(waveform, rate, sample_rate, res_type)
            return
        pieces = chain(blocks, (block for block, _ in reader))
        yield from pieces if rate == sample_rate else resample_stream(pieces, rate, sample_rate, res_type)


def _joined(blocks: list[np.ndarray]) -> np.ndarray:
    if not sum(map(len, blocks)):
        raise ValueError("it holds no samples")
    return blocks[0] if len(blocks) == 1 else np.concatenate(blocks)


@contextmanager
def read_errors(source: Any) -> Iterator[None]:
    """Turn whatever goes wrong with a source into an `AudioReadError` that names it."""
    try:
        yield
    except AudioReadError:
        raise
    except FileNotFoundError as error:
        raise AudioFileNotFoundError("there is no such file", path_of(source), None, error) from error
    except MemoryError as error:
        reason = "it does not fit in memory; set duration or max_duration"
        raise AudioReadError(reason, path_of(source), None, error) from error
    except Exception as error:
        raise AudioReadError(_reason(error), path_of(source), None, error) from error


def path_of(source: Any) -> str | None:
    """Return a clip's path as text that can be printed, whatever bytes it holds; None for a clip in memory."""
    if is_segment(source):
        source = source[0]
    if not isinstance(source, (str, os.PathLike)):
        return None
    try:
        return os.fsencode(source).decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:  # text that is no file's name
        return str(source).encode("utf-8", "backslashreplace").decode()


def is_file_object(source: Any) -> bool:
    """Tell whether `source` is an open file."""
    return hasattr(source, "read") and hasattr(source, "seek")


def read_file_object(source: Any) -> bytes:
    """Return all that an open file holds, from its start."""
    source.seek(0)
    content = source.read()
    if not isinstance(content, bytes):
        raise ValueError("the file object was opened as text; open it in binary mode, 'rb'")
    return content


def settled(source: Any) -> Any:
    """Return the content of a file object, or the error that it gives; any other source as it is.

    A file is read where it was opened: it has one position for all threads, and no other process has it.
    """
    if not is_file_object(source):
        return source
    try:
        return read_file_object(source)
    except Exception as error:
        return AudioReadError(_reason(error), cause=error)


def is_missing(source: Any) -> bool:
    """Tell whether `source` stands for no clip at all: None, NaN or pandas' NA."""
    if source is None:
        return True
    if isinstance(source, (float, np.floating)):
        return math.isnan(source)
    return type(source).__name__ in ("NAType", "NaTType")


def _read(
    source: Any,
    sample_rate: float | None,
    offset: float,
    duration: float | None,
    max_duration: float | None,
    channel: str | int,
) -> Iterator[tuple[np.ndarray, float]]:
    """Yield the mono samples of `source` in blocks, each with its rate."""
    if is_missing(source):
        raise ValueError(f"the clip is missing ({source!r}); a path, bytes or a waveform is expected")
    if is_segment(source):
        source, start, length = source
        check_parameters(sample_rate, start, length, channel)
        offset, duration = start + offset, _within(length, offset, duration)
    if is_file_object(source):
        source = read_file_object(source)
    opened = None
    if isinstance(source, (str, os.PathLike)):
        opened = open_path(source)
    elif isinstance(source, (bytes, bytearray, memoryview)):
        opened = open_bytes(bytes(source))
    if opened is not None:
        with opened as sound:
            for block in mono_blocks(sound, offset, duration, max_duration, channel):
                yield _finite(block), sound.samplerate
        return
    samples, rate = samples_of(source, sample_rate)
    yield _finite(cut(samples, rate, offset, duration, max_duration, channel)), rate


def _finite(samples: np.ndarray) -> np.ndarray:
    if not np.isfinite(samples).all():
        raise ValueError("it holds samples that are NaN or infinite")
    return samples


def samples_of(source: Any, sample_rate: float | None) -> tuple[np.ndarray, float]:
    """Return the samples of a clip in memory as they are, and their rate."""
    if isinstance(source, tuple):
        if len(source) != 2 or np.ndim(source[0]) == 0 or not _is_rate(source[1]):
            raise ValueError(
                "the clip is a tuple, but neither a pair (waveform, rate) with a rate above 0 "
                "nor a segment (path, offset, duration)"
            )
        return np.asarray(source[0]), source[1]
    if sample_rate is None:
        raise ValueError("a bare waveform has no rate of its own: pass (waveform, rate), or set sample_rate")
    return np.asarray(source), sample_rate


def check_parameters(sample_rate: Any, offset: Any, duration: Any, channel: Any) -> None:
    """Raise ValueError, naming the parameter, where one of them is out of its range."""
    if sample_rate is not None and not _is_rate(sample_rate):
        raise ValueError(f"sample_rate={sample_rate!r} must be a rate above 0 in Hz, or None for the source's own")
    if not _is_real(offset) or not 0 <= offset < math.inf:
        raise ValueError(f"offset={offset!r} must be a number of seconds, 0 or more")
    if duration is not None and not (_is_real(duration) and 0 < duration < math.inf):
        raise ValueError(f"duration={duration!r} must be a number of seconds above 0, or None for all")
    if channel != "mean" and (not isinstance(channel, Integral) or isinstance(channel, bool) or channel < 0):
        raise ValueError(f"channel={channel!r} must be 'mean' or the 0-based number of a channel")


def _is_rate(rate: Any) -> bool:
    return _is_real(rate) and 0 < rate < math.inf


def _is_real(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def is_segment(source: Any) -> bool:
    """Tell whether `source` is ``(path, offset, duration)``."""
    return isinstance(source, tuple) and len(source) == 3 and isinstance(source[0], (str, os.PathLike))


def _within(length: float | None, offset: float, duration: float | None) -> float | None:
    """Return the seconds to read of a segment of `length`, of which `offset` are skipped and `duration` wanted."""
    if length is None:
        return duration
    if offset >= length:
        raise ValueError(f"offset={offset:g} s is past the end of the segment, {length:g} s")
    return length - offset if duration is None else min(length - offset, duration)


def _reason(error: Exception) -> str:
    # libsndfile's own sentence; soundfile's prefix would name the descriptor instead of the file.
    text = getattr(error, "error_string", None) or getattr(error, "strerror", None) or str(error)
    return str(text).rstrip(".") or type(error).__name__
