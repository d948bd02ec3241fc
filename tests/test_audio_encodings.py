"""Encodings that cannot be entered in the middle, and bytes that are no encoding at all."""

import numpy as np
import pytest
import soundfile

from skaudio import load_audio
from skaudio.exceptions import AudioReadError


@pytest.mark.parametrize(
    "container, subtype",
    [
        ("WAV", "GSM610"),
        ("W64", "GSM610"),
        ("AIFF", "GSM610"),
        ("WAV", "G721_32"),
        ("AU", "G723_24"),
        ("AU", "G723_40"),
        ("WAV", "NMS_ADPCM_24"),
        ("XI", "DPCM_16"),
        ("AIFF", "DWVW_16"),
        ("RAW", "GSM610"),
    ],
)
def test_a_part_of_an_encoding_that_cannot_seek_is_a_cut_of_the_whole(tmp_path, container, subtype):
    """libsndfile refuses to go to a place in it, so what stands before is decoded and left out."""
    path = tmp_path / "sound"
    rate = 44100 if container == "XI" else 8000
    sound = 0.4 * np.sin(np.arange(3 * rate) ** 1.1 / 9)
    soundfile.write(path, sound, rate, format=container, subtype=subtype)
    whole, found = load_audio(path, sample_rate=None)
    assert found == rate
    assert np.corrcoef(whole[: len(sound)], sound)[0, 1] > 0.9
    for offset, duration in [(0, 0.5), (0.12345, 0.5), (2, None), (2.9, 10)]:
        start = int(offset * rate)
        expected = whole[start : None if duration is None else start + int(duration * rate)]
        for source in (path, path.read_bytes()):
            part, _ = load_audio(source, sample_rate=None, offset=offset, duration=duration)
            np.testing.assert_array_equal(part, expected)
    with pytest.raises(AudioReadError, match="past its end"):
        load_audio(path, offset=9)


@pytest.mark.parametrize(
    "name", ["noise.au", "noise.snd", "noise.vox", "noise.gsm", "noise.raw", "noise.mp3", "noise.wav"]
)
def test_a_name_makes_no_sound_of_bytes_that_are_none(tmp_path, name):
    """libsndfile takes any content of the first four names for samples without a header."""
    path = tmp_path / name
    path.write_bytes(np.random.default_rng(0).integers(0, 256, 9000, "uint8").tobytes())
    with pytest.raises(AudioReadError, match="starts with the bytes"):
        load_audio(path)
    with pytest.raises(AudioReadError, match="starts with the bytes"):
        load_audio(path.read_bytes())
