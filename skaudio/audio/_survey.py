"""What a sound holds, read once and as it is: not mixed, not resampled, not refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np

from skaudio.audio._convert import to_float
from skaudio.audio._sound import Sound

SILENCE = 2**-15
"""One step of 16 bits; full scale is 1."""

_FULL_SCALE = 0.999
# Encodings of 8 bits do not come that close to 1 at both ends.
_FULL_SCALES = {"uint8": 0.992, "PCM_U8": 0.992, "PCM_S8": 0.992, "ALAW": 0.984, "ULAW": 0.98}


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
    digest: bytes = b""  # of the samples: equal ones have the same, whatever their format

    @property
    def silent(self) -> bool:
        """Whether the mean of the channels varies by no more than one step of 16 bits."""
        return self.n_frames > 1 and self.highest - self.lowest <= SILENCE

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
            # A triple marks the middle of three equal samples. The first and the last sample of a run are no middle,
            # so two are added for each run, counted by where it ends.
            runs = triple[:-1] > triple[1:]
            self.n_clipped += int(triple.sum() + 2 * (runs.sum() + triple[-1].sum()))


def survey_sound(
    sound: Sound, offset: float, duration: float | None, go_on: Callable[[], None] = lambda: None
) -> AudioSurvey:
    """Read the wanted part of an open sound to its end and tell what it holds; `go_on` is called at each block."""
    survey = AudioSurvey(sound.format, sound.subtype, sound.rate, sound.channels)
    digest = blake2b(f"{sound.rate} {sound.channels}".encode(), digest_size=16)
    for block in sound.blocks(offset, duration):
        go_on()
        if block.dtype.kind == "i":
            block = to_float(block)
        survey.add(block)
        with np.errstate(invalid="ignore"):  # of signalling NaN
            digest.update(np.ascontiguousarray(block, np.float32) + np.float32(0))  # -0 is 0
    survey.digest = digest.digest()
    if not offset and duration is None:
        survey.lost = sound.describe_loss(survey.n_frames)
    return survey
