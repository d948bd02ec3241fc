"""`JoinedSound`: several streams in one file, one after another, as one sound."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from skaudio.audio._content import Content
from skaudio.audio._convert import to_float
from skaudio.audio._libsndfile import DecodedSound, open_with_libsndfile
from skaudio.audio._refusal import refusal
from skaudio.audio._sound import Sound


class JoinedSound(Sound):
    """Streams that libsndfile decodes one by one.

    Parameters
    ----------
    streams : list of (Content, str)
        Each with what is to be said of its header, or an empty string; at least one. An error where their rates or
        channels differ.
    """

    def __init__(self, streams: list[tuple[Content, str]]) -> None:
        self._contents = [content for content, _ in streams]
        self._said = [said for _, said in streams if said]
        self.always_finite = True
        forms = []
        for content in self._contents:
            with self._opened(content) as file:
                forms.append((file.samplerate, file.channels))
                first = DecodedSound(file)
                self.format, self.subtype = first.format, first.subtype
                self.always_finite = self.always_finite and first.always_finite
        if len(set(forms)) > 1:
            found = " and ".join(f"{rate} Hz with {channels} channel(s)" for rate, channels in sorted(set(forms)))
            raise ValueError(f"it is {len(forms)} streams joined, {found}; split it, or bring them to one form first")
        self.rate, self.channels = forms[0]

    def blocks(self, offset: float, duration: float | None) -> Iterator[np.ndarray]:
        """Yield what the decoder gives of each stream; what comes before `offset` is decoded and left out."""
        n_ahead = int(offset * self.rate)
        n_wanted = math.inf if duration is None else int(duration * self.rate)
        n_read = 0
        for content in self._contents:
            with self._opened(content) as file:
                decoded = DecodedSound(file)
                for block in decoded.frames(0, n_ahead + n_wanted - n_read):
                    part = block[n_ahead:]
                    n_ahead = max(0, n_ahead - len(block))
                    n_read += len(part)
                    if len(part):  # of one type, whatever the streams are of
                        yield to_float(part) if part.dtype.kind == "i" else part
                lost = decoded.describe_loss(n_read)
                if lost and lost not in self._said:
                    self._said.append(lost)
            if n_read >= n_wanted:
                return
        if offset and not n_read:
            raise ValueError(f"offset={offset:g} s is past its end")

    def _opened(self, content: Content) -> Any:
        import soundfile

        try:
            return open_with_libsndfile(content.file())
        except soundfile.LibsndfileError as error:
            raise ValueError(refusal(content, error.error_string)) from error

    def describe_loss(self, n_frames: int) -> str:
        """Say where a stream and its header disagree: it holds less than the header promises, or more."""
        return "; ".join(self._said)
