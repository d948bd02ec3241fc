"""Sound that libsndfile does not read: decoded where PyAV is installed, else named with its remedies."""

import io
import subprocess
import sys

import av
import numpy as np
import pytest
from encoding import RATE, decoded, encoded, sweep

from skaudio import MFCCTransformer, load_audio
from skaudio.exceptions import AudioReadError
from skaudio.inspection import check_clips, describe_clips

CONTAINERS = {  # by suffix: container, codec, rate, what the error calls it
    "m4a": ("ipod", "aac", RATE, "MP4"),
    "mp4": ("mp4", "aac", RATE, "MP4"),
    "3gp": ("3gp", "aac", RATE, "MP4"),
    "mov": ("mov", "pcm_s16le", RATE, "MP4"),
    "alac": ("ipod", "alac", RATE, "MP4"),
    "aac": ("adts", "aac", RATE, "AAC"),
    "latm": ("latm", "aac", RATE, "AAC"),
    "webm": ("webm", "libopus", 48000, "WebM"),
    "mkv": ("matroska", "aac", RATE, "Matroska"),
    "wma": ("asf", "wmav2", RATE, "Windows Media"),
    "amr": ("amr", "libopencore_amrnb", 8000, "AMR"),
    "wv": ("wv", "wavpack", RATE, "WavPack"),
    "tta": ("tta", "tta", RATE, "True Audio"),
    "ac3": ("ac3", "ac3", RATE, "AC-3"),
    "rm": ("rm", "ac3", RATE, "RealMedia"),
    "flv": ("flv", "aac", RATE, "Flash"),
    "avi": ("avi", "libmp3lame", RATE, "AVI"),
    "ts": ("mpegts", "aac", RATE, "MPEG transport stream"),
    "ac3.wav": ("wav", "ac3", RATE, "WAV that holds AC-3"),
    "alac.caf": ("caf", "alac", RATE, "CAF"),
    "mono.latm": ("latm", "aac", 8000, "AAC"),
    "sox": ("sox", "pcm_s32le", RATE, "SoX"),
    "nut": ("nut", "libmp3lame", RATE, "NUT"),
    "adx": ("adx", "adpcm_adx", RATE, "ADX"),
    "flac.wav": ("wav", "flac", RATE, "WAV that holds FLAC"),
    "yamaha.wav": ("wav", "adpcm_yamaha", RATE, "WAV that holds Yamaha"),
}


def made(suffix, seconds, n_channels):
    """Return the bytes of a file, its rate, and what an error calls it; skip what this PyAV does not encode."""
    container, codec, rate, name = CONTAINERS[suffix]
    try:
        av.Codec(codec, "w")
    except av.codec.codec.UnknownCodecError:
        pytest.skip(f"this version of PyAV encodes no {name}")
    return encoded(sweep(seconds, rate, n_channels), rate, container, codec), rate, name


@pytest.fixture(scope="module", params=CONTAINERS)
def file(request):
    return made(request.param, 2, 1 if CONTAINERS[request.param][2] == 8000 else 2)


def test_a_container_has_the_numbers_of_its_own_decoding(tmp_path, file):
    content, rate, _ = file
    path = tmp_path / "sound.wav"
    path.write_bytes(content)
    samples = decoded(content)
    with path.open("rb") as open_file:
        for source in (path, content, open_file):
            waveform, found = load_audio(source, sample_rate=None)
            assert found == rate
            np.testing.assert_allclose(waveform, samples.mean(axis=0), rtol=0, atol=1e-7)
            last = load_audio(source, sample_rate=None, channel=len(samples) - 1)[0]
            np.testing.assert_array_equal(last, samples[-1])
    assert abs(samples.shape[1] / rate - 2) < max(0.1, 1500 / rate)
    assert check_clips([str(path)]).empty


def test_a_part_of_a_container_is_a_cut_of_the_whole(tmp_path, file):
    content, rate, _ = file
    path = tmp_path / "sound"
    path.write_bytes(content)
    whole = load_audio(path, sample_rate=None)[0]
    for offset, duration in [(0, 0.5), (0.1234, 0.3), (1.1, None), (1.9, 10)]:
        start = int(offset * rate)
        expected = whole[start : None if duration is None else start + int(duration * rate)]
        np.testing.assert_array_equal(load_audio((path, offset, duration), sample_rate=None)[0], expected)
    with pytest.raises(AudioReadError, match="past its end"):
        load_audio(path, offset=5)


def test_features_of_containers_beside_others_and_out_of_the_store(tmp_path):
    sound = sweep(1, n_channels=2)
    clips = [encoded(sound, RATE, "ipod", "aac"), (sound, RATE), encoded(sound, RATE, "asf", "wmav2")]
    rows = MFCCTransformer(n_jobs=2).fit_transform(clips)
    assert np.ptp(rows, axis=0).mean() < 5  # the same sound
    cached = MFCCTransformer(cache=tmp_path / "store")
    for _ in range(2):
        np.testing.assert_array_equal(cached.fit_transform(clips), rows)


def test_description_of_a_container():
    row = describe_clips([encoded(sweep(1, n_channels=2), RATE, "ipod", "aac")]).iloc[0]
    assert (row.format, row.subtype, row.channels, row.sample_rate) == ("MOV", "AAC", 2, RATE)


@pytest.mark.parametrize("suffix", ["m4a", "webm", "wv", "aac", "amr", "avi", "flac.wav"])
def test_a_container_that_is_cut_is_refused_or_told_of(suffix):
    content, _, _ = made(suffix, 4, 1)
    table = check_clips([content[: len(content) // 2]])
    assert table.problem[0] in ("truncated", "unreadable"), table


def test_a_container_without_sound_says_what_it_holds():
    content = io.BytesIO()
    with av.open(content, "w", format="mp4") as file:
        stream = file.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 32
        stream.pix_fmt = "yuv420p"
        picture = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), "uint8"))
        file.mux([*stream.encode(picture), *stream.encode(None)])
    with pytest.raises(AudioReadError, match="it holds no sound, only video"):
        load_audio(content.getvalue())


def test_damage_inside_costs_its_packets_and_is_told_of():
    content = bytearray(encoded(sweep(4), RATE, "ipod", "aac"))
    for at in range(6000, 7000):
        content[at] ^= 0x5A
    (row,) = check_clips([bytes(content)]).itertuples()
    assert row.problem in ("truncated", "unreadable")


def test_a_text_with_addresses_opens_none_of_them(tmp_path):
    """FFmpeg has readers of playlists, which would fetch what the text names."""
    (tmp_path / "secret.wav").write_bytes(encoded(sweep(1), RATE, "wav", "pcm_s16le"))
    for text in ("#EXTM3U\n#EXTINF:1,\nsecret.wav\n", "ffconcat version 1.0\nfile secret.wav\n"):
        path = tmp_path / "list.m4a"
        path.write_text(text)
        with pytest.raises(AudioReadError):
            load_audio(path)


WITHOUT = """
import sys
sys.modules["av"] = None  # as where it is not installed
from skaudio import load_audio
from skaudio.exceptions import AudioReadError
for path in sys.argv[1:]:
    for source in (path, open(path, "rb").read()):
        try:
            load_audio(source)
        except AudioReadError as error:
            print(error.reason)
"""


def test_without_the_decoder_the_error_names_the_format_and_both_remedies(tmp_path):
    paths = []
    names = []
    for suffix, (container, codec, rate, name) in CONTAINERS.items():
        if codec not in av.codecs_available:
            continue
        names += [name, name]  # by path and by content
        paths.append(tmp_path / f"{suffix}.wav")
        paths[-1].write_bytes(encoded(sweep(3, rate), rate, container, codec))
    done = subprocess.run([sys.executable, "-c", WITHOUT, *paths], capture_output=True, text=True, check=True)
    reasons = done.stdout.splitlines()
    assert len(reasons) == 2 * len(paths)
    for name, reason in zip(names, reasons):
        assert name in reason
        assert 'pip install "skaudio[av]"' in reason
        assert "ffmpeg -i" in reason


@pytest.mark.parametrize(
    "content, says",
    [
        (b"PK\x03\x04" + bytes(100), "ZIP"),
        (b"\x1f\x8b\x08" + bytes(100), "gzip"),
        (b"%PDF-1.7", "PDF"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"\xff\xd8\xff\xe0" + bytes(100), "JPEG"),
        (b"MThd\x00\x00\x00\x06", "MIDI"),
        (b"\x93NUMPY\x01\x00", "np.load"),
        (b"#EXTM3U\n", "playlist"),
        (b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", "XML"),
        (b'{"error": "not found"}', "JSON"),
        (bytes(5000), "zero bytes"),
        (b"", "empty"),
    ],
)
@pytest.mark.parametrize("name", ["sound.wav", "sound.mp3", "sound.au", "sound.vox", "sound.gsm"])
def test_what_is_no_sound_is_named(tmp_path, content, says, name):
    """libsndfile would take any content of the last three names for samples without a header."""
    path = tmp_path / name
    path.write_bytes(content)
    for source in (path, content):
        with pytest.raises(AudioReadError, match=says):
            load_audio(source)


APE = b"APETAGEX" + (2000).to_bytes(4, "little") + (50).to_bytes(4, "little")
ITEM = (5).to_bytes(4, "little") + bytes(4) + b"Title\0hello"
FOOTED = APE + bytes(4) + b"\0\0\0\xa0" + bytes(8) + ITEM + APE + bytes(4) + b"\0\0\0\x80" + bytes(8)


@pytest.mark.parametrize("suffix, tag", [("wv", FOOTED), ("wv", b"TAG" + bytes(125)), ("aac", b"TAG" + bytes(125))])
def test_a_tag_at_the_end_costs_nothing(suffix, tag):
    container, codec, rate, _ = CONTAINERS[suffix]
    content = encoded(sweep(2, rate), rate, container, codec)
    np.testing.assert_array_equal(load_audio(content + tag)[0], load_audio(content)[0])
    assert check_clips([content]).empty


@pytest.mark.parametrize("suffix", ["m4a", "webm", "wv", "flac", "wav"])
def test_a_tag_in_front_costs_nothing(tmp_path, suffix):
    container, codec, rate = {"flac": ("flac", "flac", RATE), "wav": ("wav", "pcm_s16le", RATE)}.get(
        suffix, CONTAINERS.get(suffix, ())[:3]
    )
    content = encoded(sweep(2, rate), rate, container, codec)
    path = tmp_path / "sound"
    path.write_bytes(b"ID3\x04\x00\x00" + bytes([0, 0, 8, 0]) + bytes(1024) + content)
    for source in (path, path.read_bytes()):
        np.testing.assert_array_equal(load_audio(source)[0], load_audio(content)[0])
    assert check_clips([path]).empty


@pytest.mark.parametrize("size", [0, 31, 1 << 31])
def test_a_tag_at_the_end_that_tells_no_size_it_could_have_ends_at_once(size):
    footer = APE[:12] + size.to_bytes(4, "little") + bytes(16)
    content = encoded(sweep(1), RATE, "wv", "wavpack") + footer
    assert len(load_audio(content, sample_rate=None)[0]) == RATE


def test_damaged_packets_cost_their_own_whatever_the_decoder_calls_them():
    content = bytearray(encoded(sweep(4), RATE, "adts", "aac"))
    for at in range(9000, 9600):
        content[at] ^= 0x5A
    assert len(load_audio(bytes(content), sample_rate=None)[0]) > 3 * RATE


@pytest.mark.parametrize("samples", [np.full(5000, 0xD5), np.r_[np.full(800, 0xD5), np.arange(8000) % 256]])
def test_the_silence_of_another_telephone_s_encoding_is_no_gsm(samples):
    with pytest.raises(AudioReadError, match="no sound format that is known"):
        load_audio(samples.astype("uint8").tobytes())


@pytest.mark.parametrize("suffix", ["wav", "flac", "m4a"])
def test_an_array_of_the_bytes_of_a_file_is_no_waveform(suffix):
    container, codec = {"flac": ("flac", "flac"), "wav": ("wav", "pcm_s16le"), "m4a": ("ipod", "aac")}[suffix]
    content = encoded(sweep(1), RATE, container, codec)
    for clip in (np.frombuffer(content, np.uint8), (np.frombuffer(content, np.uint8), 8000)):
        with pytest.raises(AudioReadError, match=r"bytes of a sound file.*samples\.tobytes\(\)"):
            load_audio(clip)
