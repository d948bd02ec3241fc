"""Samples in memory: their type, their channels and their rate."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec

import numpy as np

_SOXR_TYPES = ("soxr_vhq", "soxr_hq", "soxr_mq", "soxr_lq", "soxr_qq")
# The package behind each resampler that librosa only wraps.
_WRAPPED_TYPES = {
    "kaiser_best": "resampy",
    "kaiser_fast": "resampy",
    "fft": "scipy",
    "scipy": "scipy",
    "polyphase": "scipy",
    "linear": "samplerate",
    "zero_order_hold": "samplerate",
    "sinc_best": "samplerate",
    "sinc_medium": "samplerate",
    "sinc_fastest": "samplerate",
}
RES_TYPES = (*_SOXR_TYPES, *_WRAPPED_TYPES)
# Counted up when some file is decoded to other samples than before: features in a store are of no use then.
_DECODING = 4


def check_res_type(res_type: str) -> None:
    """Raise where `res_type` is unknown, or the package behind it is not installed."""
    if res_type not in RES_TYPES:
        raise ValueError(f"res_type={res_type!r} is not a known resampler; use one of {', '.join(RES_TYPES)}")
    package = _WRAPPED_TYPES.get(res_type)
    if package is not None and find_spec(package) is None:
        raise ImportError(
            f"res_type={res_type!r} needs the package {package}: pip install {package}. "
            "The default, 'soxr_hq', needs nothing more and is faster."
        )


@cache
def prepare(res_type: str) -> None:
    """Import what decodes and resamples, and try it: what fails here is not the fault of a clip."""
    import soundfile  # noqa: F401

    resample(np.zeros(64, np.float32), 2, 1, res_type)


def to_float(samples: np.ndarray) -> np.ndarray:
    """Scale integer samples by the range of their type, in any byte order; unsigned ones rest at half of it."""
    kind, bits = samples.dtype.kind, 8 * samples.dtype.itemsize
    if kind in "iu":
        full_scale = 2.0 ** (bits - 1)
        if bits <= 16:  # exact in float32
            scaled = samples.astype(np.float32)
            if kind == "u":
                scaled -= np.float32(full_scale)
            scaled *= np.float32(1 / full_scale)
            return scaled
        wide = samples.astype(np.float64)
        return ((wide - full_scale if kind == "u" else wide) / full_scale).astype(np.float32)
    with np.errstate(over="ignore"):  # what overflows is infinite, and refused as such
        return samples.astype(np.float32)


def mix(samples: np.ndarray, channel: str | int) -> np.ndarray:
    """Reduce (n, channels) to (n,); int16 samples stay int16 unless channels are averaged."""
    n_channels = samples.shape[1]
    if channel != "mean":
        if int(channel) >= n_channels:
            raise ValueError(f"channel={channel} does not exist; it has {n_channels} (the first is 0)")
        return np.ascontiguousarray(samples[:, int(channel)])
    if n_channels == 1:
        return np.ascontiguousarray(samples[:, 0])
    if samples.dtype.kind == "i":
        samples = to_float(samples)
    # Channel by channel: numpy's mean adds in another order where the samples lie otherwise in memory.
    with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is refused as such
        total = samples[:, 0] + samples[:, 1]
        for k in range(2, n_channels):
            total += samples[:, k]
        total /= np.float32(n_channels)
    return total


def resample(waveform: np.ndarray, rate: float, sample_rate: float, res_type: str) -> np.ndarray:
    """Bring a waveform from `rate` to `sample_rate`, to librosa's length."""
    if waveform.dtype.kind == "i":
        waveform = to_float(waveform)
    if res_type not in _SOXR_TYPES:
        import librosa

        return librosa.resample(waveform, orig_sr=rate, target_sr=sample_rate, res_type=res_type)
    import soxr

    resampled = soxr.resample(waveform, rate, sample_rate, quality=res_type)
    # The length is librosa's, so that every sample has its counterpart there.
    n = math.ceil(len(waveform) * (float(sample_rate) / rate))
    if len(resampled) < n:
        return np.pad(resampled, (0, n - len(resampled)))
    return resampled[:n]


def is_streamable(res_type: str) -> bool:
    """Tell whether `resample_stream` knows the resampler."""
    return res_type in _SOXR_TYPES


def resample_stream(
    blocks: Iterable[np.ndarray], rate: float, sample_rate: float, res_type: str
) -> Iterator[np.ndarray]:
    """Do what `resample` does, piece by piece."""
    import soxr

    stream = soxr.ResampleStream(rate, sample_rate, 1, dtype="float32", quality=res_type)
    n_in = n_out = 0
    for block in blocks:
        n_in += len(block)
        resampled = stream.resample_chunk(block)
        n_out += len(resampled)
        yield resampled
    resampled = stream.resample_chunk(np.empty(0, np.float32), last=True)
    n = max(0, math.ceil(n_in * (float(sample_rate) / rate)) - n_out)
    yield np.pad(resampled[:n], (0, max(0, n - len(resampled))))


def versions_of(res_type: str) -> str:
    """Return the versions of the libraries that decode and resample: other versions may give other numbers."""
    import soundfile

    packages = {"soundfile", "soxr"} if res_type in _SOXR_TYPES else {"soundfile", "librosa", _WRAPPED_TYPES[res_type]}
    if find_spec("av") is not None:
        packages.add("av")
    versions = [f"{package}={version(package)}" for package in sorted(packages)]
    return " ".join([f"decoding={_DECODING}", *versions, f"libsndfile={soundfile.__libsndfile_version__}"])
