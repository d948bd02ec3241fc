"""`Reader`: how clips are read. One reader serves all clips of a call, in any thread or process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import numpy as np

from skaudio.audio import is_streamable, mix, prepare, resample, resample_stream, to_float, versions_of
from skaudio.clips._clip import Clip
from skaudio.clips._errors import read_errors
from skaudio.clips._parameters import check_rate, check_resampled_length

_LONG = 1 << 22  # samples; a longer clip (95 s at 44.1 kHz) is not held in memory whole


class TooLongError(ValueError):
    """A clip that is longer than its reader's `max_duration`; the cause of the `AudioReadError` that names the clip."""


@dataclass(frozen=True)
class Reader:
    """How clips become mono samples at one rate.

    Parameters
    ----------
    sample_rate : float or None
        Rate of the waveform in Hz; None keeps the clip's own.
    offset : float
        Where to start, in seconds.
    duration : float or None
        How much to read at most, in seconds.
    max_duration : float or None
        Seconds beyond which a clip is an error.
    channel : "mean" or int
        The mean of all channels, or the 0-based channel to take.
    res_type : str
        The resampler.
    """

    sample_rate: float | None = 22050
    offset: float = 0.0
    duration: float | None = None
    max_duration: float | None = None
    channel: str | int = "mean"
    res_type: str = "soxr_hq"

    def read(self, clip: Clip) -> tuple[np.ndarray, float]:
        """Return the waveform of a clip, and its rate.

        Raises
        ------
        AudioReadError
            Whatever goes wrong with the clip.
        """
        reading = Reading(self, clip)
        waveform = reading.whole()
        return waveform, reading.rate if self.sample_rate is None else self.sample_rate

    def reading_of(self, clip: Clip) -> Reading:
        """Return the waveform of a clip in one piece, or in several where it is long, to be iterated once.

        For one reader, only the length of the clip decides between the two, so a clip always gives the same numbers.
        """
        return Reading(self, clip)

    def check_length(self, n_frames: int, rate: float) -> None:
        """Raise TooLongError where a clip of `n_frames` at its own `rate` is longer than `max_duration`."""
        if self.max_duration is not None and n_frames > int(self.max_duration * rate):
            raise TooLongError(
                f"it is longer than max_duration={self.max_duration:g} s; set duration to read only a part"
            )

    def what_changes_numbers(self) -> str:
        """Return all of the reader that the numbers depend on, the libraries' versions included."""
        part = None if self.duration is None else float(self.duration)
        rate = None if self.sample_rate is None else float(self.sample_rate)
        channel = self.channel if isinstance(self.channel, str) else int(self.channel)
        return f"{rate} {float(self.offset)} {part} {channel} {self.res_type} {versions_of(self.res_type)}"


class Piece:
    """A piece of a waveform, brought to the wanted rate when it is first asked for.

    Parameters
    ----------
    samples : ndarray of shape (n,), float32 or int16
        The samples; without rates, as they are wanted.
    rate, sample_rate : float
        Their rate and the wanted one, in Hz.
    res_type : str
        The resampler.
    path : str or None
        The file that errors name.
    """

    def __init__(
        self,
        samples: np.ndarray,
        rate: float = 1,
        sample_rate: float = 1,
        res_type: str = "",
        path: str | None = None,
    ) -> None:
        self._samples = samples
        self._rates = rate, sample_rate
        self._res_type = res_type
        self._path = path

    @cached_property
    def exact_waveform(self) -> np.ndarray:
        """The waveform with the resampler's bits, float32."""
        rate, sample_rate = self._rates
        with read_errors(self._path):
            if rate == sample_rate:
                return _as_float(self._samples)
            return resample(self._samples, rate, sample_rate, self._res_type)

    @cached_property
    def quick_waveform(self) -> np.ndarray:
        """The waveform, `exact_waveform` up to rounding: the native kernel halves the rate, and must be there."""
        from skaudio.dsp import can_halve, halve  # not above: what only reads needs none of scipy

        return halve(self._samples) if can_halve(*self._rates, self._res_type) else self.exact_waveform


class Reading:
    """One clip being read.

    Attributes
    ----------
    n_frames : int
        How many frames of the clip were read so far, before resampling.
    rate : float
        The clip's own rate in Hz.
    peak : float
        The largest magnitude so far of what may exceed 1, full scale; 0 for integer samples.
    lost : str
        What the source promises and does not hold, once all of it is read; else, and of a part, an empty string.
    """

    def __init__(self, reader: Reader, clip: Clip) -> None:
        self._reader = reader
        self._clip = clip
        self.n_frames = 0
        self.rate = 0.0
        self.peak = 0.0
        self.lost = ""

    def __iter__(self) -> Iterator[np.ndarray]:
        """Yield the pieces as the resampler makes them."""
        for piece in self.pieces():
            yield piece.exact_waveform

    def pieces(self) -> Iterator[Piece]:
        """Yield the pieces in both forms, to whoever takes either."""
        if self._clip.is_altered:
            yield Piece(self.whole())
            return
        prepare(self._reader.res_type)
        with read_errors(self._clip.path):
            yield from self._pieces()

    def whole(self) -> np.ndarray:
        """Return the waveform in one piece, altered where the clip says so."""
        reader = self._reader
        prepare(reader.res_type)
        with read_errors(self._clip.path):
            waveform = self._resampled(list(self._mono())).exact_waveform
        # Outside of the errors of reading: one in an alteration is not the sound's.
        rate = self.rate if reader.sample_rate is None else reader.sample_rate
        return self._clip.alter(waveform, rate, lambda other: reader.read(other)[0])

    def _pieces(self) -> Iterator[Piece]:
        blocks: list[np.ndarray] = []
        mono = self._mono()
        for block in mono:
            blocks.append(block)
            if self.n_frames > _LONG:
                break
        wanted = self._reader.sample_rate
        if self.n_frames <= _LONG or (wanted != self.rate and not is_streamable(self._reader.res_type)):
            yield self._resampled(blocks + list(mono))
            return
        pieces: Iterator[np.ndarray] = map(_as_float, chain(_handed_on(blocks), mono))
        if wanted is not None and wanted != self.rate:
            pieces = resample_stream(pieces, self.rate, wanted, self._reader.res_type)
        yield from map(Piece, pieces)

    def _resampled(self, blocks: list[np.ndarray]) -> Piece:
        if not sum(map(len, blocks)):
            raise ValueError("it holds no samples")
        waveform = blocks[0] if len(blocks) == 1 else np.concatenate(blocks)
        wanted = self._reader.sample_rate
        wanted = self.rate if wanted is None else wanted
        return Piece(waveform, self.rate, wanted, self._reader.res_type, self._clip.path)

    def _mono(self) -> Iterator[np.ndarray]:
        """Yield the samples as mono blocks at their own rate, and count them."""
        reader = self._reader
        part = self._clip.part(reader.offset, reader.duration)
        with self._clip.open(reader.sample_rate) as sound:
            self.rate = sound.rate
            check_rate(self.rate)
            if sound.n_frames is not None:  # before anything is made of them
                wanted = sound.n_frames if part[1] is None else int(part[1] * self.rate)
                reader.check_length(min(wanted, sound.n_frames - int(part[0] * self.rate)), self.rate)
            for block in sound.blocks(*part):
                self.n_frames += len(block)
                reader.check_length(self.n_frames, self.rate)
                check_resampled_length(self.n_frames, self.rate, reader.sample_rate)
                mono = mix(block, reader.channel)
                if not sound.always_finite:
                    if not np.isfinite(mono).all():
                        raise ValueError("it holds samples that are NaN or infinite")
                    self.peak = max(self.peak, float(mono.max(initial=0.0)), -float(mono.min(initial=0.0)))
                yield mono
            if part == (0, None):
                self.lost = sound.describe_loss(self.n_frames)


def _as_float(block: np.ndarray) -> np.ndarray:
    return to_float(block) if block.dtype.kind == "i" else block


def _handed_on(blocks: list[np.ndarray]) -> Iterator[np.ndarray]:
    """Yield the blocks, and keep none of them."""
    while blocks:
        yield blocks.pop(0)
