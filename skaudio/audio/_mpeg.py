"""MPEG audio (MP3): streams of frames, several of them where files were joined.

The first frame of a stream may hold a header that tells the length, Xing's; most encoders write it. Recorders and
programs that write into a pipe leave it out, and the decoder knows no other. It then estimates the length from the
first frame and stops there, which may be after a third of the sound where the bitrate varies. A file object that claims
to be far longer makes it read on to the end.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from skaudio.audio._content import Content
from skaudio.audio._formats import after_tags
from skaudio.audio._libsndfile import DecodedSound, open_with_libsndfile
from skaudio.audio._sound import Sound

MAX_JUNK = 1 << 20  # bytes between streams, or before the first
_WINDOWS = (1 << 12, 1 << 16)  # bytes read first, enough for the three frames of most calls; bytes read each time after
# A frame may use 511 bytes of those before it, which at 8 kbit/s are more than ten frames.
_RUN_UP = 40 * 1152  # samples
_TINY = 128  # bytes, in which the decoder looks for a tag at the end
_HEAD = 64  # bytes of a frame in which the header stands
_SLACK = 3  # frames by which healthy files and their headers differ
_RATES = (44100, 48000, 32000)  # of MPEG-1; MPEG-2 has half of them, and MPEG-2.5 a quarter
_SLOWER = {3: 1, 2: 2, 0: 4}  # by the two bits that tell the version
_BITRATES = {  # kbit/s, by whether it is MPEG-1, and by layer (ISO/IEC 11172-3 and 13818-3)
    (True, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_SIDES = {(True, 1): 17, (True, 2): 32, (False, 1): 9, (False, 2): 17}  # bytes of side information, by channels


class Frame(NamedTuple):
    """What the four bytes that a frame starts with tell of it."""

    size: int  # bytes
    rate: int  # Hz
    layer: int
    channels: int
    side: int  # bytes before the place of Xing's header


class Stream(NamedTuple):
    """Frames in a row."""

    start: int  # byte
    end: int
    counted: bool  # whether a header tells how long it is
    frame: Frame  # the first
    n_promised: int = 0  # frames that the header tells of
    lost: str = ""  # what is missing of the last frame


class MpegSound(Sound):
    """MPEG streams, one after another.

    Parameters
    ----------
    content : Content
        What they are in.
    streams : list of Stream
        At least one; an error where their rates or channels differ.
    """

    format = "MP3"

    def __init__(self, content: Content, streams: list[Stream]) -> None:
        forms = sorted({(stream.frame.rate, stream.frame.channels) for stream in streams})
        if len(forms) > 1:
            found = " and ".join(f"{rate} Hz with {channels} channel(s)" for rate, channels in forms)
            raise ValueError(f"it is {len(streams)} MP3s joined, {found}; split it, or bring them to one form first")
        (self.rate, self.channels), self.subtype = forms[0], "MPEG_LAYER_" + "I" * streams[0].frame.layer
        self._content = content
        self._streams = streams
        self._promised = 0

    def blocks(self, offset: float, duration: float | None) -> Iterator[np.ndarray]:
        """Yield what the decoder gives of each stream."""
        start, n_ahead = int(offset * self.rate), 0
        if len(self._streams) > 1:  # how long each of them is, only its end tells, so they are read from the first on
            start, n_ahead = 0, start
        wanted = math.inf if duration is None else int(duration * self.rate)
        n_read = 0
        for block in self._decoded(start, n_ahead + wanted):
            part = block[n_ahead:]
            n_ahead = max(0, n_ahead - len(block))
            n_read += len(part)
            if len(part):
                yield part
        if offset and not n_read:
            raise ValueError(f"offset={offset:g} s is past its end")

    def _decoded(self, start: int, wanted: float) -> Iterator[np.ndarray]:
        self._promised = n_read = 0
        for stream in self._streams:
            with self._open(stream) as file:
                if stream.counted:
                    self._promised += file.frames
                for block in DecodedSound(file).frames(start, wanted - n_read, _RUN_UP):
                    n_read += len(block)
                    yield block
            if n_read >= wanted:
                return

    def _open(self, stream: Stream) -> Any:
        import soundfile

        content = self._content.part(stream.start, stream.end)
        file = content.file(endless=not stream.counted and content.size > _TINY)
        try:
            return open_with_libsndfile(file)
        except soundfile.LibsndfileError as error:
            raise ValueError("it starts as MPEG audio does, and holds no frames that can be decoded") from error

    def describe_loss(self, n_frames: int) -> str:
        """Say that samples which headers promise are not there, that more are there, or that the last frame is cut."""
        if n_frames < self._promised:
            return f"its header promises {self._promised} samples, and {n_frames} are there"
        for stream in self._streams:
            position = find_frames(self._content, stream.start) if stream.counted else None
            if position is not None:
                n_found = sum(1 for at, _ in _frames(self._content, position) if at < stream.end)
                if n_found > stream.n_promised + _SLACK:
                    return f"its header tells of {stream.n_promised} MPEG frames, and {n_found} are there"
        return self._streams[-1].lost


def mpeg_streams(content: Content, *, max_junk: int = 0) -> list[Stream]:
    """Return the streams in a content; none unless one begins after tags and at most `max_junk` other bytes."""
    position = find_frames(content, 0, max_junk)
    if position is None and content.read(0, 3) == b"ID3":  # whose size may be wrong
        position = find_frames(content, 0)
    streams: list[Stream] = []
    while position is not None:
        streams.append(_stream(content, position))
        position = find_frames(content, streams[-1].end)
    if len(streams) == 1 and _is_bare(content, streams[0]):
        return [streams[0]._replace(start=0, end=content.size)]
    return streams


def _is_bare(content: Content, stream: Stream) -> bool:
    """Tell whether there is nothing around a stream but what the decoder steps over: proper tags."""
    head = content.read(0, 6)
    if stream.start and not (head[:3] == b"ID3" and not head[5] & 0x10 and stream.start == after_tags(content, 0)):
        return False
    return stream.counted or after_tags(content, stream.end) >= content.size


def find_frames(content: Content, position: int, max_junk: int = MAX_JUNK) -> int | None:
    """Return where frames start, after tags and so many other bytes at most; None where there are none."""
    position = after_tags(content, position)
    window = content.read(position, max_junk + 4)
    at = window.find(b"\xff")
    while 0 <= at <= max_junk:
        if _parse_frame_header(window[at : at + 4]) is not None:
            row = list(islice(_frames(content, position + at), 3))
            # Fewer than three are believed where nothing else is there.
            if len(row) == 3 or (not at and row[-1][0] + row[-1][1].size == content.size):
                return position + at
        at = window.find(b"\xff", at + 1)
    return None


def _frames(content: Content, position: int) -> Iterator[tuple[int, Frame]]:
    """Yield the frames from a position on, each where the one before it ends, while they are of one kind."""
    kind = None
    start, window, size = position, b"", _WINDOWS[0]
    while True:
        if position + 4 > start + len(window):
            start, window, size = position, content.read(position, size), _WINDOWS[1]
        frame = _parse_frame_header(window[position - start : position - start + 4])
        if frame is None or (kind is not None and kind != (frame.rate, frame.layer, frame.channels)):
            return
        kind = (frame.rate, frame.layer, frame.channels)
        yield position, frame
        position += frame.size


def _parse_frame_header(head: bytes) -> Frame | None:
    """Return what four bytes say of the frame they start, or None where they start none of a known size."""
    bits = int.from_bytes(head, "big")
    version, layer, bitrate, rate = bits >> 19 & 3, 4 - (bits >> 17 & 3), bits >> 12 & 15, bits >> 10 & 3
    if len(head) < 4 or bits >> 21 != 0x7FF or version == 1 or layer == 4 or bitrate in (0, 15) or rate == 3:
        return None
    is_first = version == 3
    hertz = _RATES[rate] // _SLOWER[version]
    per_slot = 12 if layer == 1 else 72 if layer == 3 and not is_first else 144
    n_slots = per_slot * 1000 * _BITRATES[is_first, layer][bitrate - 1] // hertz + (bits >> 9 & 1)
    channels = 1 if bits >> 6 & 3 == 3 else 2
    return Frame(4 * n_slots if layer == 1 else n_slots, hertz, layer, channels, 4 + _SIDES[is_first, channels])


def _stream(content: Content, position: int) -> Stream:
    """Return the stream that starts at a position: as long as its header has it, else as its frames go on."""
    frame = next(_frames(content, position))[1]
    head = content.read(position, _HEAD)
    if head[36:40] == b"VBRI" and find_frames(content, position + frame.size) is not None:
        position += frame.size  # another header, whose length is not to be relied on
    header = _xing_counts(head, frame)
    n_frames, n_bytes = header or (0, 0)
    if n_bytes and position + n_bytes <= content.size and find_frames(content, position + n_bytes) is None:
        return Stream(position, content.size, True, frame, n_frames)
    # There is no header, it does not tell the bytes, fewer are there, or more frames follow. The header's own frame is
    # not among those that it counts.
    end, lost = position, ""
    for k, (at, each) in enumerate(_frames(content, position)):
        if (header and k > n_frames) or (k and _xing_counts(content.read(at, _HEAD), each) is not None):
            break  # another stream begins
        if at + each.size > content.size:
            lost = f"its last frame has {content.size - at} of {each.size} bytes"
            break
        end = at + each.size
    return Stream(position, end, header is not None, frame, n_frames, lost)


def _xing_counts(head: bytes, frame: Frame) -> tuple[int, int] | None:
    """Return how many frames and bytes (or 0) Xing's header in a frame promises; None without one."""
    head = head.ljust(_HEAD, b"\0")
    for at in (frame.side, frame.side + 2):  # behind a checksum
        if head[at : at + 4] in (b"Xing", b"Info"):
            flags, n_frames, n_bytes = struct.unpack_from(">III", head, at + 4)
            return (n_frames, n_bytes if flags & 2 else 0) if flags & 1 and n_frames else None
    return None
