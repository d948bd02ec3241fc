"""Sound that a decoder would leave out in silence: streams joined in one file, and headers that tell too little."""

import io
import struct

import numpy as np
import pytest
import soundfile

from skaudio import MFCCTransformer, load_audio
from skaudio.exceptions import AudioReadError, AudioReadWarning
from skaudio.inspection import check_clips

RATE = 24000
N = (24000, 7777, 52321)  # samples of the streams


def noise(n, seed=0, channels=1):
    return np.random.default_rng(seed).uniform(-0.5, 0.5, (n, channels)).astype(np.float32)


def encoded(samples, kind, rate=RATE):
    file = io.BytesIO()
    soundfile.write(file, samples, rate, **kind)
    return file.getvalue()


KINDS = {
    "Vorbis": {"format": "OGG", "subtype": "VORBIS"},
    "Opus": {"format": "OGG", "subtype": "OPUS"},
    "FLAC": {"format": "FLAC", "subtype": "PCM_16"},
    "FLAC of 24 bits": {"format": "FLAC", "subtype": "PCM_24"},
    "WAV": {"format": "WAV", "subtype": "PCM_16"},
    "WAV of floats": {"format": "WAV", "subtype": "FLOAT"},
}


@pytest.fixture(params=KINDS)
def kind(request):
    return KINDS[request.param]


@pytest.mark.parametrize("channels", [1, 2])
def test_all_streams_are_read_and_parts_are_cuts_of_the_whole(kind, channels, tmp_path):
    streams = [encoded(noise(n, n, channels), kind) for n in N]
    joined = b"".join(streams)
    expected = np.concatenate([load_audio(stream, sample_rate=None)[0] for stream in streams])
    (tmp_path / "joined").write_bytes(joined)
    path = str(tmp_path / "joined")
    for source in (joined, path):
        found, rate = load_audio(source, sample_rate=None)
        assert (found.tobytes(), rate) == (expected.tobytes(), RATE)
    for offset, duration in ((0.0, 0.5), (0.9, 0.3), (1.1, None), (1.3, 1.0), (0.5, 60.0)):
        start = int(offset * RATE)
        stop = None if duration is None else start + int(duration * RATE)
        found, _ = load_audio(path, sample_rate=None, offset=offset, duration=duration)
        assert found.tobytes() == expected[start:stop].tobytes()
    with pytest.raises(AudioReadError, match=r"offset=60 s is past its end"):
        load_audio(path, offset=60.0)


@pytest.mark.parametrize(
    "first, second", [("WAV", "WAV of floats"), ("WAV of floats", "WAV"), ("FLAC", "FLAC of 24 bits")]
)
@pytest.mark.parametrize("channels", [1, 2])
def test_streams_of_several_encodings_have_one_scale(first, second, channels):
    streams = [encoded(noise(9000, k, channels), KINDS[name]) for k, name in enumerate((first, second))]
    for rate in (RATE, RATE // 2, None):
        for parameters in ({}, {"channel": channels - 1}):
            found, _ = load_audio(b"".join(streams), sample_rate=rate, **parameters)
            assert 0.1 < abs(found[:500]).max() < 1
            assert 0.1 < abs(found[-500:]).max() < 1


def test_streams_of_several_forms_are_refused(kind):
    content = encoded(noise(5000), kind) + encoded(noise(5000, channels=2), kind)
    with pytest.raises(AudioReadError, match=r"2 streams joined, 24000 Hz with 1 channel\(s\) and 24000 Hz with 2"):
        load_audio(content)


def with_total(flac, total):
    """Write another number of samples into a FLAC's header, 36 bits of it."""
    high = flac[21] & 0xF0
    return flac[:21] + struct.pack(">BI", high | total >> 32, total & 0xFFFFFFFF) + flac[26:]


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24"])
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("n", [1, 4095, 4096, 4097, 100_000, 1_200_000])
def test_flac_is_read_whole_whatever_its_header_tells(subtype, channels, n):
    if n > 200_000 and (channels, subtype) != (1, "PCM_16"):
        pytest.skip("one form is enough of a sound beyond a block")
    whole = encoded(noise(n, channels=channels), {"format": "FLAC", "subtype": subtype})
    expected, _ = load_audio(whole, sample_rate=None)
    for told in (0, 1, 4096, 50_000, 2_000_000, (1 << 36) - 1):
        wrong = with_total(whole, told)
        found, _ = load_audio(wrong, sample_rate=None)
        assert found.tobytes() == expected.tobytes()
        if n > 4097:
            found, _ = load_audio(wrong, sample_rate=None, offset=2.0, duration=1.0)
            assert found.tobytes() == expected[48000:72000].tobytes()
        problems = check_clips([wrong], n_fft=1, sample_rate=RATE)
        problems = problems[problems["problem"] == "truncated"]
        if told in (0, n):  # 0 says that it was not known
            assert problems.empty
        else:
            assert problems["detail"][0] == f"its header tells of {told} samples, and {n} are there"


def test_a_flac_with_a_tag_behind_it():
    whole = encoded(noise(30_000), KINDS["FLAC"])
    wrong = with_total(whole, 20_000) + b"TAG" + bytes(125)
    assert len(load_audio(wrong, sample_rate=None)[0]) == 30_000


def test_marks_in_the_sound_are_no_streams():
    marks = (b"OggS\x00\x02", b"fLaC\x00\x00\x00\x22", b"RIFF\x10\0\0\0WAVE")
    samples = np.frombuffer(b"".join(mark * 2000 for mark in marks), "<i2")
    for kind in (KINDS["WAV"], KINDS["FLAC"]):
        assert len(load_audio(encoded(samples, kind), sample_rate=None)[0]) == len(samples)


def test_who_trains_is_told_once_and_from_the_store_too(tmp_path):
    good = encoded(noise(30_000), KINDS["FLAC"])
    clips = [good, with_total(good, 20_000), good]
    mfcc = MFCCTransformer(cache=tmp_path / "features.sqlite")
    message = r"1 of 3 clips are not as their headers have them; what is there was taken:\n  clip 1: "
    with pytest.warns(AudioReadWarning, match=message + "its header tells of 20000 samples, and 30000") as cold:
        rows = mfcc.fit_transform(clips)
    with pytest.warns(AudioReadWarning, match=message) as warm:
        assert mfcc.fit_transform(clips).tobytes() == rows.tobytes()
    assert len(cold) == len(warm) == 1


@pytest.mark.parametrize("order", [("FLOAT", "PCM_16"), ("PCM_16", "FLOAT")])
def test_a_stream_that_holds_nan_is_refused_whatever_is_joined_to_it(order):
    samples = noise(5000)
    samples[7] = np.nan
    streams = {"FLOAT": samples, "PCM_16": noise(5000)}
    joined = b"".join(encoded(streams[subtype], {"format": "WAV", "subtype": subtype}) for subtype in order)
    with pytest.raises(AudioReadError, match="it holds samples that are NaN or infinite"):
        load_audio(joined)
