"""Plain 16-bit WAV is read without libsndfile, to the same bits."""

import io
import os
import struct

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from skaudio import load_audio
from skaudio.audio import open_bytes, open_path, to_float
from skaudio.audio._content import Content
from skaudio.audio._wav import PlainWav, parse_plain_wav
from skaudio.exceptions import AudioReadError


def joined(blocks):
    return to_float(np.concatenate(list(blocks)))


def chunk(name, content):
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def wav_of(samples, rate=8000, *, before=b"", after=b"", form=None, size=None):
    n_channels = samples.shape[1]
    form = form or struct.pack("<HHIIHH", 1, n_channels, rate, 2 * n_channels * rate, 2 * n_channels, 16)
    data = samples.astype("<i2").tobytes()
    data = b"data" + struct.pack("<I", len(data) if size is None else size) + data
    body = b"WAVE" + before + chunk(b"fmt ", form) + data + after
    return b"RIFF" + struct.pack("<I", len(body)) + body


STEREO_16 = np.random.default_rng(0).integers(-32768, 32768, (1000, 2))
PLAIN = {
    "as it is": wav_of(STEREO_16),
    "one channel": wav_of(STEREO_16[:, :1]),
    "chunks before": wav_of(STEREO_16, before=chunk(b"LIST", b"INFOabc") + chunk(b"JUNK", b"")),
    "chunks after": wav_of(STEREO_16, after=chunk(b"LIST", b"INFO") + chunk(b"id3 ", b"abcd")),
    "an odd rate": wav_of(STEREO_16, rate=44101),
}
NOT_PLAIN = {
    "24 bits": wav_of(STEREO_16, form=struct.pack("<HHIIHH", 1, 2, 8000, 48000, 6, 24)),
    "another encoding": wav_of(STEREO_16, form=struct.pack("<HHIIHH", 3, 2, 8000, 64000, 8, 32)),
    "a longer form": wav_of(STEREO_16, form=struct.pack("<HHIIHHH", 1, 2, 8000, 32000, 4, 16, 0)),
    "a wrong frame size": wav_of(STEREO_16, form=struct.pack("<HHIIHH", 1, 2, 8000, 32000, 2, 16)),
    "a size of nothing": wav_of(STEREO_16, size=0),
    "an unknown size": wav_of(STEREO_16, size=0xFFFFFFFF),
    "more promised than there is": wav_of(STEREO_16, size=4004),
    "half a frame": wav_of(STEREO_16, size=3998),
    "two pieces of data": wav_of(STEREO_16, after=chunk(b"data", b"abcd")),
    "junk after": wav_of(STEREO_16, after=b"\0" * 100),
    "half a chunk after": wav_of(STEREO_16, after=b"LIST"),
    "a chunk after that is cut": wav_of(STEREO_16, after=b"LIST" + struct.pack("<I", 99) + b"INFO"),
    "a rate of 1": wav_of(STEREO_16, rate=1),
    "data before the form": b"RIFF" + struct.pack("<I", 20) + b"WAVE" + chunk(b"data", b"abcd"),
    "samples that begin late": wav_of(STEREO_16, before=chunk(b"LIST", b"INFO" + b"\0" * 9000)),
    "no RIFF": b"RIFX" + wav_of(STEREO_16)[4:],
}


@pytest.mark.parametrize("content", PLAIN.values(), ids=PLAIN)
def test_plain_wav_has_the_bits_of_libsndfile(content, tmp_path):
    path = tmp_path / "plain.wav"
    path.write_bytes(content)
    expected, rate = soundfile.read(path, dtype="float32", always_2d=True)
    for source in (content, path):
        with open_bytes(source) if source is content else open_path(source) as sound:
            assert isinstance(sound, PlainWav)
            assert (sound.rate, sound.channels, sound.always_finite) == (rate, expected.shape[1], True)
            assert joined(sound.blocks(0, None)).tobytes() == expected.tobytes()
            first, end = int(0.011 * rate), int(0.011 * rate) + int(0.01 * rate)
            assert joined(sound.blocks(0.011, 0.01)).tobytes() == expected[first:end].tobytes()
        assert load_audio(source, sample_rate=None)[0].tobytes() == expected.mean(axis=1).tobytes()
    with open_path(path) as sound, pytest.raises(ValueError, match="past its end"):
        list(sound.blocks(1.0, None))


@pytest.mark.parametrize("content", NOT_PLAIN.values(), ids=NOT_PLAIN)
def test_whatever_is_not_plain_is_left_to_libsndfile(content, tmp_path):
    assert parse_plain_wav(Content(content, len(content))) is None
    path = tmp_path / "other.wav"
    path.write_bytes(content)
    with open(path, "rb") as file:
        assert parse_plain_wav(Content(file.fileno(), len(content))) is None
    try:
        expected, _ = soundfile.read(path, dtype="float32", always_2d=True)
    except soundfile.LibsndfileError:
        expected = np.empty((0, 1))
    if not len(expected) or not np.isfinite(expected).all():
        with pytest.raises(AudioReadError):
            load_audio(path)
    else:
        assert load_audio(path, sample_rate=None)[0].tobytes() == expected.mean(axis=1).tobytes()


@settings(deadline=None, max_examples=300)
@given(
    place=st.integers(0, 60),
    value=st.integers(0, 255),
    cut=st.one_of(st.none(), st.integers(0, 160)),
    tail=st.binary(max_size=24),
)
def test_a_damaged_header_is_read_as_libsndfile_reads_it_or_left_to_it(place, value, cut, tail):
    content = bytearray(wav_of(STEREO_16[:20], before=chunk(b"LIST", b"INFOab")))
    content[place] = value
    content = bytes(content[:cut]) + tail
    plain = parse_plain_wav(Content(content, len(content)))
    if plain is None:
        return
    expected, rate = soundfile.read(io.BytesIO(content), dtype="float32", always_2d=True)
    assert (plain.rate, plain.channels) == (rate, expected.shape[1])
    assert joined(plain.blocks(0, None)).tobytes() == expected.tobytes()


def test_a_large_plain_wav_comes_in_blocks_with_the_same_bits(tmp_path):
    path = tmp_path / "large.wav"
    samples = np.random.default_rng(0).integers(-32768, 32768, (1_300_001, 2), dtype=np.int16)
    soundfile.write(path, samples, 44100, subtype="PCM_16")
    with open_path(path) as sound:
        blocks = list(sound.blocks(0.5, None))
    assert len(blocks) == 3
    assert joined(blocks).tobytes() == (samples[22050:].astype(np.float32) / 32768).tobytes()
    with open_path(path) as sound:
        found = sound.blocks(0, None)
        next(found)
        os.truncate(path, 3_000_000)
        with pytest.raises(ValueError, match="shorter while it was read"):
            list(found)
