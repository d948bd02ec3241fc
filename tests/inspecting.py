"""Sounds of known problems, and what inspection says of one clip."""

import io

import numpy as np
import soundfile

from skaudio.inspection import check_clips

RATE = 22050
SINE = np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE).astype(np.float32)
TONE = SINE / 2
CLIPPED = np.clip(3 * SINE, -1, 1)
NOISE = np.random.default_rng(0).uniform(-0.5, 0.5, 5 * RATE)


def sound_file(samples, rate=RATE, container="WAV", subtype="PCM_16"):
    """Return the bytes of a file of samples, of shape (n,) or (channels, n)."""
    content = io.BytesIO()
    soundfile.write(content, np.asarray(samples).T, rate, format=container, subtype=subtype)
    return content.getvalue()


def problems_of(clip, **parameters):
    return check_clips([clip], **parameters)["problem"].tolist()


def detail_of(clip):
    (detail,) = check_clips([clip])["detail"]
    return detail
