"""What a source holds, read once and as it is: not mixed, not resampled, not refused."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from skaudio.audio._convert import checked, to_float
from skaudio.audio._decode import blocks, open_bytes, open_path
from skaudio.audio._load import (
    check_parameters,
    is_file_object,
    is_missing,
    is_segment,
    read_errors,
    read_file_object,
    samples_of,
)

_FULL_SCALE = 0.999
# Encodings of 8 bits do not come that close to 1 at both ends.
_FULL_SCALES = {"uint8": 0.992, "PCM_U8": 0.992, "PCM_S8": 0.992, "ALAW": 0.984, "ULAW": 0.98}
# Lengths that programs write into a header before they know: 0, or one of the largest numbers it holds.
_UNKNOWN_LENGTH = 0x7FFFF000


@dataclass
class AudioSurvey:
    """The form and the extremes of one clip."""

    format: str = "samples"  # libsndfile's name of the container
    subtype: str = ""  # and of the encoding
    sample_rate: float = 0.0
    channels: int = 0
    n_frames: int = 0
    lost: str = ""  # what the file promises and does not hold
    finite: bool = True
    n_clipped: int = 0  # samples in runs of at least three at one value of full scale
    lowest: float = np.inf  # of the mean of all channels
    highest: float = -np.inf
    peak: float = 0.0  # of any channel

    def add(self, block: np.ndarray) -> None:
        """Take in samples of shape (n, channels)."""
        self.n_frames += len(block)
        self.channels = block.shape[1]
        if not (self.finite and np.isfinite(block).all()):
            self.finite, self.peak = False, np.nan
            return
        full_scale = _FULL_SCALES.get(self.subtype, _FULL_SCALE)
        mono = block.mean(axis=1)
        self.lowest = min(self.lowest, float(mono.min()))
        self.highest = max(self.highest, float(mono.max()))
        self.peak = max(self.peak, float(np.abs(block).max()))
        if self.peak >= full_scale and len(block) > 2:
            triple = (np.abs(block[1:-1]) >= full_scale) & (block[1:-1] == block[:-2]) & (block[1:-1] == block[2:])
            runs = triple[:-1] > triple[1:]  # where one ends: its first and last sample have no triple of their own
            self.n_clipped += int(triple.sum() + 2 * (runs.sum() + triple[-1].sum()))


def survey_audio(source: Any, *, sample_rate: float | None = None) -> AudioSurvey:
    """Read a source to its end and tell what it holds.

    Raises
    ------
    AudioReadError
        If it cannot be read. Samples that are not finite and clips without any are no errors here.
    """
    with read_errors(source):
        if is_missing(source):
            raise ValueError(f"the clip is missing ({source!r}); a path, bytes or a waveform is expected")
        offset, duration = 0.0, None
        if is_segment(source):
            source, offset, duration = source
            check_parameters(sample_rate, offset, duration, "mean")
        if isinstance(source, (str, os.PathLike)):
            with open_path(source) as sound:
                return _survey_file(sound, offset, duration)
        if is_file_object(source):
            source = read_file_object(source)
        if isinstance(source, (bytes, bytearray, memoryview)):
            with open_bytes(bytes(source)) as sound:
                return _survey_file(sound, offset, duration)
        samples, rate = samples_of(source, sample_rate)
        survey = AudioSurvey(subtype=str(samples.dtype), sample_rate=rate)
        samples = np.atleast_2d(to_float(checked(samples)))
        survey.channels = len(samples)
        if samples.size:
            survey.add(samples.T)
        return survey


def _survey_file(sound: Any, offset: float, duration: float | None) -> AudioSurvey:
    survey = AudioSurvey(sound.format, sound.subtype, sound.samplerate, sound.channels)
    for block in blocks(sound, offset, duration):
        survey.add(block)
    if not offset and duration is None:
        survey.lost = _lost(sound, survey.n_frames)
    return survey


def _lost(sound: Any, n_frames: int) -> str:
    """Say what a file promises and does not hold, as far as its header and libsndfile's log of it tell."""
    # WAV, AIFF, AU and W64, each with its own name for it.
    size = re.search(r"^ *(?:data|SSND|Data Size|riff) *: (\d+) \(should be (\d+)\)", sound.extra_info, re.MULTILINE)
    if size and 0 < int(size[1]) < _UNKNOWN_LENGTH:
        return f"its header promises {int(size[1])} bytes, and {int(size[2])} are there"
    count = re.search(r"frame count (\d+) does not match value from 'ds64' chunk of (\d+)", sound.extra_info)
    if count and int(count[1]) < int(count[2]):
        return f"its header promises {count[2]} samples, and {count[1]} are there"
    if "lacks an end-of-stream bit" in sound.extra_info:
        return "its last page is missing"
    if sound.format == "MP3" and n_frames < sound.frames:
        return f"its header promises {sound.frames} samples, and {n_frames} are there"
    return ""
