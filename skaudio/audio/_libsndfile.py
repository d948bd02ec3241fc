"""What libsndfile decodes: block by block, from any second on."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np

from skaudio.audio._interruption import signals_held_back
from skaudio.audio._silence import silenced
from skaudio.audio._sound import Sound, first_frame

# Header frame counts lie, so a file is read in blocks until it ends and nothing is allocated from its header.
_BLOCK_SAMPLES = 1 << 18
# Lengths that programs write into a header before they know: 0, or one of the largest numbers it holds.
_UNKNOWN_LENGTH = 0x7FFFF000


def open_with_libsndfile(file: BinaryIO, **form: Any) -> Any:
    """Return a file object opened by soundfile.

    Raises
    ------
    soundfile.LibsndfileError
        If it is of no format that libsndfile reads.
    """
    import soundfile

    with signals_held_back(), silenced():
        return soundfile.SoundFile(file, closefd=False, **form)


class DecodedSound(Sound):
    """What libsndfile decodes.

    Parameters
    ----------
    file : soundfile.SoundFile
        Open, and at its start.
    """

    def __init__(self, file: Any) -> None:
        self._file = file
        self.format, self.subtype = file.format, file.subtype
        self.rate, self.channels = file.samplerate, file.channels
        self.always_finite = self.subtype.startswith("PCM_")

    def blocks(self, offset: float, duration: float | None) -> Iterator[np.ndarray]:
        """Yield what the decoder gives until it gives no more."""
        start = first_frame(offset, self.rate, self._file.frames)
        yield from self.frames(start, math.inf if duration is None else int(duration * self.rate))

    def frames(self, start: int, n_wanted: float, run_up: int = 0) -> Iterator[np.ndarray]:
        """Yield `n_wanted` frames from `start` on; the decoder begins `run_up` frames earlier."""
        import soundfile

        n_read = 0
        # Some decoders go on behind the end once a seek has failed.
        n_wanted = min(n_wanted, self._file.frames - start)
        n_ahead = start - self._go_to(max(0, start - run_up))
        # After each block soundfile seeks to the place where it already is, unless the file is not seekable. The seek
        # makes an MP3 decoder drop its bit reservoir, and the next block would begin with other numbers.
        self._file.seekable = lambda: False
        block_frames = max(1, _BLOCK_SAMPLES // self.channels)
        # libsndfile's own conversion gives the same numbers, and takes several times as long.
        whole = self.subtype == "PCM_16"
        while n_wanted > 0:
            count = int(min(block_frames, n_ahead + n_wanted))
            try:
                with signals_held_back(), silenced():
                    block = self._file.read(count, dtype="int16" if whole else "float32", always_2d=True)
            except soundfile.LibsndfileError as error:
                raise ValueError(f"it is damaged: its decoder gives up after {n_read} samples") from error
            n_read += len(block)
            if not len(block):
                return
            n_skipped = min(n_ahead, len(block))
            n_ahead -= n_skipped
            n_wanted -= len(block) - n_skipped
            if n_skipped < len(block):
                block = block[n_skipped:]
                yield block

    def _go_to(self, start: int) -> int:
        """Go to a frame, or stay at the first one where the encoding cannot be entered in the middle."""
        import soundfile

        if not start:
            return 0
        try:
            with signals_held_back(), silenced():
                self._file.seek(start)
        except soundfile.LibsndfileError:
            return 0
        return start

    def describe_loss(self, n_frames: int) -> str:
        """Say what is promised and not there, as far as the header and libsndfile's log of it tell."""
        log = self._file.extra_info
        # WAV, AIFF, AU and W64, each with its own name for it.
        size = re.search(r"^ *(?:data|SSND|Data Size|riff) *: (\d+) \(should be (\d+)\)", log, re.MULTILINE)
        if size and 0 < int(size[1]) < _UNKNOWN_LENGTH:
            return f"its header promises {int(size[1])} bytes, and {int(size[2])} are there"
        count = re.search(r"frame count (\d+) does not match value from 'ds64' chunk of (\d+)", log)
        if count and int(count[1]) < int(count[2]):
            return f"its header promises {count[2]} samples, and {count[1]} are there"
        if "lacks an end-of-stream bit" in log:
            return "its last page is missing"
        return ""
