"""MP3s with Xing's header and without, and what is read of them."""

import io

import soundfile
from encoding import RATE

from skaudio import load_audio
from skaudio.audio._content import Content
from skaudio.audio._mpeg import mpeg_streams


def mp3(sound, rate=RATE, *, mode="VARIABLE", level=0.3):
    content = io.BytesIO()
    soundfile.write(content, sound.T, rate, format="MP3", bitrate_mode=mode, compression_level=level)
    return content.getvalue()


def without_header(content):
    """Take the frame with Xing's header away, as it is missing where an encoder writes into a pipe."""
    (stream,) = mpeg_streams(Content(content, len(content)))
    assert stream.counted
    return content[stream.frame.size :]


def read(content, **parameters):
    return load_audio(content, sample_rate=None, **parameters)[0]
