"""A clip as a player in a page: a few seconds of it, small, in a format that browsers know."""

from __future__ import annotations

import io
from html import escape
from typing import Any

import numpy as np

from skaudio.clips import load_audio
from skaudio.exceptions import AudioReadError
from skaudio.report._page import Html, data_uri

SECONDS = 10.0
"""The most seconds of a clip that a player holds."""

_RATE = 22050


def player(clip: Any) -> Html:
    """Return a player of a clip's first seconds, or why there is none."""
    import soundfile

    try:
        samples, rate = load_audio(clip, sample_rate=_RATE, duration=SECONDS)
    except AudioReadError as error:
        return Html(escape(f"cannot be read: {error.reason}"))
    loudest = float(np.abs(samples).max())
    if loudest > 1:
        samples = samples / loudest
    formats = soundfile.available_formats()
    name, kind = ("MP3", "audio/mpeg") if "MP3" in formats else ("WAV", "audio/wav")
    file = io.BytesIO()
    soundfile.write(file, samples, int(rate), format=name)
    return Html(f'<audio controls preload="none" src="{data_uri(file.getvalue(), kind)}"></audio>')
