"""Containers that FFmpeg's libraries decode and libsndfile does not, read by PyAV (the extra ``av``)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from typing import Any

import numpy as np

from skaudio.audio._content import Content
from skaudio.audio._convert import to_float
from skaudio.audio._formats import Container, before_tags
from skaudio.audio._sound import Sound

_TOLERANCE = 0.1  # seconds, and a frame; a healthy file's length and its header's differ by the encoder's padding
_WITHOUT_HEADER = ("aac", "loas", "ac3", "eac3", "dts", "amr")  # frames one after another, and nothing else


class ContainerSound(Sound):
    """The first stream of sound in a container.

    Parameters
    ----------
    opened : av.container.InputContainer
        At its start, and closed by whoever opened it.
    """

    def __init__(self, opened: Any) -> None:
        if not opened.streams.audio:
            raise ValueError("it holds no sound, only " + ", ".join(sorted({s.type for s in opened.streams})))
        self._opened = opened
        self._stream = opened.streams.audio[0]
        self._n_damaged = 0
        frames = self._decoded()
        first = next(frames, None)
        if first is None:
            raise ValueError("none of its packets can be decoded" if self._n_damaged else "it holds no samples")
        self._frames = chain([first], frames)
        # The decoder's: the header of some AAC tells half the rate.
        self.rate, self.channels = first.sample_rate, first.layout.nb_channels
        self.format = opened.format.name.split(",")[0].upper()
        self.subtype = self._stream.codec_context.name.upper()
        self.always_finite = first.format.name.strip("p") in ("u8", "s16", "s32")

    def blocks(self, offset: float, duration: float | None) -> Iterator[np.ndarray]:
        """Yield what the decoder gives; what comes before `offset` is decoded and left out."""
        n_ahead = int(offset * self.rate)
        n_wanted = math.inf if duration is None else int(duration * self.rate)
        n_read = 0
        for frame in self._frames:
            if (frame.sample_rate, frame.layout.nb_channels) != (self.rate, self.channels):
                raise ValueError(
                    f"its rate or channels change on the way, from {self.rate} Hz with {self.channels} channel(s) to "
                    f"{frame.sample_rate} Hz with {frame.layout.nb_channels}"
                )
            samples = frame.to_ndarray()
            samples = samples.T if frame.format.is_planar else samples.reshape(-1, self.channels)
            part = samples[n_ahead : n_ahead + int(min(n_wanted - n_read, len(samples)))]
            n_ahead = max(0, n_ahead - len(samples))
            n_read += len(part)
            if len(part):
                yield to_float(part)
            if n_read >= n_wanted:
                return
        if offset and not n_read:
            raise ValueError(f"offset={offset:g} s is past its end")

    def _decoded(self) -> Iterator[Any]:
        """Yield the decoder's frames; a damaged packet costs its own."""
        import av

        packets = self._opened.demux(self._stream)
        while True:
            try:
                packet = next(packets, None)
            except av.error.FFmpegError:  # what follows is no packet: damage, or a tag at the end
                self._n_damaged += 1
                return
            if packet is None:
                return
            try:
                yield from packet.decode()
            except av.error.FFmpegError:
                self._n_damaged += 1

    def describe_loss(self, n_frames: int) -> str:
        """Say that packets are damaged, or the container promises more."""
        promised = 0.0
        if self._stream.duration:
            promised = float(self._stream.duration * self._stream.time_base)
        elif self._opened.duration and len(self._opened.streams) == 1:
            promised = self._opened.duration / 1e6
        # In some containers the number of samples, and in others one of packets, which is smaller.
        promised = max(promised, self._stream.frames / self.rate)
        tolerance = _TOLERANCE + (self._stream.codec_context.frame_size or 0) / self.rate
        if n_frames / self.rate < promised - tolerance:
            return f"its header promises {promised:.4g} s, and {n_frames / self.rate:.4g} s are there"
        # One damaged packet is forgiven in a container whose header tells the length, which was compared above.
        if self._n_damaged > (0 if self._opened.format.name in _WITHOUT_HEADER else 1):
            return f"{self._n_damaged} of its packets cannot be decoded: it is cut, or damaged"
        return ""


@contextmanager
def open_container(content: Content, container: Container) -> Iterator[ContainerSound]:
    """Open a content as the container it is."""
    try:
        import av
    except ModuleNotFoundError as error:
        if error.name != "av":
            raise
        raise ValueError(
            f"it is {container.name}, which libsndfile does not read; install the decoder, "
            'pip install "skaudio[av]", or convert the file: ffmpeg -i FILE FILE.wav'
        ) from error
    try:
        # Titles in odd encodings are an error by default before version 19, and no parameter of it since.
        lenient: Any = {"metadata_errors": "replace"} if int(av.__version__.partition(".")[0]) < 19 else {}
        # Some demuxers take a tag at the end for a packet.
        sound = content.part(0, before_tags(content))
        opened = av.open(sound.file(), format=container.demuxer, **lenient)
    except av.error.FFmpegError as error:
        raise ValueError(f"it is {container.name}, and cannot be opened: {error.strerror}") from error
    with opened:
        try:
            yield ContainerSound(opened)
        except av.error.FFmpegError as error:
            raise ValueError(f"it is {container.name}, and cannot be decoded: {error.strerror}") from error
